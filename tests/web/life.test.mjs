// A sandbox's life beyond starting and sleeping, with real gVisor: eviction, cells that nobody looks at, short memory, a crowd, quotas,
// and what a crash leaves of a kernel.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { eventually, start } from '../lib/carrel.mjs';
import { check, make } from '../lib/notebook.mjs';
import { assertError, assertHtml, assertJson, HTML } from '../lib/say.mjs';

const folder = fs.mkdtempSync('/tmp/carrel-life-');
const freeFile = path.join(folder, 'free');
const free = (mb) => fs.writeFileSync(freeFile, `${mb}\n`, { mode: 0o644 });
const PLENTY = 64000;
fs.chmodSync(folder, 0o755);
free(PLENTY);
const carrel = await start({ env: { CARREL_NOTEBOOK_AUTOSAVE: '5', CARREL_WAKE_TIMEOUT: '4', CARREL_TEST_FREE_MB: freeFile } });
after(async () => {
	await carrel.remove();
	fs.rmSync(folder, { recursive: true, force: true });
});
const ctl = (...args) => execFileSync(path.join(carrel.root, 'build/release/bin/carrelctl'), args, { env: carrel.env, cwd: carrel.root, encoding: 'utf8' });
// Sets what its only account may use.
const account = (...args) => ctl('account', 'local', ...args);
const sandbox = (id, what = 'state') => carrel.sql(`SELECT ${what} FROM sandbox WHERE workspace = '${id}'`);
const page = async (book) => assertHtml(await carrel.get(`/notebook/${book.id}`, { headers: HTML }));
const app = (id) => carrel.get(`/api/app/${id}`).then(assertJson);
const LONG = 60000;	// keep looks up what an account may use every 10 s

beforeEach(() => {
	account('reset');
	free(PLENTY);
});

test('one that slept for long loses its variables, is told so before and after, and keeps its files', async () => {
	account('free', 'evict_s=25', 'hibernate_s=3600');
	const book = await make(carrel, { title: 'Old' });
	assertJson(await book.post('/wake'));
	await book.upload({ 'kept.txt': 'still here' });
	await book.says('import sys; sys.mark = 1; print("set")');
	assert.equal((await book.show()).tier, 'free');
	assertJson(await book.post('/sleep'));
	const asleep = await book.show();
	assert.equal(asleep.state, 'hibernated');
	assert.ok(Math.abs(Date.parse(asleep.evicts_at) - Date.now() - 25000) < 10000, asleep.evicts_at);
	assert.match(await page(book), /Its variables are kept for another \d+ s\. Wake it before then/);
	const image = sandbox(book.id, 'image');
	assert.ok(fs.existsSync(path.join(carrel.folder, 'var/snapshot', book.id, image)));
	const gone = await book.waitState('evicted', LONG);
	assert.match(gone.reason, /^It slept for 25 s, so its variables were let go; its files are kept\.$/);
	assert.equal(gone.evicts_at, null);
	assert.match(await page(book), /Put away\. Its files are kept\./);
	await eventually('the disk is free', () => !fs.existsSync(path.join(carrel.folder, 'var/snapshot', book.id, image)));
	assert.equal((await book.download('kept.txt')).text, 'still here');
	assertJson(await book.post('/wake'));
	assert.equal(await book.says('import sys; print(getattr(sys, "mark", "none"), open("kept.txt").read())'), 'none still here');
	assert.match((await book.show()).notice, /variables were let go/, 'and it says so when it is opened');
	check(carrel);
});

test('a cell that only waits keeps an empty notebook awake, up to its limit', async () => {
	account('free', 'hibernate_s=15', 'cell_s=30');
	const book = await make(carrel, { title: 'Patient' });
	assertJson(await book.post('/wake'));
	const { stream, send } = await book.session();
	const ready = await stream.until((e) => e.data?.op === 'kernel-ready', 90000);
	const [cell] = ready.data.data.cell_ids;
	assert.equal((await send('run', { cellIds: [cell], codes: ['import time\nfor step in range(300):\n    time.sleep(1)'] })).status, 200);
	await stream.until((e) => e.data?.op === 'cell-op' && e.data.data.status === 'running');
	stream.stop();
	const began = Date.now();
	const asleep = await book.waitState('hibernated', LONG * 2);
	assert.ok(Date.now() - began > 25000, `it slept after ${Date.now() - began} ms`);
	assert.match(asleep.reason, /^A cell was still running 30 s after anybody was here/);
	assertJson(await book.post('/wake'));
	await eventually('it goes on computing', async () => assertJson(await book.get('/kernel')).kernel === 'running');
	account('reset');
	assertJson(await book.delete());
});

