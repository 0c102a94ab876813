// Any process may die at any moment of a notebook's life: its files stay, its variables too or its notice says that they are gone,
// the store is sound, and it opens again.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { eventually, start, WEB } from '../lib/carrel.mjs';
import { alive } from '../lib/machine.mjs';
import { check, make } from '../lib/notebook.mjs';
import { assertJson, HTML } from '../lib/say.mjs';

const carrel = await start({ env: { CARREL_VERBOSE: 'yes' } });
after(() => carrel.remove());
const later = { headers: { prefer: 'respond-async' } };
const book = await make(carrel, { title: 'Lasting' });
await book.upload({ 'data.txt': 'kept' });

const soon = (what, check, timeout = 60000) => eventually(what, check, { timeout, every: 5 });
const sandbox = (id) => carrel.sql(`SELECT state FROM sandbox WHERE workspace = '${id}'`);
const wanted = () => Number(carrel.sql(`SELECT count(*) FROM snapshot WHERE workspace = '${book.id}' AND state = 'wanted'`)) > 0;
// What is asked for in the middle of a fault may be refused; later it must go.
const insist = (what, work) => eventually(what, work, { timeout: 60000, every: 100 });
const mark = (value) => insist('it takes a mark', () => book.says(`import sys; sys.mark = ${value}; print("taken")`));

let n = 0, lost = [];
async function isWhole(value, mayLose, moment) {
	await insist('it answers', async () => assertJson(await book.post('/wake')));
	const found = await insist('its kernel answers', () => book.says('import sys; print(getattr(sys, "mark", "none"), open("data.txt").read())'));
	const { notice } = await book.show();
	if (found === `${value} kept`)
		assert.doesNotMatch(notice, /variables are gone/, `they are there ${moment}`);
	else {
		assert.equal(found, 'none kept');
		assert.ok(mayLose, `variables were lost ${moment}: ${notice}`);
		assert.match(notice, /variables/, `they were lost ${moment} without a word`);
		lost.push(moment);
	}
	assert.equal((await book.download('data.txt')).text, 'kept');
	await insist('its page is served', async () => /marimo/.test((await book.door('/', { headers: { ...book.bearer, ...HTML } })).text));
	check(carrel);
}

// Each begins something, resolves when it is in the middle of it, and gives back what must be true in the end.
const MOMENTS = {
	'of a run': async () => {
		const done = book.post('/run', { code: 'import time; open("begun", "w").close(); time.sleep(1)' }).catch(() => null);
		await insist('it has begun', async () => (await book.download('begun')).status === 200);
		return async () => { await done; await insist('it is tidied', () => book.says('import os; os.remove("begun"); print("gone")')); };
	},
	'of a snapshot': async () => {
		assert.equal((await book.post('/snapshot', {}, later)).status, 202);
		await soon('it is being made', wanted);
		return () => soon('it is made, or not', () => !wanted());
	},
	'of falling asleep': async () => {
		assert.equal((await book.post('/sleep', {}, later)).status, 202);
		await soon('it is being saved', wanted);
		return () => soon('it sleeps', () => ['hibernated', 'absent', 'failed'].includes(sandbox(book.id)));
	},
	'of waking': async () => {
		await insist('it sleeps', async () => assertJson(await book.post('/sleep')));
		assert.equal((await book.post('/wake', {}, later)).status, 202);
		await soon('it is on its way', () => sandbox(book.id) !== 'hibernated');
		return () => soon('it runs, or could not be started', () => ['running', 'failed'].includes(sandbox(book.id)));
	},
};

function kill(name) {
	const victims = carrel.programs(name);
	assert.ok(victims.length, `no process called ${name}`);
	for (const victim of victims)
		try {
			process.kill(victim.pid, 'SIGKILL');
		} catch (error) {
			assert.equal(error.code, 'ESRCH');	// it was ending already
		}
	return eventually('the dead are gone', () => !victims.some(alive), { every: 5 });
}

