// The Modal Vibe API, both variants: the paths, bodies and status codes its clients and its load test rely on.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, ID, NO_SUCH_ID, start } from '../lib/carrel.mjs';
import { assertError, assertHtml, assertJson, HTML } from '../lib/say.mjs';

const models = await startModels();
const carrel = await start({ env: { ...anthropicEnv(models), ADMIN_SECRET: 'open sesame' } });
after(async () => { await carrel.remove(); await models.stop(); });

const id = await carrel.make('A counter [[text:Apple]]');
const admin = (path, secret = 'open sesame') => carrel.post(path, { admin_secret: secret });

test('create answers at once with an id, before any model has', async () => {
	const began = Date.now();
	const reply = await carrel.post('/api/create', { prompt: 'Slow one [[hold:create]] [[text:Slow]]' });
	assert.ok(Date.now() - began < 1000, `took ${Date.now() - began} ms`);
	const body = assertJson(reply);
	assert.deepEqual(Object.keys(body).sort(), ['app_id', 'status']);
	assert.equal(body.status, 'created');
	assert.match(body.app_id, ID);
	assert.equal(await carrel.status(body.app_id), 'created');
	models.release('create');
	assert.equal(await carrel.waitStatus(body.app_id, ['active', 'ready']), 'active');
});

test('create accepts and keeps user_id', async () => {
	const body = assertJson(await carrel.post('/api/create', { prompt: 'For somebody [[text:User]]', user_id: 'user-17' }));
	assert.match(body.app_id, ID);
	await carrel.waitStatus(body.app_id, 'active');
	assertJson(await carrel.write(body.app_id, 'More [[reply:edit]] [[text:User2]]'));
	const withUser = await carrel.post(`/api/app/${body.app_id}/write`, { text: 'Again [[reply:edit]] [[text:User3]]', user_id: 'user-17' });
	assert.equal(assertJson(withUser).status, 'ok');
});

test('apps lists every app by id with address, title and featured mark', async () => {
	const body = assertJson(await carrel.get('/api/apps'));
	assert.deepEqual(Object.keys(body), ['apps']);
	const app = body.apps[id];
	assert.equal(app.url, `http://${id}.localhost:${carrel.port}/`);
	assert.match(app.title, /A counter/);
	assert.strictEqual(app.is_featured, false);
	if ('version' in app)
		assert.ok(Number.isInteger(app.version));
});

test('the app is live at its address', async () => {
	const page = await carrel.app(id, '/', { headers: HTML });
	assert.equal(page.status, 200, page.text.slice(0, 300));
	assert.match(page.headers['content-type'], /^text\/html/);
	assert.match(page.text, /^<!doctype html>[^]*<div id="root">/i);
	assert.match(await carrel.served(id), /Apple/);
});

test('one app: app_id, status, url, created_at, updated_at', async () => {
	const body = assertJson(await carrel.get(`/api/app/${id}`));
	assert.equal(body.app_id, id);
	assert.equal(body.status, 'active');
	assert.equal(body.url, `http://${id}.localhost:${carrel.port}/`);
	for (const name of ['created_at', 'updated_at'])
		assert.ok(Math.abs(Date.parse(typeof body[name] === 'number' ? body[name] * 1000 : body[name]) - Date.now()) < 600000,
			`${name} is ${body[name]}`);
});

test('status and ping', async () => {
	assert.equal(assertJson(await carrel.get(`/api/app/${id}/status`)).status, 'active');
	assert.deepEqual(assertJson(await carrel.get(`/api/app/${id}/ping`)), { status: 'ok' });
});

test('write answers when the edit is live', async () => {
	const body = assertJson(await carrel.write(id, 'Make it a pear [[reply:edit]] [[text:Pear]]'));
	assert.equal(body.status, 'ok');
	assert.equal(body.app_id, id);
	assert.match(await carrel.served(id), /Pear/);
});