test('a crash costs the minutes since the last background snapshot, and no cell', async () => {
	const book = await make(carrel, { title: 'Crashing' });
	await book.cell('early = 41');
	const spare = await eventually('it is saved in the background', async () => {
		const { snapshots } = assertJson(await book.get('/snapshots'));
		return snapshots.find((s) => s.kind === 'auto' && s.state === 'good');
	}, { timeout: LONG });
	await book.cell('late = 43');	// in place of the first
	await eventually('the next one replaces it', async () => {
		const autos = assertJson(await book.get('/snapshots')).snapshots.filter((s) => s.kind === 'auto' && s.state === 'good');
		return autos.length === 1 && autos[0].snapshot !== spare.snapshot;
	}, { timeout: LONG });
	await book.cell('latest = 44');
	crash(book);
	const dead = await book.waitState('failed', LONG);
	assert.match(dead.notice, /Its variables were saved in the background \d+ s before; opening it brings them back/);
	assert.equal(dead.kernel, 'saved');
	assertJson(await book.post('/wake'));
	assert.equal(await book.says('print(late)'), '43');
	const { cells } = await eventually('its cells are those of the file, not those of then', async () => {
		const context = JSON.parse(await book.says('import json; print(json.dumps({"cells": open("/work/notebook.py").read()}))'));
		assert.match(context.cells, /latest = 44/);
		const shown = await book.get('/export/script');
		assert.match(shown.text, /latest = 44/);
		return context;
	});
	assert.doesNotMatch(cells, /early/);
	// One that dies of what was saved is not brought back into it again and again.
	crash(book);
	const again = await book.waitState('failed', LONG);
	assert.match(again.notice, /variables are gone/);
	assert.equal(again.kernel, 'none');
	assertJson(await book.post('/wake'));
	check(carrel);
	assertJson(await book.delete());
});

// As the machine would: the sandbox's own process ends.
function crash(book) {
	const victims = carrel.note().filter((p) => p.command.some((a) => a.includes(book.id)) && p.command.includes('boot'));
	assert.ok(victims.length, 'its sandbox runs');
	victims.forEach((v) => process.kill(v.pid, 'SIGKILL'));
}

test('a kernel that is too large to be kept says so before and after', async () => {
	account('own', 'snapshot_mb=64');
	const book = await make(carrel, { title: 'Large' });
	assertJson(await book.post('/wake'));
	assert.equal(await book.says('big = bytearray(200 << 20); print(len(big))'), String(200 << 20));
	await eventually('its page warns', async () => /no more than 64 MB can be kept when it falls asleep/.test((await page(book)).replace(/\s+/g, ' ')), { timeout: LONG });
	assertJson(await book.post('/sleep'));
	const now = await book.show();
	assert.equal(now.state, 'absent');
	assert.match(now.notice, /It used \d+ MB of memory when it was put to sleep, and no more than 64 MB can be kept/);
	account('reset');
	assertJson(await book.delete());
});

test('short memory makes the least recently used sleep, and nobody who computes or is held', async () => {
	const [old, newer] = [await carrel.make('a counter'), await carrel.make('a tea timer')];
	const held = await make(carrel, { title: 'Held' });
	assertJson(await held.post('/wake'));
	assertJson(await held.post('/hold', { minutes: 60 }));
	for (const id of [old, newer])
		await eventually('both are awake', async () => (await carrel.app(id)).status === 200 && sandbox(id) === 'running');
	carrel.sql(`UPDATE sandbox SET last_activity_at = last_activity_at - 60000, ready_at = ready_at WHERE workspace IN ('${old}')`);
	await eventually('they have been left alone for a while', () => Number(sandbox(newer, "unixepoch() * 1000 - max(ready_at, coalesce(last_activity_at, 0))")) > 12000,
		{ timeout: LONG, every: 500 });
	free(100);
	await eventually('the older one sleeps', () => sandbox(old) === 'absent', { timeout: LONG });
	free(PLENTY);
	assert.match(sandbox(old, 'reason'), /^The machine needed room for others/);
	await eventually('the held one is there', async () => await held.state() === 'running');
	assertJson(await carrel.post(`/api/app/${old}/wake`, {}));
	free(100);
	await eventually('only who is held stays', () => sandbox(newer) === 'absent' && sandbox(old) === 'absent', { timeout: LONG });
	assert.equal(sandbox(held.id), 'running');
	assertJson(await held.delete());
});

