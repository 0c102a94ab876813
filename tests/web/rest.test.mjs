// A stop and an upgrade: notebooks that are awake go to sleep with their variables as far as the time allows, the others say what
// was lost and why, and nothing is left behind.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { eventually, start } from '../lib/carrel.mjs';
import { alive } from '../lib/machine.mjs';
import { check, make } from '../lib/notebook.mjs';
import { assertJson } from '../lib/say.mjs';

const carrel = await start({ env: { CARREL_VERBOSE: 'yes' } });
after(() => carrel.remove());
const one = await make(carrel, { title: 'One' }), two = await make(carrel, { title: 'Two' }), three = await make(carrel, { title: 'Three' });
const books = [one, two, three];
let n = 0;

const insist = (what, work) => eventually(what, work, { timeout: 60000, every: 100 });
const mark = async (book, value) => insist('it takes a mark', () => book.says(`import sys; sys.mark = ${value}; print("taken")`));
const marked = (book) => insist('its kernel answers', () => book.says('import sys; print(getattr(sys, "mark", "none"))'));

async function markAll() {
	n++;
	for (const [i, book] of books.entries())
		await mark(book, n * 10 + i);
}

// How many kept their variables; those that did not must say so.
async function kept(words) {
	let count = 0;
	for (const [i, book] of books.entries()) {
		const { notice } = await book.show();
		const found = await marked(book);
		if (found === String(n * 10 + i)) {
			assert.equal(notice, '');
			count++;
		} else {
			assert.equal(found, 'none');
			assert.match(notice, words);
		}
	}
	check(carrel);
	return count;
}

test('a stop puts every notebook to sleep, and each wakes with its variables', async () => {
	await markAll();
	const app = await carrel.make('A counter');
	const stopped = await carrel.stop({ signal: 'SIGINT' });
	assert.deepEqual(stopped.left, []);
	assert.match(carrel.output, /Putting 3 notebooks to sleep/);
	assert.match(carrel.output, /3 notebooks sleep with their variables\./);
	console.log(`a stop with three notebooks awake took ${stopped.ms} ms`);
	await carrel.start();
	for (const book of books) {
		const now = await book.show();
		assert.equal(now.state, 'hibernated');
		assert.match(now.reason, /Carrel was stopped/);
	}
	assert.equal(await kept(), 3);
	assert.match(await insist('the app is served', async () => {
		const text = await carrel.served(app);
		return text.includes('LLMComponent') && text;
	}), /LLMComponent/);
});

for (const name of ['keep', 'launch'])
	test(`kill −9 of ${name} while everything is put to sleep: what was not saved says so`, async () => {
		await markAll();
		const stopping = carrel.stop();
		await eventually('it has begun', () => /Putting \d notebook/.test(carrel.output), { every: 5 });
		for (const victim of carrel.programs(name))
			try {
				process.kill(victim.pid, 'SIGKILL');
			} catch (error) {
				assert.equal(error.code, 'ESRCH');	// it had done its part already
			}
		assert.deepEqual((await stopping).left, []);
		await carrel.start();
		console.log(`${await kept(/variables are gone/)} of 3 kept their variables`);
	});

test('what there is no time for is lost, and says why', async () => {
	await carrel.stop();
	carrel.env.CARREL_STOP_TIMEOUT = '1';
	await carrel.start();
	await markAll();
	const [launch] = carrel.programs('launch');
	process.kill(launch.pid, 'SIGSTOP');
	const stopped = await carrel.stop();
	assert.ok(stopped.ms < 9000, `it took ${stopped.ms} ms`);
	assert.deepEqual(stopped.left, []);
	assert.match(carrel.output, /3 could not be saved, and say so/);
	carrel.env.CARREL_STOP_TIMEOUT = '20';
	await carrel.start();
	assert.match((await one.show()).reason, /no time left to save the memory of its kernel/);
	assert.equal(await kept(/Carrel was stopped, and there was no time left .*variables are gone/), 0);
});

test('a second signal stops at once', async () => {
	await markAll();
	const [launch] = carrel.programs('launch');
	process.kill(launch.pid, 'SIGSTOP');
	const stopping = carrel.stop({ signal: 'SIGINT' });
	await eventually('it has begun', () => /Putting 3 notebooks/.test(carrel.output), { every: 5 });
	process.kill(-carrel.child.pid, 'SIGINT');
	const { ms, left } = await stopping;
	assert.ok(ms < 6000, `it took ${ms} ms`);
	assert.deepEqual(left, []);
	await carrel.start();
	assert.equal(await kept(/variables are gone/), 0);
});

test('an upgrade of the programs alone: kernels go on, open pages are back within five seconds', async () => {
	for (const book of books)	// which takes what was said of the last end away
		assertJson(await book.post('/sleep'));
	await markAll();
	const { stream } = await one.session();
	await stream.until((e) => e.data?.op === 'kernel-ready', 60000);
	const before = ['keep', 'launch', 'gate', 'author', 'notebooks.fcgi'].flatMap((name) => carrel.programs(name));
	const sandboxes = carrel.note().filter((p) => books.some((book) => p.command.some((a) => a.includes(book.id))));
	const began = Date.now();
	process.kill(carrel.programs('carreld').at(-1).pid, 'SIGHUP');
	await eventually('the old ones are gone', () => !before.some(alive), { every: 10 });
	await eventually('it answers', async () => (await one.get('', { timeout: 5000 })).status === 200, { every: 20 });
	const again = await eventually('a new session', async () => (await one.session()).stream, { every: 50 });
	await again.until((e) => e.data?.op === 'kernel-ready', 60000);
	const ms = Date.now() - began;
	console.log(`back after ${ms} ms`);
	assert.ok(ms < 5000, `back after ${ms} ms`);
	again.stop();
	stream.stop();
	assert.ok(sandboxes.length >= 3 && sandboxes.every(alive), 'a sandbox did not survive');
	assert.equal(await kept(), 3);
	assertJson(await one.post('/sleep'));
	assert.equal(await kept(), 3);
});