test('write reports a component that never compiles as 200 with an error, and nothing changes', async () => {
	const version = await carrel.current(id);
	const before = await carrel.served(id);
	const body = assertJson(await carrel.write(id, 'Ruin it [[broken:always]] [[text:Ruin]]'));
	assert.equal(body.status, 'error');
	assert.ok(body.message.length > 5);
	assert.equal(await carrel.current(id), version);
	assert.equal(await carrel.served(id), before);
	assert.equal(models.about('Ruin it').filter((r) => r.attempt).length, 3, 'one answer and two repairs');
});

test('history holds what was said, in order, and is never stored by caches', async () => {
	const reply = await carrel.get(`/api/app/${id}/history`);
	const body = assertJson(reply);
	assert.match(reply.headers['cache-control'], /no-store/);
	assert.deepEqual(Object.keys(body), ['message_history']);
	for (const message of body.message_history) {
		assert.equal(typeof message.content, 'string');
		assert.ok(['user', 'assistant'].includes(message.type));
	}
	const said = body.message_history.filter((m) => m.type === 'user').map((m) => m.content);
	assert.deepEqual(said, ['A counter [[text:Apple]]', 'Make it a pear [[reply:edit]] [[text:Pear]]',
		'Ruin it [[broken:always]] [[text:Ruin]]']);
	const answers = body.message_history.filter((m) => m.type === 'assistant').map((m) => m.content);
	assert.match(answers[0], /A small counter, as you asked\./);
	assert.match(answers[1], /Changed the words as you asked\./);
	assert.ok(answers.length >= 3, 'the failure is told, too');
	assert.doesNotMatch(answers.join('\n'), /<file|<edit|SEARCH/);
});

test('a first job that fails leaves created for ready, says why, and an edit revives it', async () => {
	const failed = await carrel.create('Hopeless [[broken:always]]');
	assert.equal(await carrel.waitStatus(failed, ['ready', 'active'], 180000), 'ready');
	const history = await carrel.history(failed);
	assert.equal(history.at(-1).type, 'assistant');
	assert.equal((await carrel.versions(failed)).length, 0);
	assert.equal(assertJson(await carrel.write(failed, 'Try again [[text:Phoenix]]')).status, 'ok');
	assert.equal(await carrel.status(failed), 'active');
	assert.match(await carrel.served(failed), /Phoenix/);
});

test('terminate needs the secret, stops the app, and opening it revives it', async () => {
	assertError(await admin(`/api/app/${id}/terminate`, 'wrong'), 403);
	assertError(await carrel.post(`/api/app/${id}/terminate`, {}), [400, 403]);
	assert.equal(await carrel.status(id), 'active');
	const body = assertJson(await admin(`/api/app/${id}/terminate`));
	assert.equal(body.status, 'success');
	assert.equal(typeof body.message, 'string');
	assert.equal(await carrel.status(id), 'terminated');
	const ping = await carrel.get(`/api/app/${id}/ping`);
	assert.ok([200, 500].includes(ping.status), `ping answered ${ping.status}`);
	assert.equal(await carrel.status(id), 'terminated', 'ping woke it');
	// Visitors of a frozen app need no sandbox, and wake none; whoever opens it to edit it does.
	assertJson(await carrel.post(`/api/app/${id}/wake`, {}));
	await carrel.waitStatus(id, 'active');
	assert.match(await carrel.served(id), /Pear/);
});

test('a write revives a terminated app, too', async () => {
	assertJson(await admin(`/api/app/${id}/terminate`));
	assert.equal(assertJson(await carrel.write(id, 'A plum [[reply:edit]] [[text:Plum]]')).status, 'ok');
	assert.equal(await carrel.status(id), 'active');
	assert.match(await carrel.served(id), /Plum/);
});

test('snapshot answers with the name of an image', async () => {
	assertError(await admin(`/api/app/${id}/snapshot`, 'wrong'), 403);
	const body = assertJson(await admin(`/api/app/${id}/snapshot`));
	assert.equal(body.status, 'success');
	assert.ok(typeof body.image === 'string' && body.image.length);
});

