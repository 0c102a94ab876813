// What is metered, against an independent log: the folder that launch keeps for each life of a sandbox, watched from outside.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, Carrel, eventually, start } from '../lib/carrel.mjs';
import { assertHtml, assertJson, HTML } from '../lib/say.mjs';

const SLACK_MS = 1000;	// to the last second
const TICK_MS = 5000;	// between two writes of keep: what is lost when everything is killed at once

const models = await startModels();
let carrel = await start({ env: anthropicEnv(models) });
after(async () => { clearInterval(watcher); await carrel.remove(); await models.stop(); });

// Lives as they were seen: `${id}/${epoch}` → [first, last]; times of the clock that nobody sets.
const seen = new Map();
let folder;
const boxes = () => { folder = `/proc/${carrel.programs('carreld').pop().pid}/root/run/carrel/box`; };
const now = () => Number(process.hrtime.bigint() / 1000000n);
function watch() {
	let ids = [];
	try {
		ids = fs.readdirSync(folder);
	} catch { /* nothing runs just now */ }
	for (const id of ids)
		try {
			const epoch = fs.readFileSync(`${folder}/${id}/life`, 'latin1').split(' ')[0];
			const at = `${id}/${epoch}`;
			seen.set(at, [seen.get(at)?.[0] ?? now(), now()]);
		} catch { /* it is just coming or going */ }
}
boxes();
const watcher = setInterval(watch, 10);

const rows = async (query = '') => assertJson(await carrel.get(`/usage?by=hour&${query}`)).rows;
async function metered(id) {
	const lives = {};
	for (const row of await rows())
		if (row.workspace === id && row.life)
			lives[row.life] = (lives[row.life] ?? 0) + row.awake_ms;
	return lives;
}
const lifeOf = (id, epoch) => { const [from, to] = seen.get(`${id}/${epoch}`); return to - from; };
const isAwake = (id) => fs.existsSync(`${folder}/${id}`);
const isGone = (id) => eventually('nothing of it is left', () => !isAwake(id), { timeout: 60000 });

async function asleep(id) {
	assert.equal((await carrel.post('/admin/stop', { id })).status, 200);
	await isGone(id);
}

async function awake(id) {
	await eventually('it wakes', async () => (await carrel.post(`/api/app/${id}/wake`, {}, { timeout: 70000 })).status === 200, { timeout: 90000 });
}

async function killed(name) {
	const [old] = carrel.programs(name);
	process.kill(old.pid, 'SIGKILL');
	await eventually(`another ${name}`, () => carrel.programs(name).some((p) => p.pid !== old.pid), { timeout: 20000 });
}

const id = await carrel.make('Counted [[text:Counted]]');

test('three lives, through deaths of keep and launch, add up to the last second', async () => {
	await killed('keep');
	await eventually('it is counted on', async () => (await metered(id))[1] > 5000, { timeout: 30000 });
	await killed('launch');
	await killed('keep');
	await asleep(id);
	await awake(id);
	await killed('keep');
	await asleep(id);
	await awake(id);
	await asleep(id);
	const lives = await eventually('all are noted', async () => {
		const all = await metered(id);
		return Object.keys(all).length === 3 && all;
	});
	for (const [epoch, ms] of Object.entries(lives))
		assert.ok(Math.abs(ms - lifeOf(id, epoch)) <= SLACK_MS, `life ${epoch}: ${ms} ms metered, ${lifeOf(id, epoch)} ms seen`);
});

test('an end is an end', async () => {
	const before = await metered(id);
	await killed('keep');
	await awake(id);
	await eventually('the next life is counted', async () => Object.keys(await metered(id)).length === 4, { timeout: 20000 });
	const later = await metered(id);
	for (const epoch of Object.keys(before))
		assert.equal(later[epoch], before[epoch], `life ${epoch}`);
});