test('who waits is told the place, on the page and in programs, and gets in when there is room', async () => {
	const id = await carrel.make('a counter');
	await carrel.thaw(id);
	carrel.sql(`UPDATE sandbox SET want = 'asleep' WHERE workspace = '${id}'`);
	await eventually('it sleeps', () => sandbox(id) === 'absent', { timeout: LONG });
	const book = await make(carrel, { title: 'Waiting' });
	assertJson(await book.post('/sleep'));
	free(500);
	const [browser, program] = await Promise.all([carrel.app(id, '/', { headers: HTML }), carrel.app(id)]);
	assert.equal(browser.status, 503);
	assert.match(browser.text, /http-equiv="refresh"[^]*It is next in line, about \d+ s\. [A-Z][^<]+ This page opens it by itself/);
	assert.equal(program.status, 503);
	assert.ok(Number(program.headers['retry-after']) >= 1);
	assert.match(program.json.detail, /next in line, about \d+ s\. The machine's memory is in use/);
	await book.post('/wake', {}, { headers: { prefer: 'respond-async' } });
	const shown = await eventually('the notebook stands behind it', async () => {
		const now = await book.show();
		return now.place === 2 && now;
	});
	assert.ok(shown.eta_seconds >= 1);
	assert.match(await page(book), /second in line, about \d+ s/);
	assert.deepEqual(Object.keys(assertJson(await carrel.get(`/api/app/${id}/status`))), ['status', 'place', 'eta_seconds']);
	free(PLENTY);
	await book.waitState('running', LONG);
	assert.equal((await carrel.app(id)).status, 200);
	assert.deepEqual([(await app(id)).place, (await book.show()).place], [null, null]);
	assertJson(await book.delete());
});

test('as many are awake as the tier allows: the next waits until one of one’s own sleeps', async () => {
	for (const id of carrel.sql("SELECT workspace FROM sandbox WHERE state = 'running'").split('\n').filter(Boolean))
		carrel.sql(`UPDATE sandbox SET want = 'asleep' WHERE workspace = '${id}'`);
	await eventually('all sleep', () => carrel.sql("SELECT count(*) FROM sandbox WHERE state IN ('running', 'provision')") === '0', { timeout: LONG });
	account('own', 'sandboxes=1');
	const first = await carrel.make('a counter');
	const book = assertJson(await carrel.post('/workspaces', { title: 'Second' }));
	const waiting = await eventually('it says why it waits', async () => {
		const now = assertJson(await carrel.get(`/workspaces/${book.id}`));
		return now.reason.includes('You have 1 awake') && now;
	});
	assert.equal(waiting.place, null, 'that is no matter of the line');
	await eventually('the first sleeps for it', () => sandbox(first) === 'absent', { timeout: LONG });
	assert.match(sandbox(first, 'reason'), /^You opened another/);
	await eventually('and it runs', () => sandbox(book.id) === 'running', { timeout: LONG });
	account('reset');
	assertJson(await carrel.get(`/workspaces/${book.id}`, { method: 'DELETE' }));
});

test('so many are made a minute as the tier allows; the next is refused with a number and a time', async () => {
	account('free', 'creates_minute=2');
	carrel.sql('DELETE FROM creation');
	const made = [await carrel.create('a counter'), assertJson(await carrel.post('/workspaces', {})).id];
	const no = await carrel.post('/api/create', { prompt: 'a counter' });
	const { detail } = assertError(no, 429);
	assert.match(detail, /^You have made 2 apps and notebooks in the last minute, as many as your tier \(free\) allows\. The next is possible in \d+ s\.$/);
	assert.ok(Number(no.headers['retry-after']) > 40);
	const browser = await carrel.form('/workspaces', { title: 'Third' }, { headers: { ...HTML, origin: carrel.origin } });
	assert.equal(browser.status, 429);
	assert.match(browser.text, /You have made 2 apps and notebooks in the last minute/);
	assertError(await carrel.post(`/workspaces/${made[1]}/fork`, {}), 429);
	assertError(await carrel.post('/workspaces', { tier: 'paid' }), 403, { field: 'tier' });
	account('reset');
	for (const id of made)
		await carrel.get(id === made[0] ? `/api/app/${id}` : `/workspaces/${id}`, { method: 'DELETE' });
});

test('twenty at once: all come alive, each told its place, none refused', async () => {
	const ids = await Promise.all(Array.from({ length: 20 }, () => carrel.create('a counter')));
	const places = new Map();
	await eventually('all are live', async () => {
		const now = await Promise.all(ids.map((id) => carrel.get(`/api/app/${id}/status`).then((r) => r.json)));
		now.forEach((s, i) => { if (s.place) places.set(ids[i], (places.get(ids[i]) ?? []).concat(s.place)); });
		assert.ok(!now.some((s) => s.status === 'ready'), 'none failed');
		return now.every((s) => s.status === 'active');
	}, { timeout: 180000, every: 100 });
	assert.ok(places.size >= 12, `${places.size} were told a place`);
	for (const seen of places.values())
		assert.ok(seen.every((p, i) => i === 0 || p <= seen[i - 1]), `nobody goes back in line: ${seen}`);
	const told = await carrel.get(`/api/app/${[...places.keys()].at(-1)}/events?last_event_id=`);
	assert.match(told.text, /"phase":"queued","detail":"[^"]+ in line, about \d+ s"/);
	check(carrel);
});