test('toggle-feature marks an app and unmarks it', async () => {
	assertError(await admin(`/api/app/${id}/toggle-feature`, 'wrong'), 403);
	for (const expected of [true, false]) {
		const body = assertJson(await admin(`/api/app/${id}/toggle-feature`));
		assert.equal(body.status, 'success');
		assert.strictEqual(body.is_featured, expected);
		assert.equal(typeof body.message, 'string');
		assert.strictEqual((await carrel.get('/api/apps')).json.apps[id].is_featured, expected);
	}
});

test('delete removes the app for good', async () => {
	const gone = await carrel.make('Short-lived [[text:Mayfly]]');
	assert.deepEqual(assertJson(await carrel.get(`/api/app/${gone}`, { method: 'DELETE' })), { status: 'deleted', app_id: gone });
	for (const path of ['', '/status', '/history', '/versions', '/source', '/ping'])
		assertError(await carrel.get(`/api/app/${gone}${path}`), 404, { what: path });
	assert.equal((await carrel.get('/api/apps')).json.apps[gone], undefined);
	assert.ok([404, 410].includes((await carrel.app(gone, '/')).status));
	assertError(await carrel.get(`/api/app/${gone}`, { method: 'DELETE' }), 404);
});

test('an unknown app is the same 404 everywhere', async () => {
	for (const [method, path, json] of [['GET', ''], ['DELETE', ''], ['GET', '/status'], ['GET', '/history'], ['GET', '/ping'],
		['GET', '/versions'], ['GET', '/source'], ['GET', '/export'], ['GET', '/events'], ['PATCH', '', { title: 'x' }],
		['POST', '/write', { text: 'x' }], ['POST', '/restore', { version: 1 }], ['POST', '/cancel', {}], ['POST', '/duplicate', {}],
		['POST', '/terminate', { admin_secret: 'open sesame' }], ['POST', '/snapshot', { admin_secret: 'open sesame' }],
		['POST', '/toggle-feature', { admin_secret: 'open sesame' }]])
		assertError(await carrel.get(`/api/app/${NO_SUCH_ID}${path}`, { method, json }), 404, { what: `${method} ${path}` });
	assertHtml(await carrel.get(`/app/${NO_SUCH_ID}`, { headers: HTML }), 404);
});

test('terminate-all stops every app and counts them', async () => {
	assertError(await admin('/api/admin/terminate-all', 'wrong'), 403);
	const body = assertJson(await admin('/api/admin/terminate-all'));
	assert.equal(body.status, 'success');
	assert.equal(typeof body.message, 'string');
	const count = (v) => Array.isArray(v) ? v.length : v;
	assert.ok(count(body.terminated) >= 2, `terminated ${JSON.stringify(body.terminated)}`);
	assert.equal(count(body.failed), 0);
	assert.equal(await carrel.status(id), 'terminated');
});

test('the front door is JSON only for those who prefer it', async () => {
	const body = assertJson(await carrel.get('/', { headers: { accept: 'application/json' } }));
	assert.equal(body.status, 'ok');
	assert.equal(typeof body.service, 'string');
	assert.equal(typeof body.version, 'string');
	for (const accept of [HTML.accept, '*/*', 'text/html;q=0.9, application/json;q=0.5', null])
		assertHtml(await carrel.get('/', { headers: { accept } }));
	assertJson(await carrel.get('/', { headers: { accept: 'application/json, text/html;q=0.5' } }));
});

test('load: twenty creates at once, all of them live', async () => {
	const ids = await Promise.all(Array.from({ length: 20 }, (_, i) => carrel.create(`Load ${i} [[text:Load${i}]]`)));
	assert.equal(new Set(ids).size, 20);
	await Promise.all(ids.map((one) => carrel.waitStatus(one, 'active', 175000)));
	const apps = (await carrel.get('/api/apps')).json.apps;
	ids.forEach((one) => assert.ok(apps[one]));
	assert.match(await carrel.served(ids[13]), /Load13/);
	await Promise.all(ids.map((one) => carrel.get(`/api/app/${one}`, { method: 'DELETE' })));
});
