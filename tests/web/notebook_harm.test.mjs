// Code that means harm, or is merely wrong, in one notebook: it is contained and explained, the notebook itself is as it was, one
// wake runs it again, and the notebook beside it answers all the while.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { eventually, NO_SUCH_ID, start } from '../lib/carrel.mjs';
import { check, make, said } from '../lib/notebook.mjs';
import { assertError, assertJson } from '../lib/say.mjs';

const carrel = await start({ env: { CARREL_NOTEBOOK_MEMORY: '640', CARREL_NOTEBOOK_DISK: '64', CARREL_NOTEBOOK_FILES: '2000', CARREL_NOTEBOOK_PIDS: '160',
	CARREL_NOTEBOOK_SNAPSHOTS: '16' } });
after(() => carrel.remove());
const book = await make(carrel, { title: 'Harm' }), neighbour = await make(carrel, { title: 'Neighbour' });
await neighbour.says('print(1)');
await book.cell('intact = "as it was"');
const NEIGHBOUR_MS = 10000;	// two cores may be shared with other tests

// Resolves to what `work` does; the neighbour must answer until it is done.
async function besides(work) {
	let isDone = false, answers = 0;
	const harm = work().finally(() => { isDone = true; });
	harm.catch(() => {});	// told below
	while (!isDone || !answers) {
		const began = Date.now();
		assert.equal(await neighbour.says('print(6 * 7)'), '42');
		assert.ok(Date.now() - began < NEIGHBOUR_MS, `the neighbour took ${Date.now() - began} ms`);
		answers++;
	}
	return harm;
}

// However the kernel ended: one wake brings the notebook back, with the file and what its cells make.
async function isWell() {
	assert.equal(assertJson(await book.post('/wake')).state, 'running');
	assert.match((await book.download('notebook.py')).text, /intact = "as it was"/);
	await eventually('its cells were run', async () => await book.says('print(intact)') === 'as it was');
	check(carrel);
}

test('code that never ends is stopped at its time', async () => {
	const done = await besides(() => book.run('while True: pass', { timeout: 2 }));
	assert.deepEqual([done.success, done.error], [false, 'It was stopped after 2 s.']);
	assert.ok(done.took_ms >= 2000 && done.took_ms < 12000, `${done.took_ms} ms`);
	await isWell();
});

test('who leaves interrupts what he ran', async () => {
	await book.post('/run', { code: 'import time; time.sleep(300)', timeout: 600 }, { timeout: 1500 }).then(() => assert.fail('it ended'), () => {});
	const left = Date.now();
	assert.equal(await book.says('print(1)', { timeout: 20 }), '1');
	console.log(`others had their turn ${((Date.now() - left) / 1000).toFixed(1)} s later`);
	assert.ok(Date.now() - left < 8000, 'it ran on for too long');
});