for (const name of ['keep', 'launch', 'gate', 'notebooks.fcgi', WEB === 'apache' ? 'apache2' : 'lighttpd']) {
	for (const [moment, begin] of Object.entries(MOMENTS))
		test(`kill −9 of ${name} in the middle ${moment}`, async () => {
			await mark(++n);
			const end = await begin();
			await kill(name);
			await end();
			await isWhole(n, ['keep', 'launch'].includes(name), `${moment}, ${name} killed`);
			await eventually('it runs again', () => carrel.programs(name).length > 0);
		});
	test(`kill −9 of ${name} in the middle of making one`, async () => {
		const one = await insist('one is made', () => make(carrel, { title: name }));
		await soon('it is on its way', () => ['provision', 'running'].includes(sandbox(one.id)));
		await kill(name);
		assert.equal(await insist('it runs', () => one.says('print(6 * 7)')), '42');
		await insist('it is deleted', async () => assertJson(await one.delete()));
		await insist('nothing of it is left', () => carrel.sql(`SELECT count(*) FROM erasure WHERE workspace = '${one.id}'`) === '0'
			&& !carrel.note().some((p) => p.command.some((a) => a.includes(one.id))));
	});
}

// Where the guest and the host meet, as launch sees it.
const place = (...parts) => path.join(`/proc/${carrel.programs('launch')[0].pid}/root/run/carrel`, ...parts);
const isThere = (...parts) => fs.existsSync(place(...parts));

test('kill −9 of keep when the notebook holds still and no checkpoint has begun: it answers again within seconds', async () => {
	await insist('it sleeps', async () => assertJson(await book.post('/sleep')));	// no notice is left of a loss before
	await mark(++n);
	const [launch] = carrel.programs('launch');
	process.kill(launch.pid, 'SIGSTOP');	// no checkpoint is begun while it cannot move
	try {
		assert.equal((await book.post('/snapshot', {}, later)).status, 202);
		await soon('it holds still', () => !isThere('ctl', book.id, 'ctl.sock'));
		const began = Date.now();
		await kill('keep');
		await soon('it lets go', () => isThere('ctl', book.id, 'ctl.sock'));
		console.log(`held still without a checkpoint for ${((Date.now() - began) / 1000).toFixed(1)} s`);
		assert.ok(Date.now() - began < 12000, 'it holds still for too long');
	} finally {
		process.kill(launch.pid, 'SIGCONT');
	}
	// What keep had asked for comes too late now, and must cost nothing.
	await isWhole(n, false, 'asked for a checkpoint too late');
	await soon('no snapshot is awaited', () => !wanted());
});

test('a kernel that ends by itself is told of, also to those who come later', async () => {
	await insist('it sleeps', async () => assertJson(await book.post('/sleep')));	// no notice is left of a loss before
	await mark(++n);
	assert.equal((await book.show()).notice, '');
	await book.post('/run', { code: 'import os; os.kill(os.getpid(), 11)' }).catch(() => null);
	await insist('it is told', async () => /^Its kernel ended unexpectedly, so its variables are gone\./.test((await book.show()).notice));
	assert.match(assertJson(await book.get('/kernel')).last_death, /segmentation fault/);
	await isWhole(n, true, 'a kernel that crashed');
});

test('kill −9 of launch while it makes a notebook: it is made all the same, and at once', async () => {
	const launch = carrel.programs('launch')[0], one = await make(carrel, { title: 'Twice begun' });
	await soon('it is being made', () => isThere('box', one.id));
	await kill('launch');
	// It is not the notebook that failed, so nobody need ask for it again, nor wait until it has rested.
	const began = Date.now(), states = new Set();
	await soon('it runs', () => states.add(sandbox(one.id)).has('running'));
	console.log(`it ran ${((Date.now() - began) / 1000).toFixed(1)} s after launch ${launch.pid} was killed`);
	assert.ok(!states.has('failed'), 'it was noted as failed');
	assert.equal(await insist('it answers', () => one.says('print(6 * 7)')), '42');
	assertJson(await one.delete());
	check(carrel);
});

test('kill −9 of the supervisor while it runs: files stay, nothing is left, it opens again', async () => {
	await mark(++n);
	carrel.note();
	process.kill(carrel.programs('carreld')[0].pid, 'SIGKILL');
	await carrel.ended;
	await carrel.start();
	await isWhole(n, true, 'carreld killed');
});

test('stopped while it sleeps and while it runs: nothing is left behind, and it opens again', async () => {
	await mark(++n);
	await insist('it sleeps', async () => assertJson(await book.post('/sleep')));
	assert.deepEqual((await carrel.stop()).left, []);
	await carrel.start();
	await isWhole(n, false, 'over a restart asleep');
	assert.deepEqual((await carrel.stop()).left, []);
	await carrel.start();
	await isWhole(n, false, 'over a restart awake');
	console.log(`lost: ${lost.join('; ')}`);
});
