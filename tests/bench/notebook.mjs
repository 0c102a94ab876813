// Notebooks: made, opened, asked, put to sleep and woken, their packages and their files. A real marimo, no browser.
import { follow, request } from '../lib/http.mjs';
import { pssBytes } from '../lib/machine.mjs';
import { withCarrel } from './setup.mjs';
import { sandboxBytes } from './memory.mjs';
import { atMost, row } from './stats.mjs';

const MB = 1e6, UPLOAD = 100 * 1024 * 1024, SMALL_RUNS = 100;

async function ok(reply) {
	const got = await reply;
	if (got.status >= 400)
		throw new Error(`answered ${got.status} ${got.text.slice(0, 300)}`);
	return got;
}

const post = (carrel, url, json = {}) => ok(carrel.post(url, json));

// What a program that runs code reads of the answer: the last event.
async function run(carrel, id, code, timeout = 120) {
	const began = performance.now();
	const reply = await post(carrel, `/workspaces/${id}/run`, { code, timeout });
	const ms = performance.now() - began;
	const data = [...reply.text.matchAll(/^event: done\ndata: (.*)$/gm)].at(-1)?.[1];
	const done = data && JSON.parse(data);
	if (!done?.success)
		throw new Error(`${code.slice(0, 60)}: ${reply.text.slice(-500)}`);
	return { ms, added: ms - done.took_ms, text: reply.text };
}

// The editor's page as the workspace's own address serves it, and then a kernel as its page asks for one.
async function open(carrel, id, token) {
	const host = `${id}.localhost:${carrel.port}`;
	const enter = await ok(request(carrel.port, `/?access_token=${token}`, { host }));
	const cookie = enter.headers['set-cookie'][0].split(';')[0];
	const page = await ok(request(carrel.port, '/', { host, headers: { cookie } }));
	if (!page.text.includes('marimo'))
		throw new Error(`the editor's page is another one: ${page.text.slice(0, 200)}`);
	return { host, cookie };
}

async function kernel(carrel, { host, cookie }) {
	const began = performance.now();
	const stream = follow(carrel.port, '/sse?session_id=s_bench1&file=/work/notebook.py', { host, headers: { cookie } });
	await stream.until((e) => e.data?.op === 'kernel-ready');
	const ms = performance.now() - began;
	stream.stop();
	return ms;
}

async function life(carrel) {
	const marks = {}, began = performance.now();
	const { id, token } = (await post(carrel, '/workspaces')).json;
	const door = await open(carrel, id, token);
	marks.page = performance.now() - began;
	marks.kernel = await kernel(carrel, door);
	await run(carrel, id, '1');
	marks.awake = sandboxBytes(carrel, id) / MB;
	let at = performance.now();
	await post(carrel, `/workspaces/${id}/sleep`);
	marks.sleep = performance.now() - at;
	at = performance.now();
	await run(carrel, id, '1');	// nobody woke it before
	marks.wake = performance.now() - at;
	return { id, door, marks };
}

// The same no-op by marimo's own endpoint, past everything but the gate.
async function own(carrel, { host, cookie }) {
	const [session] = Object.keys((await ok(request(carrel.port, '/api/sessions', { host, headers: { cookie } }))).json);
	const list = [];
	for (let i = 0; i < SMALL_RUNS; i++) {
		const began = performance.now();
		await ok(request(carrel.port, '/api/kernel/execute', { host, headers: { cookie, 'marimo-session-id': session }, json: { code: '1' } }));
		list.push(performance.now() - began);
	}
	return list;
}

const INSTALL = `import subprocess, time
began = time.monotonic()
done = subprocess.run(["uv", "pip", "install", "--reinstall", "numpy", "pandas"], capture_output=True, text=True)
assert done.returncode == 0, done.stderr
print("TOOK", time.monotonic() - began)`;

async function install(carrel, id) {
	const { text } = await run(carrel, id, INSTALL);
	return Number(/TOOK ([\d.]+)/.exec(text)[1]);
}

async function upload(carrel, id) {
	const mark = 'x'.repeat(40);
	const head = `--${mark}\r\nContent-Disposition: form-data; name="file"; filename="big.bin"\r\n\r\n`, tail = `\r\n--${mark}--\r\n`;
	const pss = () => carrel.programs('files.fcgi').reduce((sum, p) => sum + pssBytes(p.pid), 0);
	const body = Buffer.concat([Buffer.from(head), Buffer.alloc(UPLOAD, 'carrel'), Buffer.from(tail)]);
	await ok(carrel.get(`/workspaces/${id}/files`));
	const before = pss(), began = performance.now();
	let most = before;
	const timer = setInterval(() => { most = Math.max(most, pss()); }, 20);
	await ok(carrel.get(`/upload/${id}`, { method: 'POST', body, headers: { 'content-type': `multipart/form-data; boundary=${mark}` } }));
	clearInterval(timer);
	return { seconds: (performance.now() - began) / 1000, grown: (most - before) / MB };
}

export async function notebook({ runs = 10 } = {}) {
	return withCarrel(async (carrel) => {
		const all = [];
		let id, door;
		for (let i = -1; i < runs; i++) {
			const one = await life(carrel);
			if (i >= 0)
				all.push(one.marks);
			if (id)
				await ok(carrel.get(`/workspaces/${id}`, { method: 'DELETE' }));
			({ id, door } = one);
		}
		const small = [];
		for (let i = 0; i < SMALL_RUNS; i++)
			small.push(await run(carrel, id, '1'));
		const marimos = await own(carrel, door), usual = [...marimos].sort((a, b) => a - b)[SMALL_RUNS / 2];
		const other = (await post(carrel, '/workspaces')).json.id;
		await run(carrel, other, '1');
		const first = await install(carrel, id), second = await install(carrel, other);
		const sent = await upload(carrel, id);
		const of = (name) => all.map((m) => m[name]);
		return [
			row('made → editor page served, cold', 'ms', of('page'), atMost(3500, 'ms')),
			row('editor opened → kernel ready', 'ms', of('kernel'), atMost(2000, 'ms')),
			row('a small live kernel put to sleep', 'ms', of('sleep'), atMost(250, 'ms')),
			row('asked while asleep → woken and answered', 'ms', of('wake'), atMost(500, 'ms')),
			row('one idle notebook, with its kernel', 'MB', of('awake'), atMost(170, 'MB')),
			row('/run of nothing beyond marimo’s own endpoint', 'ms', small.map((one) => one.ms - usual), atMost(10, 'ms', 'p99')),
			row('  all of it', 'ms', small.map((one) => one.ms)),
			row('  all but the kernel’s part', 'ms', small.map((one) => one.added)),
			row('  marimo’s own endpoint', 'ms', marimos),
			row('uv installs numpy and pandas, nothing cached', 's', first, atMost(5, 's')),
			row('  in a second notebook', 's', second, atMost(2, 's')),
			row('100 MB uploaded', 'MB/s', UPLOAD / MB / sent.seconds),
			row('  growth of files.fcgi meanwhile', 'MB', sent.grown, atMost(4, 'MB')),
		];
	});
}
