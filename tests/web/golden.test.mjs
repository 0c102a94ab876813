// Golden sandboxes: made in the background, found again, used for every new app; and whatever goes wrong with them, an app still
// comes of every prompt.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, eventually, ROOT, start } from '../lib/carrel.mjs';
import { make } from '../lib/notebook.mjs';
import { HTML } from '../lib/say.mjs';

const models = await startModels();
const carrel = await start({ env: { ...anthropicEnv(models), CARREL_VERBOSE: 'yes', CARREL_GOLDEN: 'yes' } });
after(async () => { await carrel.remove(); await models.stop(); });

const MADE = /golden sandbox vite: ([a-z2-7]{26}), (\d+) MB/g;
const all = (pattern) => [...carrel.said().matchAll(pattern)];
const made = (n) => eventually(`${n} made`, () => all(MADE).length >= n && all(MADE).at(-1), { timeout: 150000, every: 100 });
const snapshots = () => fs.readdirSync(path.join(carrel.folder, 'var', 'snapshot', 'goldenvite2222222222222222')).filter((name) => name.length === 26);
const kill = (program) => process.kill(carrel.programs(program)[0].pid, 'SIGKILL');
const clones = (id) => all(new RegExp(`sandbox ${id} runs, (\\d+) ms after it was asked for(, as a clone)?`, 'g'));

let n = 0;
async function works(isClone) {
	const label = `Golden${++n}`;
	const id = await carrel.make(`${label} [[text:${label}]]`, 90000);
	assert.match(await carrel.served(id), new RegExp(label));
	const started = clones(id);
	if (isClone !== undefined)
		assert.equal(Boolean(started.at(-1)?.[2]), isClone, `${label}: ${JSON.stringify(started)}`);
	return id;
}

test('before there is one, an app starts from nothing; then as a clone', async () => {
	await works(false);
	const [, image, megabytes] = await made(1);
	assert.deepEqual(snapshots(), [image]);
	assert.ok(Number(megabytes) < 80, `it takes ${megabytes} MB`);
	const id = await works(true);
	const sandbox = carrel.note().find((p) => p.command[0] === 'runsc-sandbox' && p.groups.some((g) => g.endsWith(id)));
	if (/^runsc version carrel-/.test(execFileSync(path.join(ROOT, 'build/bin/runsc'), ['--version'])))
		assert.ok(sandbox.command.includes('--systrap-disable-fast-path=true'), `the engine knows its flags: ${sandbox.command.join(' ')}`);
});

test('after a stop and a start it is found again, and a sleeping app wakes as a clone, with its own version', async () => {
	const before = snapshots(), id = await works(true), label = `Golden${n}`;
	assert.deepEqual((await carrel.stop()).left, []);
	await carrel.start();
	await eventually('it is found', () => all(new RegExp(`golden sandbox vite: ${before[0]}"`, 'g')).length > 0);
	assert.match(await eventually('it is served', async () => {
		const text = await carrel.served(id);
		return text.includes(label) && text;
	}), new RegExp(label));
	assert.ok(clones(id).at(-1)[2], 'it woke as a clone');
	await works(true);
	assert.deepEqual(snapshots(), before);
});

