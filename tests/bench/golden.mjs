// Clones of golden sandboxes beside starts from nothing, one after the other on the same machine: an app made, an app woken, a
// notebook made until its kernel has pandas.
import { eventually, follow, request } from '../lib/http.mjs';
import { sandboxBytes } from './memory.mjs';
import { ENTRY, end, withCarrel } from './setup.mjs';
import { atMost, row } from './stats.mjs';

const MADE = ['vite', 'marimo'].map((name) => new RegExp(`golden sandbox ${name}: [a-z2-7]{26}, \\d+ MB`));

async function module(carrel, id, label) {
	const reply = await carrel.app(id, ENTRY);
	if (reply.status !== 200 || !reply.text.includes(label))
		throw new Error(`${ENTRY} of ${id} answered ${reply.status}: ${reply.text.slice(0, 300)}`);
}

async function create(carrel, label) {
	const began = performance.now();
	const id = await carrel.create(`[[text:${label}]]`);
	const stream = carrel.events(id);
	await stream.until('version');
	await module(carrel, id, label);
	const ms = performance.now() - began;
	stream.stop();
	return { id, ms };
}

// All that were made sleep, frozen, after a stop and a start; then each is woken for whoever edits it.
async function wake(carrel, apps) {
	const list = [];
	for (const { id, label } of apps) {
		const began = performance.now();
		await carrel.post(`/api/app/${id}/wake`, {});
		await module(carrel, id, label);
		list.push(performance.now() - began);
		await end(carrel, id);
	}
	return list;
}

async function notebook(carrel) {
	const began = performance.now();
	const { id, token } = (await carrel.post('/workspaces', {})).json;
	const host = `${id}.localhost:${carrel.port}`;
	const enter = await request(carrel.port, `/?access_token=${token}`, { host });
	const headers = { cookie: enter.headers['set-cookie'][0].split(';')[0] };
	const page = await request(carrel.port, '/', { host, headers });
	if (page.status !== 200)
		throw new Error(`the editor's page answered ${page.status}`);
	const paged = performance.now() - began;
	const stream = follow(carrel.port, '/sse?session_id=s_bench1&file=/work/notebook.py', { host, headers });
	await stream.until((e) => e.data?.op === 'kernel-ready');
	const kernel = performance.now() - began;
	const idle = sandboxBytes(carrel, id) / 1e6;
	const reply = await carrel.post(`/workspaces/${id}/run`, { code: 'import pandas; print(pandas.__version__)' });
	const pandas = performance.now() - began, used = sandboxBytes(carrel, id) / 1e6;
	if (!/"success": ?true/.test(reply.text))
		throw new Error(`pandas: ${reply.text.slice(-300)}`);
	stream.stop();
	await carrel.get(`/workspaces/${id}`, { method: 'DELETE' });
	return { paged, kernel, pandas, idle, used };
}

async function take(isGolden, runs) {
	return withCarrel(async (carrel) => {
		if (isGolden)
			for (const pattern of MADE)
				await eventually('the golden sandboxes', () => pattern.test(carrel.said()), { timeout: 240000, every: 200 });
		const made = [], apps = [], books = [];
		for (let i = 0; i <= runs; i++) {
			const label = `golden ${i}`, { id, ms } = await create(carrel, label);
			if (i)
				made.push(ms);
			apps.push({ id, label });
			if (i < runs / 2)
				continue;
			await end(carrel, apps.shift().id);
		}
		for (let i = 0; i <= runs; i++) {
			const one = await notebook(carrel);
			if (i)
				books.push(one);
		}
		await carrel.stop();
		await carrel.start();
		const of = (name) => books.map((one) => one[name]);
		return { made, woken: await wake(carrel, apps), paged: of('paged'), kernel: of('kernel'), pandas: of('pandas'), idle: of('idle'), used: of('used') };
	}, { CARREL_GOLDEN: isGolden ? 'yes' : 'no' });
}

export async function golden({ runs = 12 } = {}) {
	const cold = await take(false, runs), warm = await take(true, runs);
	const pair = (name, key, limit) => [row(name, 'ms', warm[key], limit && atMost(limit, 'ms')), row('  from nothing', 'ms', cold[key])];
	return [
		...pair('create → first compiled module', 'made', 450),
		row('  the slowest of them', 'ms', Math.max(...warm.made), atMost(1000, 'ms')),
		...pair('a sleeping app woken → a module served', 'woken', 350),
		...pair('new notebook → editor page', 'paged'),
		...pair('new notebook → kernel ready', 'kernel'),
		...pair('new notebook → kernel ready, pandas imported', 'pandas', 600),
		row('one idle notebook, with its kernel', 'MB', warm.idle, atMost(170, 'MB')),
		row('  from nothing, so without pandas', 'MB', cold.idle),
		row('  once a cell has imported pandas', 'MB', warm.used),
		row('    from nothing', 'MB', cold.used),
	];
}
