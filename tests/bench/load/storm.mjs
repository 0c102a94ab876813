// A storm: many creations at once against a Carrel of its own, with everything measured that could suffer: the creations themselves,
// the pages of others, the processors by program, and what is left behind.
import fs from 'node:fs';
import path from 'node:path';
import { census, nothingLeaked } from '../../lib/census.mjs';
import { eventually, start } from '../../lib/carrel.mjs';
import { check } from '../../lib/notebook.mjs';
import { drive, report } from './drive.mjs';
import { watchPages } from './watch.mjs';

const TICK_MS = 10;

// Processor time so far by program, in ms. Sandboxes come and go: theirs is what their control groups' parent was charged.
function processorMs(carrel) {
	const used = {};
	for (const p of carrel.note()) {
		const fields = read(`/proc/${p.pid}/stat`).replace(/^.*\) /s, '').split(' ');
		const name = /^(exe|runsc|node|guest)/.test(p.name) ? 'runsc beside the sandboxes' : p.name;
		if (fields.length > 12 && !/^(make|setpriv)$/.test(name) && !p.groups.some((g) => /carrel\/[0-9a-f]+\/[a-z2-7]{26}/.test(g)))
			used[name] = (used[name] ?? 0) + (Number(fields[11]) + Number(fields[12])) * TICK_MS;
	}
	const parent = carrel.note().flatMap((p) => p.groups).map((g) => /^\/carrel\/[0-9a-f]{32}/.exec(g)?.[0]).find(Boolean);
	if (parent)
		used.sandboxes = Number(read(`/sys/fs/cgroup/cpuacct${parent}/cpuacct.usage`)) / 1e6
			|| Number(/usage_usec (\d+)/.exec(read(`/sys/fs/cgroup${parent}/cpu.stat`))?.[1] ?? 0) / 1e3;
	return used;
}

const read = (file) => {
	try {
		return fs.readFileSync(file, 'latin1');
	} catch {
		return '';
	}
};

// New sandboxes are clones of golden ones, which keep makes when it has nothing else to start.
function goldenReady(carrel) {
	return eventually('the golden sandboxes are made', () => ['vite', 'marimo'].every((template) => {
		const folder = path.join(carrel.folder, 'var', 'snapshot', `golden${template}`.padEnd(26, '2'));
		return fs.existsSync(folder) && fs.readdirSync(folder).some((name) => /^[a-z2-7]{26}$/.test(name));
	}), { timeout: 240000, every: 200 });
}

// Each program has answered before, so that what it opens once is there.
async function warm(carrel) {
	for (let i = 0; i < 20; i++)
		await Promise.all(['/', '/apps', '/notebooks', '/docs', '/api/apps', '/workspaces', '/health'].map((url) => carrel.get(url)));
	const id = await carrel.make('A tea timer');
	await carrel.app(id, '/');
	await remove(carrel, [id]);
}

async function remove(carrel, ids) {
	for (const id of ids) {
		const reply = await carrel.get(`/api/app/${id}`, { method: 'DELETE' });
		if (reply.status !== 200 && reply.status !== 404)
			throw new Error(`DELETE answered ${reply.status} ${reply.text}`);
	}
}

// Resolves once all have pages that need no sandbox.
function allFrozen(carrel, ids) {
	const waiting = new Set(ids);
	return eventually('all are frozen', async () => {
		for (const id of waiting) {
			if (!(await carrel.versions(id)).at(-1).frozen)
				return false;
			waiting.delete(id);
		}
		return true;
	}, { timeout: 60000 + 2000 * ids.length, every: 100 });
}

// Resolves to a report (drive.mjs) with pages, frozen_seconds (from the last one opened until all are frozen), processor_ms, leaks
// (empty: none) and checks (empty: the store is sound).
export async function storm({ count, inFlight = 120, mode = 'burst', rate, env = {}, onEnd, pagesRate = 20 } = {}) {
	const carrel = await start({ env: { CARREL_GOLDEN: 'yes', ...env } });
	try {
		await warm(carrel);
		await goldenReady(carrel);
		const before = await stillness(carrel), used = processorMs(carrel);
		const pages = watchPages(carrel.port, { rate: pagesRate });
		const server = { port: carrel.port, apps: `localhost:${carrel.port}`, headers: {} };
		const run = await drive(server, { count, inFlight, mode, rate, onEnd: (result) => onEnd?.(result, carrel) });
		const seen = await pages.stop(), now = processorMs(carrel);
		const ids = run.results.map((r) => r.told.id).filter(Boolean), opened = performance.now();
		await allFrozen(carrel, ids);
		const frozen = (performance.now() - opened) / 1000;
		const processor = Object.fromEntries(Object.entries(now).map(([name, ms]) => [name, ms - (used[name] ?? 0)]).sort((a, b) => b[1] - a[1]));
		const checks = [];
		try {
			check(carrel);
		} catch (error) {
			checks.push(String(error.stdout ?? error));
		}
		await remove(carrel, ids);
		const leaks = await nothingLeaked(carrel, before, 120000).then(() => [], (error) => [error.message]);
		return { ...report(run), pages: seen, frozen_seconds: frozen, processor_ms: processor, checks, leaks, results: run.results, said: carrel.said() };
	} finally {
		await carrel.remove();
	}
}

// The census once it has been the same for a while: what was deleted before is gone then.
async function stillness(carrel) {
	let last = '', same = 0, now;
	await eventually('the machine is still', () => {
		now = census(carrel);
		const text = JSON.stringify(now);
		same = text === last && !Object.keys(now).some((what) => what.includes('{id}')) ? same + 1 : 0;
		last = text;
		return same === 3;
	}, { every: 200, timeout: 180000 });
	return now;
}
