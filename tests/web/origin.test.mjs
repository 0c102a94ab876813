// Who may ask: the rules on Host, Origin, Sec-Fetch-Site and CORS that hold from the first commit, in open mode.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, raw, start } from '../lib/carrel.mjs';
import { statusOf } from '../lib/http.mjs';
import { assertError, assertHtml, HTML } from '../lib/say.mjs';

const models = await startModels();
const carrel = await start({ env: anthropicEnv(models) });
after(async () => { await carrel.remove(); await models.stop(); });

const id = await carrel.make('Guarded [[text:Guarded]]');
const own = `http://localhost:${carrel.port}`;
// An empty prompt is refused with 400 by whoever lets the request through, so 400 means "allowed" and nothing is made.
const tried = (headers) => carrel.post('/api/create', { prompt: '' }, { headers });
const ALLOWED = 400;

const TABLE = [
	[{}, ALLOWED, 'a program'],
	[{ origin: own }, ALLOWED, 'our own page'],
	[{ origin: own, 'sec-fetch-site': 'same-origin' }, ALLOWED, 'our own page in a browser'],
	[{ 'sec-fetch-site': 'same-origin' }, ALLOWED, 'our own page without Origin'],
	[{ 'sec-fetch-site': 'none' }, ALLOWED, 'the person herself'],
	[{ origin: 'http://evil.example' }, 403, 'another site'],
	[{ origin: 'null' }, 403, 'a page of no origin'],
	[{ origin: `https://localhost:${carrel.port}` }, 403, 'another scheme'],
	[{ origin: `http://localhost:${carrel.port + 1}` }, 403, 'another port'],
	[{ origin: 'http://localhost' }, 403, 'no port'],
	[{ origin: `http://${id}.localhost:${carrel.port}` }, 403, 'an app'],
	[{ origin: `${own}.evil.example` }, 403, 'a longer name'],
	[{ origin: `http://localhost:${carrel.port}@evil.example` }, 403, 'a name in disguise'],
	[{ origin: '' }, [403, 400], 'an empty origin'],
	[{ 'sec-fetch-site': 'cross-site' }, 403, 'a form of another site'],
	[{ 'sec-fetch-site': 'same-site' }, 403, 'a form of a sibling'],
	[{ origin: own, 'sec-fetch-site': 'cross-site' }, 403, 'a contradiction'],
	[{ origin: 'http://evil.example', 'sec-fetch-site': 'same-origin' }, 403, 'the other contradiction'],
	[{ 'sec-fetch-site': 'bogus' }, [403, 400], 'a word nobody knows'],
	[{ origin: 'http://evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }, 403, 'a forged forward'],
];
for (const [headers, status, who] of TABLE)
	test(`a write from ${who} is ${status === ALLOWED ? 'let in' : 'refused'}`, async () => {
		assertError(await tried(headers), status, { what: who });
	});

test('the rule holds on every route that changes something', async () => {
	const bad = { headers: { origin: 'http://evil.example' } };
	for (const [method, path, json] of [['DELETE', ''], ['PATCH', '', { title: 'x' }], ['POST', '/write', { text: 'x' }], ['POST', '/restore', { version: 1 }],
		['POST', '/cancel', {}], ['POST', '/duplicate', {}], ['POST', '/terminate', { admin_secret: 'x' }], ['POST', '/snapshot', { admin_secret: 'x' }],
		['POST', '/toggle-feature', { admin_secret: 'x' }]])
		assertError(await carrel.get(`/api/app/${id}${path}`, { method, json, ...bad }), 403, { what: `${method} ${path}` });
	for (const path of ['delete', 'rename'])
		assert.equal((await carrel.form(`/api/app/${id}/${path}`, { title: 'x' }, bad)).status, 403, path);
	assert.equal(await carrel.status(id), 'active');
});

test('reading is free, and changes nothing', async () => {
	const foreign = { headers: { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' } };
	for (const path of ['/api/apps', `/api/app/${id}`, `/api/app/${id}/history`]) {
		const reply = await carrel.get(path, foreign);
		assert.equal(reply.status, 200);
		assert.equal(reply.headers['access-control-allow-origin'], undefined, 'open mode must not let other pages read');
	}
});

test('an unknown Host is 421', async () => {
	for (const host of ['evil.example', `evil.example:${carrel.port}`, 'localhost.evil.example', `xlocalhost:${carrel.port}`, `localhost:${carrel.port}.evil.example`,
		'169.254.169.254', '[::1]', `a.b.localhost:${carrel.port}`, 'localhost@evil.example', '%6c%6fcalhost']) {
		const reply = await carrel.get('/api/apps', { host });
		assert.ok(reply.status === 421 || reply.status === 400, `${host}: ${reply.status}`);
		assert.doesNotMatch(reply.text, /"apps"/, host);
	}
	assert.equal((await carrel.get('/api/apps', { host: 'evil.example' })).status, 421);
	assert.equal((await carrel.get('/', { host: 'evil.example', headers: HTML })).status, 421);
});

test('our Host is known however it is written', async () => {
	assert.equal((await carrel.get('/api/apps', { host: `LOCALHOST:${carrel.port}` })).status, 200);
});

test('the address in a request line counts, not a Host that contradicts it', async () => {
	const reply = await raw(carrel.port, `GET http://evil.example/api/apps HTTP/1.1\r\nHost: localhost:${carrel.port}\r\nConnection: close\r\n\r\n`);
	assert.ok([400, 421].includes(statusOf(reply)), reply.slice(0, 80));
});

test('addresses in replies never come from the request', async () => {
	const reply = await carrel.get('/api/apps', { headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', forwarded: 'host=evil.example' } });
	assert.doesNotMatch(reply.text, /evil|https/);
});

test('no CORS in open mode, not even when asked for', async () => {
	const reply = await carrel.get('/api/create', { method: 'OPTIONS', headers: { origin: 'http://evil.example',
		'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' } });
	assert.equal(reply.headers['access-control-allow-origin'], undefined);
	assert.equal(reply.headers['access-control-allow-methods'], undefined);
});

test('pages carry their security headers', async () => {
	for (const url of ['/', `/app/${id}`, '/docs', '/nope']) {
		const reply = await carrel.get(url, { headers: HTML });
		assertHtml(reply, url === '/nope' ? 404 : 200);
		const policy = reply.headers['content-security-policy'] ?? '';
		for (const piece of [/script-src 'self'/, /style-src 'self'/, /frame-ancestors 'none'/, /base-uri 'none'|base-uri 'self'/, /form-action 'self'/,
			/default-src 'none'|default-src 'self'/])
			assert.match(policy, piece, url);
		assert.doesNotMatch(policy, /unsafe-|\*(?!\.)/, url);
		assert.equal(reply.headers['x-content-type-options'], 'nosniff', url);
		assert.match(reply.headers['referrer-policy'] ?? '', /no-referrer|same-origin|strict-origin/, url);
		assert.doesNotMatch(reply.text, /<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+="/, `${url} holds inline code or style`);
	}
	const json = await carrel.get('/api/apps');
	assert.equal(json.headers['x-content-type-options'], 'nosniff');
});

test('files of the pages are hashed, immutable and compressed ahead', async () => {
	const page = (await carrel.get('/', { headers: HTML })).text;
	const files = [...page.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)].map((m) => m[1]);
	assert.ok(files.some((f) => f.endsWith('.css')) && files.some((f) => f.endsWith('.js')), files.join(' '));
	for (const file of files) {
		const reply = await carrel.get(file, { headers: { 'accept-encoding': 'gzip' } });
		assert.equal(reply.status, 200, file);
		assert.match(reply.headers['cache-control'] ?? '', /immutable/, file);
		assert.match(file, /\.[0-9A-Za-z_-]{6,}\.\w+$/, file);
		if (/\.(css|js)$/.test(file))
			assert.equal(reply.headers['content-encoding'], 'gzip', file);
	}
});
