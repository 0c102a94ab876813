// What a Carrel does for itself: the disk and the store are made equal both ways, a volume that fails is mended, backups are made,
// tried and restored, and two sweeps at once do no harm.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { eventually, start } from '../lib/carrel.mjs';
import { check, make } from '../lib/notebook.mjs';
import { assertJson } from '../lib/say.mjs';

const carrel = await start({ env: { CARREL_VERBOSE: 'yes' } });
after(() => carrel.remove());
const VAR = path.join(carrel.folder, 'var');
const program = (name) => path.join(carrel.root, 'build/release/bin', name);
const options = { env: carrel.env, cwd: carrel.root, encoding: 'utf8' };
const sweep = (when) => promisify(execFile)(program('sweep'), [when], options);
const ctl = (...args) => execFileSync(program('carrelctl'), args, options);
const insist = (what, work, timeout = 60000) => eventually(what, work, { timeout, every: 100 });
const NOBODY = 'c'.repeat(26), IMAGE = 'd'.repeat(26), GOLDEN = 'goldenmarimo22222222222222';

const book = await make(carrel, { title: 'Cared for' });
await insist('it takes a mark', () => book.says('import sys; sys.mark = 7; print("taken")'));
await book.upload({ 'data.txt': 'kept' });
const inside = () => Number(fs.readFileSync(path.join(VAR, 'carreld.pid'), 'utf8'));
const within = (...command) => execFileSync('nsenter', ['-t', String(inside()), '-m', '-p', ...command], { encoding: 'utf8' });

test('what belongs to nothing goes after a day, what belongs to a golden one stays', async () => {
	fs.writeFileSync(path.join(VAR, 'volume', `${NOBODY}.img`), 'x');
	for (const at of [`snapshot/${NOBODY}/${IMAGE}`, `snapshot/${GOLDEN}/${IMAGE}`, `frozen/${NOBODY}/1`])
		fs.mkdirSync(path.join(VAR, at), { recursive: true });
	await Promise.all([sweep('minute'), sweep('minute')]);
	assert.equal(carrel.sql('SELECT count(*) FROM orphan'), '3');
	assert.ok(fs.existsSync(path.join(VAR, 'volume', `${NOBODY}.img`)));
	carrel.sql('UPDATE orphan SET found_at = found_at - 86400000');
	assert.match((await sweep('minute')).stderr, /belonged to nothing for a day/);
	await insist('it is gone', () => !fs.existsSync(path.join(VAR, 'volume', `${NOBODY}.img`)) && !fs.existsSync(path.join(VAR, 'snapshot', NOBODY)));
	assert.ok(!fs.existsSync(path.join(VAR, 'frozen', NOBODY)));
	assert.ok(fs.existsSync(path.join(VAR, 'snapshot', GOLDEN, IMAGE)));
	assert.equal(await book.says('import sys; print(sys.mark)'), '7');
	check(carrel);
});

test('a file system that fails under a notebook ends it in words, and is mended at the next wake', async () => {
	within('python3', '-c', `import fcntl, os, struct; fcntl.ioctl(os.open("/run/carrel/vol/${book.id}", os.O_RDONLY), 0x8004587D, struct.pack("I", 1))`);
	const ended = await insist('it is ended', async () => {
		const now = await book.show();
		return now.state === 'failed' && now;
	});
	assert.match(ended.reason, /disk stopped working/);
	assert.match(ended.notice, /variables are gone/);
	assert.equal(await insist('it is mended', () => book.says('print(open("data.txt").read())')), 'kept');
	assert.equal(within('sh', '-c', `grep -c " /run/carrel/vol/${book.id} " /proc/self/mountinfo`).trim(), '1');
	check(carrel);
});

