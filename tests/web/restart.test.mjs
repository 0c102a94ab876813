// Any process may die at any moment: no app, version or message is lost, and every job goes on or ends with a reason.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { alive } from '../lib/machine.mjs';
import { anthropicEnv, Carrel, eventually, key, ROOT, start, WEB } from '../lib/carrel.mjs';
import { assertJson } from '../lib/say.mjs';

const models = await startModels();
const carrel = await start({ env: anthropicEnv(models) });
after(async () => { await carrel.remove(); await models.stop(); });

const id = await carrel.make('Lasting [[text:Lasting]]');
const second = await carrel.make('Second [[text:Second]]');
const later = { headers: { prefer: 'respond-async' } };

async function everything() {
	const apps = (await carrel.get('/api/apps')).json.apps;
	const all = {};
	for (const app of Object.keys(apps))
		all[app] = { title: apps[app].title, versions: await carrel.versions(app), history: await carrel.history(app) };
	return all;
}

// What was there must still be there; more may have come.
function assertKept(before, now) {
	for (const [app, was] of Object.entries(before)) {
		assert.ok(now[app], `app ${app} is gone`);
		const facts = (v) => [v.version, v.prompt, v.summary].join('|');
		assert.deepEqual(now[app].versions.slice(0, was.versions.length).map(facts), was.versions.map(facts));
		assert.deepEqual(now[app].history.slice(0, was.history.length), was.history);
	}
}

const back = (what = 'it answers') => eventually(what, async () => (await carrel.get('/api/apps', { timeout: 3000 })).status === 200, { timeout: 20000 });

async function outcome(app) {
	return eventually('the job ended', async () => {
		const events = await (await carrel.events(app, { signal: AbortSignal.timeout(60000) }).open).ended;
		const done = events.findLast ? events.findLast((e) => e.event === 'done') : events.filter((e) => e.event === 'done').pop();
		return done?.data.status;
	}, { timeout: 180000 });
}

let n = 0;
async function works(app) {
	const w = `Works${++n}`;
	const reply = await eventually('a write goes through', async () => {
		const r = await carrel.write(app, `Still works? [[reply:edit]] [[text:${w}]]`, { headers: { 'idempotency-key': `works-${w}` } });
		return r.status === 200 && r.json.status === 'ok' && r;
	}, { timeout: 60000 });
	assertJson(reply);
	assert.match(await eventually('it is served', async () => {
		const text = await carrel.served(app);
		return text.includes(w) && text;
	}), new RegExp(w));
}

test('stopped and started again: everything is there, the stop is clean and quick, the start is quick', async () => {
	const before = await everything();
	const stopped = await carrel.stop();
	assert.ok(stopped.ms <= 5000, `the stop took ${stopped.ms} ms`);
	assert.deepEqual(stopped.left, []);
	await carrel.start();
	assert.ok(carrel.startMs <= 3000, `the start took ${Math.round(carrel.startMs)} ms`);
	const now = await everything();
	assertKept(before, now);
	assert.equal(Object.keys(now).length, Object.keys(before).length);
	const served = await eventually('the app is there again', async () => {
		const text = await carrel.served(id);
		return text.includes('Lasting') && text;
	});
	assert.ok(served);
	await works(id);
});

