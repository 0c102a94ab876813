// An upgrade of runsc and of the guest under live kernels: they sleep, everything is replaced, and they wake with their variables,
// in the programs they fell asleep in.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Carrel, eventually, ROOT } from '../lib/carrel.mjs';
import { check, make } from '../lib/notebook.mjs';
import { assertJson } from '../lib/say.mjs';

// A build folder of its own, whose programs can be replaced.
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'carrel-upgrade-')), build = path.join(root, 'build');
const theirs = path.join(ROOT, 'build');
fs.chmodSync(root, 0o755);
fs.mkdirSync(path.join(build, 'bin'), { recursive: true });
for (const name of ['www', 'guest', 'registries.conf'])
	fs.cpSync(path.join(theirs, name), path.join(build, name), { recursive: true, dereference: true });
fs.copyFileSync(path.join(theirs, 'bin/runsc'), path.join(build, 'bin/runsc'));
fs.symlinkSync(fs.realpathSync(path.join(theirs, 'image')), path.join(build, 'image'));
for (const program of ['bin/runsc', 'guest/guest'])
	fs.chmodSync(path.join(build, program), 0o755);
fs.mkdirSync(path.join(build, 'release'));
fs.symlinkSync(path.join(theirs, 'release/bin'), path.join(build, 'release/bin'));
fs.writeFileSync(path.join(root, 'GNUmakefile'), `run:\n\t@CARREL_BUILD=${build} exec ${theirs}/release/bin/carreld\n`);

// Another file that does the same: a byte behind the end is read by nobody.
function replace(program) {
	const at = path.join(build, program), next = `${at}.next`;
	fs.copyFileSync(at, next);
	fs.appendFileSync(next, 'x');
	fs.chmodSync(next, 0o755);
	fs.renameSync(next, at);
}

const carrel = await new Carrel({ root, env: { CARREL_VERBOSE: 'yes' } }).start();
after(async () => { await carrel.remove(); fs.rmSync(root, { recursive: true, force: true }); });
const awake = await make(carrel, { title: 'Awake' }), asleep = await make(carrel, { title: 'Asleep' });
const insist = (what, work) => eventually(what, work, { timeout: 60000, every: 100 });
const mark = (book, value) => insist('it takes a mark', () => book.says(`import sys; sys.mark = ${value}; print("taken")`));
const marked = (book) => insist('its kernel answers', () => book.says('import sys; print(getattr(sys, "mark", "none"))'));
const ctl = (...args) => execFileSync(path.join(theirs, 'release/bin/carrelctl'), args, { env: carrel.env, encoding: 'utf8' });
const engines = () => fs.readdirSync(path.join(carrel.folder, 'var', 'engine'));

test('what is awake keeps its variables though nothing has slept in these programs before', async () => {
	await carrel.make('A counter');
	await mark(awake, 1);
	await mark(asleep, 1);
	replace('bin/runsc');
	const began = performance.now();
	ctl('upgrade');
	await insist('it is awake again by itself', async () => (await awake.state()) === 'running');
	assert.match(carrel.output, /Putting 2 notebooks to sleep/);
	console.log(`awake again after ${((performance.now() - began) / 1000).toFixed(1)} s`);
	for (const book of [awake, asleep]) {
		assert.equal(await marked(book), '1');
		assert.equal((await book.show()).notice, '');
	}
});

test('notebooks that are awake, and those that sleep, keep their variables over an upgrade of runsc and of the guest', async () => {
	const app = await carrel.make('A counter');
	await mark(asleep, 1);
	assertJson(await asleep.post('/sleep'));
	await mark(awake, 2);
	replace('bin/runsc');
	replace('guest/guest');
	// As a careful admin does: what was awake is so again when that is over.
	ctl('drain', '30');
	const said = ctl('upgrade');
	assert.match(said, /Carrel runs anew, after [0-9.]+ s/);
	console.log(said.trim());
	await insist('it says what slept', () => /1 notebook sleeps with its variables/.test(carrel.output));
	ctl('resume');
	await insist('it is awake again by itself', async () => (await awake.state()) === 'running');
	assert.equal(await marked(awake), '2');
	assert.equal(await marked(asleep), '1');
	assert.deepEqual([(await awake.show()).notice, (await asleep.show()).notice], ['', '']);
	assert.match(await insist('the app is there', async () => {
		const text = await carrel.served(app);
		return text.includes('LLMComponent') && text;
	}), /LLMComponent/);
	check(carrel);
});

test('they go on doing so, and what is new runs in what is new', async () => {
	assertJson(await awake.post('/sleep'));
	assert.equal(await marked(awake), '2');
	const fresh = await make(carrel, { title: 'New' });
	await mark(fresh, 3);
	assertJson(await fresh.post('/sleep'));
	assert.equal(engines().length, 2);
	assert.deepEqual((await carrel.stop()).left, []);
	await carrel.start();
	for (const [book, value] of [[awake, '2'], [asleep, '1'], [fresh, '3']])
		assert.equal(await marked(book), value);
	check(carrel);
});

test('programs that no kernel needs any more are removed', async () => {
	for (const book of [awake, asleep])
		assertJson(await book.delete());
	await insist('they are erased', () => fs.readdirSync(path.join(carrel.folder, 'var', 'snapshot')).length <= 1);
	await carrel.stop();
	await carrel.start();
	await insist('one is left', () => engines().length === 1);
});