test('a sleeping kernel whose memory is gone from the disk says so, and begins anew', async () => {
	await insist('it takes a mark', () => book.says('import sys; sys.mark = 8; print("taken")'));
	assertJson(await book.post('/sleep'));
	fs.rmSync(path.join(VAR, 'snapshot', book.id), { recursive: true });
	await sweep('minute');
	const now = await book.show();
	assert.equal(now.state, 'absent');
	assert.match(now.notice, /gone from the disk, so its variables are gone/);
	assert.equal(await book.says('print(open("data.txt").read())'), 'kept');
	check(carrel);
});

test('backups are made, tried, and told by doctor; two nights at once do no harm', async () => {
	assertJson(await book.post('/sleep'));
	// The loop device is let go of a moment after the mount.
	const loops = () => execFileSync('sh', ['-c', 'cat /sys/block/loop*/loop/backing_file || true'], { encoding: 'utf8', stdio: 'pipe' });
	await insist('its volume is at rest', () => !loops().includes(book.id), 90000);
	const nights = await Promise.all([sweep('nightly'), sweep('nightly')]);
	const copies = fs.readdirSync(path.join(VAR, 'backup', 'volume'));
	assert.deepEqual(copies.map((name) => name.slice(0, 26)), [book.id]);
	assert.match(ctl('doctor'), /ok {4}backups +\S+ ok carrel-.*whole: 0 apps and 1 notebooks.*so is a volume/);
	assert.equal(nights.filter((n) => /restore drill: ok/.test(n.stderr)).length, 1);
});

test('a store and the files of a notebook come back from their copies', async () => {
	const [store] = fs.readdirSync(path.join(VAR, 'backup')).filter((name) => name.endsWith('.db')).map((name) => path.join(VAR, 'backup', name));
	const [files] = fs.readdirSync(path.join(VAR, 'backup', 'volume')).map((name) => path.join(VAR, 'backup', 'volume', name));
	const later = await make(carrel, { title: 'Later' });
	await insist('it runs', () => later.says('print(1)'));
	await insist('it is changed', () => book.says('open("data.txt", "w").write("changed"); print("ok")'));
	assert.throws(() => ctl('restore', store, '--yes'), /running/);
	await carrel.stop();
	assert.throws(() => ctl('restore', store), /--yes/);
	assert.match(ctl('restore', store, '--yes'), /in place/);
	assert.match(ctl('restore', files, '--yes'), /in place/);
	const broken = path.join(carrel.folder, 'broken.db');
	fs.writeFileSync(broken, 'x'.repeat(9000));
	assert.throws(() => ctl('restore', broken, '--yes'));
	await carrel.start();
	assert.equal((await later.get()).status, 404);
	assert.equal(await insist('it opens', () => book.says('print(open("data.txt").read())')), 'kept');
	check(carrel);
	/* What came after the copy is not thrown away at once. */
	await sweep('minute');
	assert.match(carrel.sql('SELECT path FROM orphan'), new RegExp(`volume/${later.id}.img`));
	assert.ok(fs.existsSync(path.join(VAR, 'volume', `${later.id}.img`)));
});

test('a volume that is gone is said, and the notebook begins anew', async () => {
	await carrel.stop();
	fs.rmSync(path.join(VAR, 'volume', `${book.id}.img`));
	carrel.sql(`UPDATE notebook SET disk_bytes = 5000 WHERE workspace = '${book.id}'`);
	await carrel.start();
	assert.equal(await insist('it opens', () => book.says('import os; print(os.path.exists("data.txt"))')), 'False');
	assert.match((await book.show()).notice, /files of this notebook are gone from the disk/);
	check(carrel);
});

test('after another boot of the machine it is the machine that was restarted', async () => {
	await insist('it runs', () => book.says('print(1)'));
	carrel.note();
	process.kill(carrel.programs('carreld')[0].pid, 'SIGKILL');
	await carrel.ended;
	fs.writeFileSync(path.join(VAR, 'boot'), '00000000-0000-0000-0000-000000000000\n');
	await carrel.start();
	await insist('it says so', async () => /The machine was restarted/.test((await book.show()).notice));
	assert.equal(await insist('it opens', () => book.says('print(6 * 7)')), '42');
	check(carrel);
});
