// A full disk: refused in words, nothing lost, and well again by itself when there is room.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { eventually, start } from '../lib/carrel.mjs';
import { check, make } from '../lib/notebook.mjs';
import { assertError, assertHtml, assertJson, HTML } from '../lib/say.mjs';

const small = fs.mkdtempSync(path.join(os.tmpdir(), 'carrel-small-'));
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=700m', 'none', small]);
let carrel;

after(async () => {
	await carrel?.remove();
	execFileSync('umount', ['--lazy', small]);
	fs.rmdirSync(small);
});

const fill = path.join(small, 'fill');

// Writes until nothing more fits.
function fillUp() {
	const fd = fs.openSync(fill, 'a');
	const block = Buffer.alloc(4096);
	try {
		for (;;)
			fs.writeSync(fd, block);
	} catch (error) {
		assert.equal(error.code, 'ENOSPC');
	} finally {
		fs.closeSync(fd);
	}
}

test('a full disk refuses what is new with 507, keeps what is there, and goes on when there is room', async () => {
	carrel = await start({ env: { CARREL_VAR: path.join(small, 'var') } });
	const id = assertJson(await carrel.post('/api/create', { prompt: 'A counter' })).app_id;
	await eventually('the first version', async () => await carrel.status(id) === 'active');
	fillUp();

	// The log of the store still has some room of its own: ask until there is none.
	const made = [];
	const refusal = await eventually('a refusal', async () => {
		const reply = await carrel.post('/api/create', { prompt: 'A tea timer' });
		if (reply.status === 200)
			made.push(reply.json.app_id);
		fillUp();
		return reply.status !== 200 && reply;
	});
	assertError(refusal, 507);
	assert.match(refusal.json.detail, /space/);
	await eventually('pages say so', async () => /class="banner"[^>]*>There is no space left/.test(assertHtml(await carrel.get('/', { headers: HTML }))));
	assertError(await carrel.post(`/api/app/${id}/write`, { text: 'call it Full' }), 507);
	assertError(await carrel.get(`/api/app/${id}`, { method: 'PATCH', json: { title: 'Full' } }), 507);
	assert.notEqual((await carrel.post(`/api/app/${id}/cancel`, {})).status, 507);
	assert.ok(!fs.existsSync(path.join(small, 'var', 'reserve')), 'the reserve is still held');
	assertHtml(await carrel.get(`/app/${id}`, { headers: HTML }));
	const health = await carrel.get('/health');
	assert.equal(health.status, 503);
	assert.equal(health.json.parts.disk.status, 'down');

	fs.rmSync(fill);
	for (const app of made)
		await eventually(`what was accepted before, ${app}`, async () => await carrel.status(app) === 'active');
	const later = await eventually('a new app', async () => {
		const reply = await carrel.post('/api/create', { prompt: 'A quiz' });
		return reply.status === 200 && reply.json.app_id;
	});
	await eventually('its first version', async () => await carrel.status(later) === 'active');
	assert.equal(await carrel.status(id), 'active');
	assert.doesNotMatch(assertHtml(await carrel.get('/', { headers: HTML })), /class="banner"/);
	assert.equal(fs.statSync(path.join(small, 'var', 'reserve')).size, 64 << 20);
});

test('a notebook on a full disk stays awake rather than lose its variables, and survives what it writes there', async () => {
	await carrel.remove();
	execFileSync('mount', ['-o', 'remount,size=900m', small]);
	carrel = await start({ env: { CARREL_VAR: path.join(small, 'book') } });
	const book = await make(carrel, { title: 'Full' }), insist = (what, work) => eventually(what, work, { timeout: 60000, every: 100 });
	assert.equal(await insist('it runs', () => book.says('import sys; sys.mark = 5; open("kept.txt", "w").write("kept"); import os; os.sync(); print("ok")')), 'ok');
	fillUp();
	await insist('an upload is refused', async () => {
		const reply = await book.upload({ 'more.txt': 'x'.repeat(100000) });
		return reply.status === 507 && /no space left on the disk/.test(reply.json.detail);
	});
	fillUp();
	assert.equal((await book.post('/sleep', {}, { headers: { prefer: 'respond-async' } })).status, 202);
	assert.match((await insist('it says that it stays awake', async () => {
		const now = await book.show();
		return now.notice && now;
	})).notice, /no room on the disk to save its variables/);
	assert.equal(await book.says('import sys; print(sys.mark)'), '5');
	/* Whether it is told at once is the kernel's affair; it is told. */
	await book.run('import os\nwith open("much", "wb") as f:\n    f.write(os.urandom(200 << 20))\n    os.fsync(f.fileno())\n').catch(() => null);
	assert.match((await insist('it says so', async () => {
		const now = await book.show();
		return now.state === 'failed' && now;
	})).notice, /no room on the machine's disk.*variables are gone, and what it wrote in the last seconds may be missing/);
	fs.rmSync(fill);
	await insist('there is room again', async () => (await carrel.get('/health')).status === 200);
	assert.equal(await insist('it opens', () => book.says('print(open("kept.txt").read())')), 'kept');
	await insist('it goes to sleep', async () => assertJson(await book.post('/sleep')).status);
	assert.equal(await insist('it wakes', () => book.says('print(open("kept.txt").read())')), 'kept');
	check(carrel);
});

test('a disk that has turned read-only refuses what would change something, in words, and shows what is there', async () => {
	await carrel?.remove();
	const file = path.join(small, 'failing.ext4'), mount = path.join(small, 'failing');
	fs.writeFileSync(file, '');
	fs.truncateSync(file, 512 << 20);
	fs.mkdirSync(mount);
	execFileSync('mkfs.ext4', ['-q', '-F', file]);
	execFileSync('mount', ['-o', 'loop,errors=remount-ro', file, mount]);
	const device = path.basename(execFileSync('findmnt', ['-no', 'SOURCE', mount], { encoding: 'utf8' }).trim());
	carrel = await start({ env: { CARREL_VAR: path.join(mount, 'var') } });
	const id = await carrel.make('A counter');
	await eventually('it is frozen', async () => (await carrel.versions(id)).at(-1).frozen);
	execFileSync('sync', ['--file-system', mount]);
	// As the kernel does by itself when the disk under a file system fails.
	fs.writeFileSync(`/sys/fs/ext4/${device}/trigger_fs_error`, 'a disk that fails, for a test');

	await eventually('pages say so', async () => /class="banner"[^>]*>The disk can only be read/.test(assertHtml(await carrel.get('/', { headers: HTML }))), { timeout: 60000 });
	const refusal = await carrel.post('/api/create', { prompt: 'A tea timer' });
	assertError(refusal, 503);
	assert.match(refusal.json.detail, /disk can only be read/);
	assertError(await carrel.post(`/api/app/${id}/write`, { text: 'call it Late' }), 503);
	assertHtml(await carrel.get(`/app/${id}`, { headers: HTML }));
	assert.equal((await carrel.app(id)).status, 200);
	const health = await carrel.get('/health');
	assert.equal(health.status, 503);
	assert.equal(health.json.parts.disk.status, 'down');

	await carrel.stop();
	execFileSync('umount', [mount]);
	// 1: errors were corrected.
	assert.ok([0, 1].includes(spawnSync('fsck.ext4', ['-y', file], { timeout: 60000 }).status));
	execFileSync('mount', ['-o', 'loop,errors=remount-ro', file, mount]);
	await carrel.start();
	assert.equal(await carrel.status(id), 'active');
	check(carrel);
});