test('what was awake when everything was killed is counted once, but for the last moments', async () => {
	const env = carrel.env;
	const { folder: where } = carrel;
	await eventually('some of it is counted', async () => (await metered(id))[4] > 5000, { timeout: 30000 });
	const family = carrel.note();
	process.kill(carrel.child.pid, 'SIGKILL');
	await carrel.ended;
	await eventually('all of it is gone', () => family.every((p) => !fs.existsSync(`/proc/${p.pid}/root/run/carrel/box`)), { timeout: 20000 });
	const lived = lifeOf(id, 4);
	carrel = new Carrel({ folder: where, env });
	carrel.owned = true;
	await carrel.start();
	boxes();
	const counted = (await metered(id))[4];
	assert.ok(counted <= lived + SLACK_MS && counted >= lived - TICK_MS - SLACK_MS, `${counted} ms metered, ${lived} ms seen`);
	await awake(id);
	await asleep(id);
	assert.equal((await metered(id))[4], counted);
	assert.ok(Math.abs((await metered(id))[5] - lifeOf(id, 5)) <= SLACK_MS);
});

test('tokens are those that the jobs say', async () => {
	const versions = await carrel.versions(id);
	const own = (await rows()).filter((row) => row.workspace === id && !row.life);
	const sum = (name) => own.reduce((all, row) => all + row[name], 0);
	const told = versions.reduce((all, v) => all + (v.tokens ?? (v.input_tokens ?? 0) + (v.output_tokens ?? 0)), 0);
	assert.ok(sum('input_tokens') > 0 && sum('output_tokens') > 0);
	if (told)
		assert.equal(sum('input_tokens') + sum('output_tokens'), told);
});

test('rows, CSV, totals and the statement say the same', async () => {
	const all = await rows();
	const names = ['awake_ms', 'cpu_usec', 'memory_mb_ms', 'disk_mb_ms', 'input_tokens', 'output_tokens'];
	const sum = (list, name) => list.reduce((n, row) => n + Number(row[name]), 0);
	const byApp = assertJson(await carrel.get('/usage?by=workspace'));
	const csv = await carrel.get('/usage?by=hour&format=csv');
	assert.match(csv.headers['content-type'], /^text\/csv/);
	assert.match(csv.headers['content-disposition'], /attachment/);
	const [head, ...lines] = csv.text.trimEnd().split('\r\n').map((line) => line.split(','));
	const table = lines.map((line) => Object.fromEntries(head.map((name, i) => [name, line[i]])));
	assert.equal(table.length, all.length);
	for (const name of names) {
		assert.equal(byApp.total[name], sum(all, name), name);
		assert.equal(sum(byApp.rows, name), byApp.total[name], name);
		assert.equal(sum(table, name), byApp.total[name], name);
	}
	for (const row of all.filter((r) => r.life))
		assert.equal(row.memory_mb_ms, row.awake_ms * 512);
	const page = assertHtml(await carrel.get('/statement', { headers: HTML }));
	const secs = (text) => text.split(':').reduce((n, part) => n * 60 + Number(part), 0);
	const shown = [...page.matchAll(/data-name="Awake" class="n">([\d:]+)</g)].map((m) => secs(m[1]));
	const total = shown.pop();
	assert.ok(Math.abs(total - byApp.total.awake_ms / 1000) <= 1, `${total} s shown, ${byApp.total.awake_ms} ms metered`);
	assert.equal(shown.reduce((a, b) => a + b, 0), total);
});

test('what is asked for is what is given', async () => {
	for (const query of ['month=2026-13', 'from=yesterday', 'to=2026-11-01T', 'by=colour', 'format=xml', 'month=2026-11&from=2026-11-01'])
		assert.equal((await carrel.get(`/usage?${query}`)).status, 400, query);
	assert.deepEqual((await rows('month=2001-01')), []);
	assert.deepEqual((await rows('owner=nobody')), []);
	assert.deepEqual((await rows('from=2001-01-01&to=2001-02-01')), []);
	assert.ok((await rows('from=2001-01-01')).length > 0);
	assert.equal((await carrel.get('/statement?month=x', { headers: HTML })).status, 400);
});