// Vite's own token against pages of others would be that of every clone, so it is not asked for.
test('an app that is a clone opens its channel to its own pages, and to nobody else’s', async () => {
	const id = await works(true), own = `http://${id}.localhost:${carrel.port}`;
	const open = async (origin) => (await carrel.app(id, '/', { headers: { origin, connection: 'Upgrade', upgrade: 'websocket',
		'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'sec-websocket-protocol': 'vite-hmr' } })).status;
	assert.equal(await open(own), 101);
	assert.equal(await open(`http://${'b'.repeat(26)}.localhost:${carrel.port}`), 403);
});

test('launch killed while a clone is made: an app comes all the same', async () => {
	for (let i = 0; i < 4; i++) {
		const id = await carrel.create(`Killed ${i} [[text:Killed${i}]]`);
		await eventually('it is asked for', () => carrel.said().includes(id), { timeout: 5000, every: 2 }).catch(() => {});
		await eventually('a while has passed', () => true, { timeout: 1000, every: i * 40 + 1 });
		kill('launch');
		await carrel.waitStatus(id, 'active', 90000);
		assert.match(await carrel.served(id), new RegExp(`Killed${i}`));
	}
});

test('one that is cut is not used, and made again', async () => {
	const [image] = snapshots(), count = all(MADE).length;
	const file = path.join(carrel.folder, 'var', 'snapshot', 'goldenvite2222222222222222', image, 'checkpoint.img');
	fs.truncateSync(file, 1000);
	await works(false);
	assert.match(carrel.said(), /no clone came of the golden sandbox vite, so sandboxes start from nothing for now/);
	await made(count + 1);
	assert.notDeepEqual(snapshots(), [image]);
	await works(true);
});

test('keep killed, launch killed while it is made: it is made in the end, and nothing is left of the attempts', async () => {
	fs.rmSync(path.join(carrel.folder, 'var', 'snapshot', 'goldenvite2222222222222222'), { recursive: true });
	await works(false);	// which notices that it is gone
	const count = all(MADE).length, boots = () => all(/guest of goldenvite2222222222222222 answers/g).length;
	let seen = boots();
	const begun = () => eventually('it boots', () => boots() > seen, { timeout: 90000, every: 50 });
	for (const program of ['keep', 'launch', 'keep']) {
		await begun();
		seen = boots();
		kill(program);
		await eventually(`${program} is back`, () => carrel.programs(program).length > 0);
	}
	await works();
	await made(count + 1);
	assert.equal(snapshots().length, 1);
	await works(true);
});

// What Python draws by chance, one line each; in the order of DRAWN.
const DRAWN = ['random', 'numpy', 'numpy default_rng', 'ssl', 'tempfile', 'uuid1', 'uuid4', 'getnode', 'secrets'];
const DRAW = `import random, numpy, ssl, tempfile, uuid, secrets
print(random.random(), numpy.random.rand(), numpy.random.default_rng().random(), ssl.RAND_bytes(8).hex(),
    next(tempfile._get_candidate_names()), uuid.uuid1(), uuid.uuid4(), uuid.getnode(), secrets.token_hex(8), sep="\\n")`;

test('a notebook is a clone with its own files, pandas imported already, and draws as nobody else', async () => {
	await eventually('it is made', () => /golden sandbox marimo: [a-z2-7]{26}, \d+ MB/.test(carrel.said()), { timeout: 150000, every: 100 });
	const one = await make(carrel, { title: 'One of two' }), other = await make(carrel, { title: 'The other' });
	const drawn = [];
	for (const book of [one, other]) {
		await eventually('its page', async () => /marimo-/.test((await book.door('/', { headers: { ...book.bearer, ...HTML } })).text));
		assert.equal(await book.says('import sys; print("pandas" in sys.modules)'), 'True');
		assert.equal(await book.says('import os; print(os.uname().nodename)'), book.id);
		drawn.push((await book.says(DRAW)).split('\n'));
		assert.ok(clones(book.id).at(-1)?.[2], 'it started as a clone');
		assert.match((await book.download('notebook.py')).text, /marimo\.App/);
	}
	DRAWN.forEach((name, i) => assert.notEqual(drawn[0][i], drawn[1][i], name));
	// A kernel that is started later is one like any other, and what made the first one special is gone.
	const died = await one.run('import os, signal; os.kill(os.getpid(), signal.SIGKILL)');
	assert.match(died.error, /killed/);
	assert.equal(await one.says('import pandas; print(pandas.DataFrame({"a": [1, 2]}).a.sum())'), '3');
	await one.delete();
	await other.delete();
});