test('a snapshot that has no room is refused with the figures, leaves nothing, and the kernel goes on', async () => {
	await book.says('import sys; sys.mark = 1');
	const refused = await book.post('/snapshot');
	assertError(refused, 409);
	assert.match(refused.json.detail, /It would take \d+ MB, and of 16 MB for a notebook's snapshots 0 MB are taken/);
	assert.equal(await book.says('import sys; print(sys.mark)'), '1');
	const folder = path.join(carrel.folder, 'var', 'snapshot', book.id);
	await eventually('nothing is left of it', () => !fs.existsSync(folder) || !fs.readdirSync(folder).length);
	await isWell();
});

test('a gigabyte printed is cut down to its ends', async () => {
	const done = await besides(() => book.run('for i in range(1024): print("x" * (1 << 20))\nprint("the end")'));
	assert.ok(done.success, done.error);
	assert.equal(done.truncated, true);
	assert.ok(done.stdout.length < 200000, `${done.stdout.length}`);
	assert.match(done.stdout, /bytes left out[^]*the end\s*$/);
	await isWell();
});

test('a disk filled up takes no more, and says so; emptied it goes on', async () => {
	const done = await besides(() => book.run('with open("big", "wb") as f:\n  while True: f.write(b"x" * (1 << 20)); f.flush()'));
	assert.equal(done.success, false);
	assert.match(done.error, /No space left on device/);
	assertError(await book.upload({ 'more.bin': Buffer.alloc(4 << 20) }), 507);
	const { files } = assertJson(await book.get('/files'));
	assert.deepEqual(files.filter((f) => /more|\.part|upload/.test(f.name)), [], 'a part was left');
	await book.says('import os; os.remove("big")');
	assertJson(await book.upload({ 'more.bin': Buffer.alloc(4 << 20) }));
	const many = await book.run('import os\nos.mkdir("many")\nfor i in range(10**6): open(f"many/{i}", "w").close()');
	assert.match(many.error, /No space left on device|quota/i);
	await book.says('import shutil; shutil.rmtree("many")');
	await isWell();
});

test('a server that is ended is started again, and the notebook says what that cost', async () => {
	await book.run('import os, signal; os.kill(os.getppid(), signal.SIGKILL)').catch(() => {});
	const { notice } = await eventually('it is told', async () => {
		const now = await book.show();
		return /server ended/.test(now.notice) && now;
	});
	assert.match(notice, /so its variables are gone\. Your notebook and its files are as they were/);
	await isWell();
});

// Either the cell is refused more, or Linux ends its kernel, or the sandbox: whichever is larger. Then the notebook says of what, and how
// much there was.
const MEMORY = /^It ran out of memory: 6\d\d of 640 MB\./;
async function isExplained(done, inside, outside) {
	if (inside.test(`${done.error} ${done.stdout}`))
		return;
	if (done.error === 'The kernel ended. It was killed, most likely because the memory was used up.') {
		const { notice } = await eventually('it is told', async () => {
			const shown = await book.show();
			return outside.test(shown.notice) && shown;
		}, { timeout: 15000 });
		assert.match(notice, /\. Its kernel was ended, so its variables are gone\. Your notebook and its files are as they were; run it again\.$/);
		return;
	}
	const now = await book.waitState('failed', 15000).catch((error) => assert.fail(`${error.message}; it said ${JSON.stringify(done)}`));
	assert.match(now.reason, outside, JSON.stringify(done));
	assert.ok(now.notice.startsWith(now.reason), now.notice);
	assert.match(now.notice, /Your notebook and its files are as they were; run it again\.$/);
	// Whoever sends it to sleep learns what happened, and the reason stays.
	assert.ok(assertError(await book.post('/sleep'), 409).detail.endsWith(now.reason));
	assert.equal((await book.show()).reason, now.reason);
}
const attempt = (code) => besides(async () => {
	const reply = await book.post('/run', { code });
	return reply.status === 200 ? said(reply.text) : { success: false, error: assertError(reply, [502, 503]).detail };
});

test('memory eaten up by the kernel ends with figures, and one wake runs it again', async () => {
	const done = await attempt('eaten = []\nwhile True: eaten.append(bytearray(b"x" * (8 << 20)))');
	assert.equal(done.success, false);
	await isExplained(done, /MemoryError/, MEMORY);
	await isWell();
});

test('memory eaten up beside the kernel does no more', async () => {
	const done = await attempt('import subprocess, sys\nprint(subprocess.run([sys.executable, "-c", "a = []\\nwhile True: a.append(bytearray(b\'x\' * (8 << 20)))"],'
		+ ' capture_output=True, text=True).stderr[-300:])');
	await isExplained(done, /MemoryError/, MEMORY);
	await isWell();
});

test('a fork bomb stays in its notebook', async () => {
	const done = await attempt('import os, time\nn = 0\ntry:\n  while n < 5000:\n    if os.fork() == 0:\n      time.sleep(600)\n      os._exit(0)\n    n += 1\n'
		+ 'except OSError as error: print("no more:", n, error)');
	await isExplained(done, /no more: \d+ /, /^(It ran out of memory: 6\d\d of 640 MB|It started more processes than it may \(160\))\./);
	await isWell();
});

test('a kernel that ends itself: the reason is told, and it runs again', async () => {
	const done = await besides(() => book.run('import os; os._exit(3)'));
	assert.equal(done.success, false);
	assert.match(done.error, /kernel ended/i);
	await isWell();
});

test('bad names of files do nothing', async () => {
	const names = assertJson(await book.get('/files')).files.map((f) => f.name);
	for (const name of ['../evil', '/etc/evil', 'a/../../evil', 'a\u0001b', 'x'.repeat(300), '.', '..', 'a//../..'])
		assertError(await book.upload({ [name]: 'x' }), [400, 404, 409], { what: JSON.stringify(name) });
	await book.says('import os\nfor to, at in [("/etc/passwd", "link"), ("/", "root"), ("..", "up")]: os.path.lexists(at) or os.symlink(to, at)\n'
		+ 'os.path.exists("pipe") or os.mkfifo("pipe")');
	for (const url of ['..%2f..%2fetc%2fpasswd', '%2e%2e/env', '%2Fetc%2Fpasswd', 'link', 'root/etc/passwd', 'up/env', 'pipe', 'x%00y', 'y'.repeat(300)])
		assertError(await book.download(url), [400, 403, 404, 409], { what: url });
	assert.ok([400, 404, 409].includes((await book.upload({ 'root/tmp/evil': 'x' })).status));
	await book.says('import os\nfor at in ("link", "root", "up", "pipe"): os.remove(at)');
	assert.deepEqual(assertJson(await book.get('/files')).files.map((f) => f.name), names);
});

test('wrong types, sizes and words are refused by name', async () => {
	for (const [json, field] of [[{ template: 'none' }, 'template'], [{ template: 7 }, 'template'], [{ title: 7 }, 'title'], [{ title: '' }, 'title'],
		[{ title: 'x'.repeat(5000) }, 'title'], [{ python: '--index-url http://x/' }, 'python'], [{ tier: 'gold' }, 'tier'], [{ nonsense: 1 }, 'nonsense']])
		assertError(await carrel.post('/workspaces', json), [400, 413], { field, what: JSON.stringify(json).slice(0, 80) });
	for (const [verb, json, field] of [['run', {}, 'code'], ['run', { code: 7 }, 'code'], ['run', { code: '1', timeout: 0 }, 'timeout'], ['run', { code: '1', timeout: 601 }, 'timeout'],
		['run', { code: '1', timeout: '2' }, undefined], ['share', { kind: 'all' }, 'kind'], ['share', {}, 'kind'], ['hold', { minutes: -1 }, 'minutes'], ['hold', { minutes: 'x' }, 'minutes'],
		['restore', { snapshot: NO_SUCH_ID }, 'snapshot'], ['restore', {}, 'snapshot']]) {
		const reply = await book.post(`/${verb}`, json);
		if (field)
			assertError(reply, [400, 404, 413], { field, what: `${verb} ${JSON.stringify(json)}` });
	}
	assertError(await book.get('', { method: 'PATCH', json: { visibility: 'everyone' } }), 400, { field: 'visibility' });
	assertError(await book.get('', { method: 'PATCH', json: { terminal: 'maybe' } }), 400, { field: 'terminal' });
	assertError(await book.post('/run', undefined, { body: '{', json: undefined, headers: { 'content-type': 'application/json' } }), 400);
});

test('a notebook that is no Python is told of by marimo, and mended by a file', async () => {
	assertJson(await book.upload({ 'notebook.py': 'this is (no python\n' }));
	assertJson(await book.post('/sleep'));
	await book.says('import os; os._exit(0) if 0 else print(1)').catch(() => {});
	assert.equal((await book.door('/')).status, 200);
	assert.equal(await book.state(), 'running');
});
