// VALID_API_KEYS: programs show a key, people enter one once. ADMIN_SECRET absent: what needs it is switched off.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, eventually, key, start } from '../lib/carrel.mjs';
import { assertError, assertHtml, assertJson, HTML } from '../lib/say.mjs';

const models = await startModels();
const carrel = await start({ env: { ...anthropicEnv(models), VALID_API_KEYS: 'alpha-key-1,beta-key-2' } });
after(async () => { await carrel.remove(); await models.stop(); });

const own = `http://localhost:${carrel.port}`;
const alpha = { 'x-api-key': 'alpha-key-1' };
const beta = { 'x-api-key': 'beta-key-2' };
const made = await carrel.post('/api/create', { prompt: 'Keyed [[text:Keyed]]' }, { headers: alpha });
const id = assertJson(made).app_id;
await eventually('it is live', async () => (await carrel.get(`/api/app/${id}/status`, { headers: alpha })).json.status === 'active', { timeout: 60000 });

const ROUTES = [['GET', '/api/apps'], ['POST', '/api/create', { prompt: '' }], ['GET', `/api/app/${id}`], ['DELETE', `/api/app/${id}`],
	['PATCH', `/api/app/${id}`, { title: 'x' }], ...['status', 'history', 'ping', 'versions', 'source', 'export', 'events']
		.map((p) => ['GET', `/api/app/${id}/${p}`]),
	['POST', `/api/app/${id}/write`, { text: 'x' }], ['POST', `/api/app/${id}/restore`, { version: 1 }], ['POST', `/api/app/${id}/cancel`, {}],
	['POST', `/api/app/${id}/duplicate`, {}]];

test('without a key every route answers 401 with exactly that body', async () => {
	for (const [method, path, json] of ROUTES) {
		const reply = await carrel.get(path, { method, json });
		assert.equal(reply.status, 401, `${method} ${path}`);
		assert.deepEqual(reply.json, { detail: 'Invalid API key' }, `${method} ${path}`);
	}
});

test('a wrong key is no key', async () => {
	for (const wrong of ['alpha-key-2', 'ALPHA-KEY-1', 'alpha-key-1 x', 'alpha-key', 'alpha-key-1,beta-key-2', ',', 'x'.repeat(5000)]) {
		const reply = await carrel.get('/api/apps', { headers: { 'x-api-key': wrong } });
		assert.equal(reply.status, 401, wrong.slice(0, 30));
		assert.deepEqual(reply.json, { detail: 'Invalid API key' });
	}
	assert.equal((await carrel.get('/api/apps?x-api-key=alpha-key-1')).status, 401, 'a key in the address');
});

test('the right key opens every route', async () => {
	assertJson(await carrel.get('/api/apps', { headers: alpha }));
	assert.equal(assertJson(await carrel.write(id, 'With key [[reply:edit]] [[text:WithKey]]', { headers: alpha })).status, 'ok');
	assertError(await carrel.post('/api/create', { prompt: '' }, { headers: beta }), 400, { field: 'prompt' });
});

test('health and the documentation need none', async () => {
	assertJson(await carrel.get('/health'));
});

test('an Idempotency-Key counts for one caller', async () => {
	const k = key();
	const send = (who) => carrel.post('/api/create', { prompt: 'Mine [[text:Mine]]' }, { headers: { ...who, 'idempotency-key': k } });
	const [a, b, again] = [await send(alpha), await send(beta), await send(alpha)];
	assert.notEqual(assertJson(a).app_id, assertJson(b).app_id);
	assert.equal(again.text, a.text);
});

test('pages of other sites may call with a key, and never with a cookie', async () => {
	const asked = await carrel.get('/api/create', { method: 'OPTIONS', headers: { origin: 'http://other.example',
		'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,x-api-key' } });
	assert.ok([200, 204].includes(asked.status), asked.text);
	assert.match(asked.headers['access-control-allow-origin'] ?? '', /^(\*|http:\/\/other\.example)$/);
	assert.match(asked.headers['access-control-allow-headers'] ?? '', /x-api-key/i);
	assert.match(asked.headers['access-control-allow-methods'] ?? '', /POST/);
	assert.equal(asked.headers['access-control-allow-credentials'], undefined);
	const reply = await carrel.get('/api/apps', { headers: { ...alpha, origin: 'http://other.example' } });
	assert.equal(reply.status, 200);
	assert.match(reply.headers['access-control-allow-origin'] ?? '', /^(\*|http:\/\/other\.example)$/);
	assert.equal(reply.headers['access-control-allow-credentials'], undefined);
});

async function login(value, next = '/', more = {}) {
	return carrel.form('/login', { key: value, next }, { headers: { origin: own, 'sec-fetch-site': 'same-origin', ...HTML, ...more } });
}

test('a page asks for a key', async () => {
	const page = await carrel.get('/', { headers: HTML });
	assert.ok([200, 303, 302, 401].includes(page.status), `answered ${page.status}`);
	const shown = page.headers.location ? await carrel.get(page.headers.location, { headers: HTML }) : page;
	assert.match(shown.text, /name="key"/);
	assert.doesNotMatch(shown.text, /Keyed/, 'the page tells about apps before anybody signed in');
	assert.doesNotMatch((await carrel.get(`/app/${id}`, { headers: HTML })).text, /Keyed/);
});

