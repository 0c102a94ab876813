// Doing a thing once: Idempotency-Key, answers that come later, and the queue of writes to one app.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, eventually, key, start } from '../lib/carrel.mjs';
import { assertError, assertJson } from '../lib/say.mjs';

const models = await startModels();
const carrel = await start({ env: { ...anthropicEnv(models), CARREL_MODEL_JOBS: '20' } });
after(async () => { await carrel.remove(); await models.stop(); });

const id = await carrel.make('Once [[text:Once]]');
const other = await carrel.make('Other [[text:Other]]');
const once = (k, more = {}) => ({ headers: { 'idempotency-key': k, ...more } });
const create = (k, prompt) => carrel.post('/api/create', { prompt }, once(k));
const asked = (word) => models.about(word).filter((r) => r.attempt === 1).length;

test('the same create twice is one app and one reply', async () => {
	const k = key();
	const first = await create(k, 'Twice [[text:Twice]]');
	const second = await create(k, 'Twice [[text:Twice]]');
	assertJson(first);
	assert.equal(second.status, first.status);
	assert.equal(second.text, first.text);
	await carrel.waitStatus(first.json.app_id, 'active');
	assert.equal((await create(k, 'Twice [[text:Twice]]')).text, first.text, 'after it was done, too');
	assert.equal(asked('Twice'), 1);
	const titles = Object.values((await carrel.get('/api/apps')).json.apps).filter((a) => /Twice/.test(a.title));
	assert.equal(titles.length, 1);
});

test('the same body written differently is still the same body, or is refused; it is never done twice', async () => {
	const k = key();
	await create(k, 'Spaces [[text:Spaces]]');
	const again = await carrel.post('/api/create', undefined, { body: '{ "prompt" : "Spaces [[text:Spaces]]" }',
		headers: { 'content-type': 'application/json', 'idempotency-key': k } });
	assert.ok([200, 409].includes(again.status), again.text);
	assert.equal(Object.values((await carrel.get('/api/apps')).json.apps).filter((a) => /Spaces/.test(a.title)).length, 1);
});

test('another body under the same key is a conflict', async () => {
	const k = key();
	assertJson(await create(k, 'This [[text:This]]'));
	assertError(await create(k, 'That [[text:That]]'), 409);
	assert.equal(asked('That'), 0);
});

test('a key counts for one route and one app', async () => {
	const k = key();
	const created = assertJson(await create(k, 'Shared [[text:Shared]]'));
	assert.equal(assertJson(await carrel.write(id, 'Shared [[text:Shared2]]', once(k))).status, 'ok');
	const reply = await carrel.write(other, 'Shared [[text:Shared3]]', once(k));
	assert.equal(assertJson(reply).status, 'ok');
	assert.match(await carrel.served(other), /Shared3/);
	await carrel.waitStatus(created.app_id, 'active');
});

test('a write that is still running lets its twin wait for the same answer', async () => {
	const k = key();
	const text = 'Twins [[reply:edit]] [[text:Twins]] [[hold:twins]]';
	const before = await carrel.current(id);
	const first = carrel.write(id, text, once(k));
	await eventually('the model is asked', () => asked('Twins') === 1);
	let early = false;
	const second = carrel.write(id, text, once(k)).then((r) => { early = true; return r; });
	assertError(await carrel.write(id, 'Not the twin', once(k)), 409);
	assert.equal(early, false, 'the twin did not wait');
	models.release('twins');
	const replies = await Promise.all([first, second]);
	assert.equal(assertJson(replies[0]).status, 'ok');
	assert.equal(replies[1].text, replies[0].text);
	assert.equal(await carrel.current(id), before + 1);
	assert.equal(asked('Twins'), 1);
});

test('twelve at the same moment are one', async () => {
	const k = key();
	const replies = await Promise.all(Array.from({ length: 12 }, () => create(k, 'Dozen [[text:Dozen]]')));
	assert.equal(new Set(replies.map((r) => r.text)).size, 1, replies.map((r) => r.text).join('\n'));
	await carrel.waitStatus(replies[0].json.app_id, 'active');
	assert.equal(asked('Dozen'), 1);
});

test('a refused request does not use up its key for a better one', async () => {
	const k = key();
	assertError(await carrel.post('/api/create', { prompt: '' }, once(k)), 400);
	const again = await create(k, 'Better [[text:Better]]');
	assert.ok([200, 409].includes(again.status));
});