const CREW = [...fs.readFileSync(path.join(ROOT, 'runner/carreld/crew.def'), 'utf8').matchAll(/^CREW\(\w+,\s+"([^"]+)"/gm)].map((m) => m[1]);
assert.ok(CREW.length >= 7, `read ${CREW.length} programs`);
const WEB_PROCESS = WEB === 'apache' ? 'apache2' : 'lighttpd';
// Each is killed at each of these moments of a job, and what follows is watched.
const MOMENTS = {
	'while the model writes': (stream) => stream.until('token'),
	'when compiling begins': (stream) => stream.until((e) => e.event === 'phase' && e.data.phase === 'compiling'),
};
for (const name of [...CREW, WEB_PROCESS])
	for (const [moment, wait] of Object.entries(MOMENTS))
		test(`kill −9 of ${name} ${moment}`, async () => {
			const before = await everything();
			const victims = carrel.programs(name);
			assert.ok(victims.length, `no process called ${name} among ${[...new Set(carrel.note().map((p) => p.name))].join(' ')}`);
			const hold = `kill${++n}`;
			const sent = await carrel.write(id, `Under fire ${n} [[text:Fire${n}]] [[lines:200]] [[hold:${hold}]]`, later);
			assert.equal(sent.status, 202);
			const stream = await carrel.events(id).open;
			if (moment.startsWith('when'))
				models.release(hold);
			await wait(stream).catch(() => {});
			for (const victim of victims)
				process.kill(victim.pid, 'SIGKILL');
			models.release(hold);
			await eventually('the dead are gone', () => !victims.some(alive));
			await back();
			const status = await outcome(id);
			assert.ok(['ok', 'error'].includes(status), status);
			const now = await everything();
			assertKept(before, now);
			const said = now[id].history.slice(before[id].history.length);
			assert.match(said[0].content, /^Under fire/);
			assert.equal(said.length, 2, `the job ended without a word: ${JSON.stringify(said)}`);
			assert.equal(now[id].versions.length - before[id].versions.length, status === 'ok' ? 1 : 0);
			await works(id);
			await eventually('it runs again', () => carrel.programs(name).length > 0);
		});

test('kill −9 of a sandbox: the app comes back with its current version', async () => {
	await carrel.served(id);
	const inside = carrel.note().filter((p) => p.command.some((a) => a.includes(id)));
	assert.ok(inside.length > 0, 'no process of this sandbox');
	for (const p of inside)
		try {
			process.kill(p.pid, 'SIGKILL');
		} catch { /* it went with its neighbour */ }
	await works(id);
});

test('kill −9 of the supervisor: nothing of it survives, and the next start has everything', async () => {
	const before = await everything();
	const [supervisor] = carrel.programs('carreld');
	assert.ok(supervisor, 'no process called carreld');
	assert.equal((await carrel.write(second, 'Cut short [[text:Short]] [[hold:short]]', later)).status, 202);
	await eventually('the model is asked', () => models.about('Cut short').length > 0);
	carrel.note();
	process.kill(supervisor.pid, 'SIGKILL');
	await carrel.ended;
	models.release('short');
	await carrel.start();
	assertKept(before, await everything());
	assert.ok(['ok', 'error'].includes(await outcome(second)));
	await works(second);
	await works(id);
	const stopped = await carrel.stop();
	assert.deepEqual(stopped.left, [], 'what the killed one left was not cleaned up');
	await carrel.start();
});

test('kill −9 of make: carreld does not outlive it', async () => {
	carrel.note();
	const family = [...carrel.seen.values()].filter(alive);
	const ended = carrel.ended;
	carrel.child.kill('SIGKILL');
	await ended;
	await eventually('all are gone', () => family.filter(alive).length === 0, { timeout: 5000 });
	await carrel.start();
	await works(id);
});

// Nobody opens these apps meanwhile: what is to be done in them is reason enough to start them.
for (const [what, ask] of Object.entries({
	'a change': () => carrel.write(id, 'Judged later [[text:Later]]', later),
	'going back': () => carrel.post(`/api/app/${id}/restore`, { version: 1 }, { headers: { prefer: 'respond-async' }, timeout: 3000 }).catch(() => {}),
}))
	test(`kill −9 of the supervisor when ${what} waits for its sandbox: it is judged after the next start`, async () => {
		const before = await everything();
		await carrel.stop();
		await carrel.start();	// with nothing awake
		const [launch] = carrel.programs('launch');
		process.kill(launch.pid, 'SIGSTOP');	// nothing can be started while it cannot move
		await ask();
		await eventually('it waits', () => carrel.sql("SELECT 1 FROM job WHERE state = 'judging' OR state = 'queued' AND kind = 'restore'") === '1');
		carrel.note();
		process.kill(carrel.programs('carreld')[0].pid, 'SIGKILL');
		await carrel.ended;
		await carrel.start();
		assert.equal(await outcome(id), 'ok');
		assert.equal((await everything())[id].versions.length, before[id].versions.length + 1);
	});

test('every accepted write is in the history, however often everything dies', async () => {
	const accepted = [];
	for (let round = 0; round < 4; round++) {
		for (const [i, app] of [id, second].entries()) {
			const text = `Round ${round}.${i} [[text:R${round}x${i}]]${round % 2 ? ` [[hold:round${round}]]` : ''}`;
			const reply = await carrel.write(app, text, { headers: { prefer: 'respond-async', 'idempotency-key': key() } });
			if (reply.status === 202)
				accepted.push([app, text]);
		}
		if (round >= 2)
			await eventually('the model is asked', () => models.about(`Round ${round}.`).length > 0);
		carrel.note();
		process.kill(carrel.programs('carreld')[0].pid, 'SIGKILL');
		await carrel.ended;
		models.release(`round${round}`);
		await carrel.start();
	}
	assert.ok(accepted.length >= 6, `only ${accepted.length} were accepted`);
	for (const app of [id, second])
		await outcome(app);
	for (const [app, text] of accepted) {
		const said = (await carrel.history(app)).filter((m) => m.type === 'user' && m.content === text);
		assert.equal(said.length, 1, `${text} stands ${said.length} times in the history`);
	}
	await works(id);
	await works(second);
});

test('two of them side by side share nothing', async () => {
	const twin = new Carrel({ env: anthropicEnv(models) });
	try {
		await twin.start();
		assert.notEqual(twin.port, carrel.port);
		assert.deepEqual((await twin.get('/api/apps')).json, { apps: {} });
		const own = await twin.make('Twin [[text:Twin]]');
		assert.match(await twin.served(own), /Twin/);
		assert.equal((await carrel.get(`/api/app/${own}`)).status, 404);
		const stopped = await twin.stop();
		assert.deepEqual(stopped.left, []);
		await works(id);
	} finally {
		await twin.remove();
	}
});

test('where nobody is there to take a prompt up, whoever asked is told', async () => {
	const own = await start({ env: { CARREL_JOB_TIMEOUT: '10' } });
	try {
		const [author] = own.programs('author');
		process.kill(author.pid, 'SIGSTOP');
		const { json } = await own.post('/api/create', { prompt: 'A counter' });
		await eventually('the first job to end', async () => await own.status(json.app_id) === 'ready', { timeout: 60000 });
		const history = await own.get(`/api/app/${json.app_id}/history`);
		assert.match(history.json.message_history.at(-1).content, /not running/);
		process.kill(author.pid, 'SIGCONT');
	} finally {
		await own.remove();
	}
});