test('a wrong key at the page sets no cookie', async () => {
	const reply = await login('nonsense');
	assert.ok([401, 403].includes(reply.status), `answered ${reply.status}`);
	assertHtml(reply, reply.status);
	assert.equal(reply.headers['set-cookie'], undefined);
});

let cookie;
test('the right key sets one strict cookie and leads on', async () => {
	const reply = await login('alpha-key-1', `/app/${id}`);
	assert.equal(reply.status, 303);
	assert.equal(new URL(reply.headers.location, own).pathname, `/app/${id}`);
	assert.equal(reply.headers['set-cookie'].length, 1);
	const [set] = reply.headers['set-cookie'];
	assert.match(set, /^__Host-[\w-]+=[\w.~+/=-]{20,};/);
	for (const word of [/; ?Secure/i, /; ?HttpOnly/i, /; ?Path=\/(;|$)/i, /; ?SameSite=(Lax|Strict)/i])
		assert.match(set, word);
	assert.doesNotMatch(set, /Domain=/i);
	assert.doesNotMatch(set, /alpha-key/);
	cookie = set.split(';')[0];
});

test('a sign-in never leads to another site', async () => {
	for (const next of ['http://evil.example/', '//evil.example/', '/\\evil.example', '\\\\evil.example', 'javascript:alert(1)', '/\r\nX: y', '/\t/evil.example']) {
		const reply = await login('alpha-key-1', next);
		if (reply.status === 400)
			continue;
		assert.equal(reply.status, 303);
		assert.equal(new URL(reply.headers.location, own).origin, own, next);
		assert.equal(reply.headers.x, undefined);
	}
	assert.equal((await login('alpha-key-1', '/', { origin: 'http://evil.example' })).status, 403);
});

test('the cookie works instead of a key, for pages and for the API', async () => {
	assert.match(assertHtml(await carrel.get('/', { headers: { ...HTML, cookie } })), /Build it/);
	assertJson(await carrel.get('/api/apps', { headers: { cookie } }));
	assertError(await carrel.post('/api/create', { prompt: '' }, { headers: { cookie, origin: own } }), 400, { field: 'prompt' });
});

test('the cookie does not work for a page of another site', async () => {
	for (const headers of [{ origin: 'http://evil.example' }, { origin: `http://${id}.localhost:${carrel.port}` }, { 'sec-fetch-site': 'cross-site' },
		{ 'sec-fetch-site': 'same-site' }])
		assert.equal((await carrel.post('/api/create', { prompt: '' }, { headers: { cookie, ...headers } })).status, 403, JSON.stringify(headers));
});

test('a changed cookie is no cookie', async () => {
	const [name, value] = cookie.split(/=(.*)/s);
	for (const wrong of [`${name}=${value.slice(0, -1)}${value.endsWith('A') ? 'B' : 'A'}`, `${name}=`, `${name}=${'a'.repeat(4000)}`, `${name.slice(7)}=${value}`])
		assert.equal((await carrel.get('/api/apps', { headers: { cookie: wrong } })).status, 401, wrong.slice(0, 60));
});

test('the session outlives a restart of the programs', async () => {
	const workers = [...carrel.programs('apps.fcgi'), ...carrel.programs('pages.fcgi')];
	assert.ok(workers.length >= 2, 'the plugins are not to be seen');
	for (const worker of workers)
		process.kill(worker.pid, 'SIGKILL');
	await eventually('still signed in', async () => (await carrel.get('/api/apps', { headers: { cookie } })).status === 200, { timeout: 10000 });
});

test('signing out ends the session, on the server too', async () => {
	const mine = (await login('beta-key-2')).headers['set-cookie'][0].split(';')[0];
	assertJson(await carrel.get('/api/apps', { headers: { cookie: mine } }));
	assert.equal((await carrel.form('/logout', {}, { headers: { cookie: mine, origin: 'http://evil.example' } })).status, 403);
	const reply = await carrel.form('/logout', {}, { headers: { cookie: mine, origin: own, ...HTML } });
	assert.equal(reply.status, 303);
	assert.match(reply.headers['set-cookie']?.[0] ?? '', /Max-Age=0|expires=Thu, 01 Jan 1970/i);
	assert.equal((await carrel.get('/api/apps', { headers: { cookie: mine } })).status, 401, 'the old cookie still works');
	assertJson(await carrel.get('/api/apps', { headers: { cookie } }));
});

test('keys stand in no command line and no log', async () => {
	for (const p of carrel.note())
		assert.doesNotMatch(p.command.join(' '), /alpha-key-1|test-key/, p.name);
	assert.doesNotMatch(carrel.said(), /alpha-key-1|test-key/);
});

test('without ADMIN_SECRET what needs it is switched off', async () => {
	for (const path of [`/api/app/${id}/terminate`, '/api/admin/terminate-all'])
		assertError(await carrel.post(path, { admin_secret: 'x' }, { headers: alpha }), 503, { what: path });
	for (const path of [`/api/app/${id}/snapshot`, `/api/app/${id}/toggle-feature`])
		assertError(await carrel.post(path, { admin_secret: '' }, { headers: alpha }), [400, 403, 503], { what: path });
});