test('a key survives a restart of the program that took it', async () => {
	const k = key();
	const first = await create(k, 'Survivor [[text:Survivor]]');
	const workers = carrel.programs('apps.fcgi');
	assert.ok(workers.length, 'no process called apps.fcgi');
	for (const worker of workers)
		process.kill(worker.pid, 'SIGKILL');
	const second = await eventually('answers again', async () => {
		const reply = await create(k, 'Survivor [[text:Survivor]]');
		return reply.status < 500 && reply;
	}, { timeout: 10000 });
	assert.equal(second.text, first.text);
});

test('an odd key is refused or taken, never fatal', async () => {
	for (const odd of ['', ' ', 'x'.repeat(10000), 'é', '"quoted"', "'; drop table job; --"]) {
		const reply = await carrel.post('/api/create', { prompt: '' }, once(Buffer.from(odd).toString('latin1')));
		assert.ok([400, 413, 431].includes(reply.status), `${odd.slice(0, 20)}: ${reply.status}`);
	}
});

test('respond-async: 202 at once, with a place to look', async () => {
	const reply = await carrel.write(id, 'Later [[text:Later]] [[hold:later]]', { headers: { prefer: 'respond-async' } });
	assert.equal(reply.status, 202);
	const { location } = reply.headers;
	assert.ok(location, 'no Location');
	const at = new URL(location, carrel.origin);
	assert.equal(at.origin, carrel.origin);
	models.release('later');
	assert.equal((await carrel.events(id).ended).at(-1).data.status, 'ok');
	assert.ok([200, 204].includes((await carrel.get(at.pathname + at.search)).status));
	assert.match(await carrel.served(id), /Later/);
});

test('respond-async and a key: the second is the first', async () => {
	const k = key();
	const text = 'Both [[text:Both]] [[hold:both]]';
	const first = await carrel.write(id, text, once(k, { prefer: 'respond-async' }));
	const second = await carrel.write(id, text, once(k, { prefer: 'respond-async' }));
	assert.equal(first.status, 202);
	assert.equal(second.status, 202);
	assert.equal(second.headers.location, first.headers.location);
	models.release('both');
	assert.equal((await carrel.events(id).ended).at(-1).data.status, 'ok');
	assert.equal(asked('Both'), 1);
});

test('writes to one app queue in order; a fourth that would wait is told to come later', async () => {
	const before = await carrel.current(id);
	const send = (n) => carrel.write(id, `Queue ${n} [[reply:edit]] [[text:Queue${n}]]${n === 1 ? ' [[hold:queue]]' : ''}`,
		{ headers: { prefer: 'respond-async' } });
	assert.equal((await send(1)).status, 202);
	await eventually('the first is with the model', () => asked('Queue1') === 1);
	for (const n of [2, 3, 4])
		assert.equal((await send(n)).status, 202, `number ${n}`);
	const full = await send(5);
	assertError(full, 429);
	assert.match(full.headers['retry-after'] ?? '', /^\d+$/);
	assert.ok(full.json.message || full.json.detail);
	assert.equal(asked('Queue2'), 0, 'the second did not wait for the first');
	// Another app is not held up.
	assert.equal(assertJson(await carrel.write(other, 'Free [[text:Free]]')).status, 'ok');
	models.release('queue');
	await eventually('all four are in', async () => await carrel.current(id) === before + 4, { timeout: 60000 });
	const prompts = (await carrel.versions(id)).slice(-4).map((v) => /^Queue (\d)/.exec(v.prompt)?.[1]);
	assert.deepEqual(prompts, ['1', '2', '3', '4']);
	assert.match(await carrel.served(id), /Queue4/);
	const said = (await carrel.history(id)).filter((m) => m.type === 'user').map((m) => m.content);
	assert.ok(!said.some((t) => t.startsWith('Queue 5')), 'a refused write must not stand in the history');
});

test('waiting writes hold no thread: forty of them, and reads stay quick', async () => {
	const apps = await Promise.all(Array.from({ length: 10 }, (_, i) => carrel.make(`Park ${i} [[text:Park${i}]]`, 120000)));
	const writes = apps.flatMap((app, i) => Array.from({ length: 4 }, (_, n) =>
		carrel.write(app, `Parked ${i}/${n} [[text:Parked]] [[hold:park]]`)));
	await eventually('the first of each is with the model', () => models.state.active === 10, { timeout: 60000 });
	const began = Date.now();
	for (let i = 0; i < 20; i++)
		assert.equal((await carrel.get('/api/apps')).status, 200);
	assert.ok(Date.now() - began < 2000, `20 reads took ${Date.now() - began} ms`);
	models.release('park');
	for (const reply of await Promise.all(writes))
		assert.equal(assertJson(reply).status, 'ok');
});
