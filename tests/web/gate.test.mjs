// The data plane: apps at their own addresses, live updates, and what must not pass in either direction.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, eventually, NO_SUCH_ID, raw, start } from '../lib/carrel.mjs';
import { statusOf } from '../lib/http.mjs';
import * as ws from '../lib/ws.mjs';
import { assertJson, HTML } from '../lib/say.mjs';

const models = await startModels();
const carrel = await start({ env: { ...anthropicEnv(models), VALID_API_KEYS: '' } });
after(async () => { await carrel.remove(); await models.stop(); });

const id = await carrel.make('Gated [[text:Gated]]');
const host = `${id}.localhost:${carrel.port}`;
const origin = `http://${host}`;
const token = async () => /wsToken = "([^"]+)"/.exec((await carrel.app(id, '/@vite/client', { headers: { 'sec-fetch-dest': 'script' } })).text)?.[1] ?? '';
const hmr = async (options = {}) => ws.open(carrel.port, `/?token=${await token()}`, { host, origin, ...options });

test('the app comes whole: page, entry, styles, packages', async () => {
	// Vite's page, not one of ours: it names its character set in itself.
	const page = await carrel.app(id, '/', { headers: HTML });
	assert.equal(page.status, 200);
	assert.match(page.headers['content-type'], /^text\/html/);
	assert.match(page.text, /^<!doctype html>[^]*<meta charset="utf-8"[^]*<div id="root">/i);
	for (const url of ['/src/main.tsx', '/src/LLMComponent.tsx', '/src/index.css', '/@vite/client']) {
		const reply = await carrel.app(id, url, { headers: { accept: '*/*', 'sec-fetch-dest': 'script' } });
		assert.equal(reply.status, 200, url);
		assert.match(reply.headers['content-type'], /javascript/, url);
	}
	const main = (await carrel.app(id, '/src/main.tsx', { headers: { 'sec-fetch-dest': 'script' } })).text;
	for (const [, url] of main.matchAll(/from "(\/[^"]+)"/g))
		assert.equal((await carrel.app(id, url, { headers: { 'sec-fetch-dest': 'script' } })).status, 200, url);
});

test('an app nobody knows, and a name that is no id', async () => {
	assert.equal((await carrel.get('/', { host: `${NO_SUCH_ID}.localhost:${carrel.port}`, headers: HTML })).status, 404);
	for (const name of ['short', `${id}x`, 'x'.repeat(63), `${id}.${id}`, 'evil', '-', `${'1'.repeat(26)}`])
		assert.ok([400, 404, 421].includes((await carrel.get('/', { host: `${name}.localhost:${carrel.port}` })).status), name);
	for (const strange of [`${id}.evil.example`, `${id}.localhost.evil.example`, `evil.example:${carrel.port}`])
		assert.ok([400, 421].includes((await carrel.get('/', { host: strange })).status), strange);
	assert.equal((await carrel.get('/', { host: `${id.toUpperCase()}.LOCALHOST:${carrel.port}`, headers: HTML })).status, 200, 'names have no case');
});

test('the control plane is not at an app’s address, nor an app at ours', async () => {
	for (const url of ['/api/apps', '/api/create', '/health', '/openapi.json', `/api/app/${id}`]) {
		const reply = await carrel.app(id, url, { headers: { accept: 'application/json' } });
		assert.doesNotMatch(reply.text, /"apps"|"app_id"|"openapi"|"parts"/, url);
	}
	assert.equal((await carrel.get('/src/LLMComponent.tsx')).status, 404);
	assert.equal((await carrel.get('/@vite/client')).status, 404);
});

test('no path leads out of the app', async () => {
	const paths = ['/../../../../etc/passwd', '/..%2f..%2f..%2fetc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/.%2e/.%2e/etc/passwd', '/@fs/etc/passwd',
		'/@fs/etc/passwd?raw', '/@fs/etc/passwd?import&raw', '/@fs/etc/passwd?import&raw??', '/@fs//etc/passwd?raw??', '/@fs/app/../etc/passwd?raw',
		'/@fs/x/x/x/vite/../../../../../etc/passwd', '/%40fs/etc/passwd', '/@%66s/etc/passwd', '/@fs%2fetc%2fpasswd', '//@fs/etc/passwd', '/./@fs/etc/passwd',
		'/src/../../etc/passwd', '/src/..\\..\\etc\\passwd', '/etc/passwd?raw', '/etc/passwd?import&raw', '/etc/passwd?url&inline', '/@id/etc/passwd',
		'/@id/__x00__/etc/passwd', '/.env', '/.git/config', '/src/%00', '/@fs/proc/self/environ?raw', '/@fs/proc/1/environ', '/proc/self/environ?raw',
		'/@fs/opt/carrel/serve.mjs?raw', '/@fs/run/vite/judge.sock', '/__open-in-editor?file=/etc/passwd', '/__carrel/changed?path=/src/x', '/terminal/ws', '/auth/token'];
	for (const url of paths) {
		const reply = await raw(carrel.port, `GET ${url} HTTP/1.1\r\nHost: ${host}\r\nSec-Fetch-Dest: script\r\nConnection: close\r\n\r\n`);
		assert.doesNotMatch(reply, /root:x:0|PATH=|createServer|CARREL_/, url);
		assert.ok(statusOf(reply) !== 0 && statusOf(reply) < 500, `${url}: ${reply.slice(0, 60)}`);
		if (/^\/(\.\/|\/)?@fs|^\/%40fs|^\/__|terminal|auth/.test(url))
			assert.ok([400, 403, 404].includes(statusOf(reply)), `${url}: ${reply.slice(0, 60)}`);
	}
});

test('an edit arrives as an update, never as a reload', async () => {
	const { status, socket } = await hmr();
	assert.equal(status, 101);
	await socket.until((m) => m.type === 'connected');
	assert.equal(assertJson(await carrel.write(id, 'Hot [[reply:edit]] [[text:Hot]]')).status, 'ok');
	const update = await socket.until((m) => m.type === 'update');
	assert.ok(update.updates.some((u) => u.path.includes('LLMComponent')), JSON.stringify(update));
	assert.ok(!socket.messages.some((m) => m.type === 'full-reload' || m.type === 'error'));
	socket.close();
});

test('a broken answer sends an open page nothing at all', async () => {
	const { socket } = await hmr();
	await socket.until((m) => m.type === 'connected');
	const quiet = () => socket.messages.filter((m) => !['connected', 'ping'].includes(m.type) && m !== 'ping');
	for (const words of ['[[broken:always]]', '[[missing-export:always]]', '[[missing-package:always]]', '[[no-default:always]]']) {
		assert.equal(assertJson(await carrel.write(id, `Bad ${words}`)).status, 'error');
		assert.deepEqual(quiet(), [], words);
	}
	assert.match(await carrel.served(id), /Hot/);
	assert.equal(assertJson(await carrel.write(id, 'Mended [[broken:1]] [[text:Mended]]')).status, 'ok');
	await socket.until((m) => m.type === 'update');
	assert.ok(!quiet().some((m) => m.type === 'error' || m.type === 'full-reload'), JSON.stringify(quiet()));
	socket.close();
});

test('sixty edits in a row, none lost', { timeout: 300000 }, async () => {
	const { socket } = await hmr();
	await socket.until((m) => m.type === 'connected');
	for (let i = 0; i < 60; i++)
		assert.equal(assertJson(await carrel.write(id, `Row ${i} [[reply:edit]] [[text:Row${i}]]`)).status, 'ok');
	await eventually('an update for each', () => socket.messages.filter((m) => m.type === 'update').length >= 60, { timeout: 10000 });
	assert.match(await carrel.served(id), /Row59/);
	socket.close();
});

test('the update channel refuses pages of other origins', async () => {
	for (const foreign of ['http://evil.example', 'null', `http://localhost:${carrel.port}`, `http://${NO_SUCH_ID}.localhost:${carrel.port}`, `https://${host}`,
		`http://${id}.localhost:${carrel.port + 1}`, `${origin}.evil.example`]) {
		const reply = await hmr({ origin: foreign });
		assert.equal(reply.status, 403, foreign);
	}
	const ping = await hmr({ origin: 'http://evil.example', protocol: 'vite-ping' });
	assert.equal(ping.status, 403);
	assert.equal((await hmr()).status, 101);
});

test('hundreds of requests at once, and pages of two apps do not mix', async () => {
	const other = await carrel.make('Neighbour [[text:Neighbour]]');
	const replies = await Promise.all(Array.from({ length: 300 }, (_, i) => carrel.app(i % 2 ? id : other, '/src/LLMComponent.tsx').then((reply) => reply.text)));
	replies.forEach((text, i) => assert.match(text, i % 2 ? /Row59/ : /Neighbour/));
});

test('while an app wakes a page waits, and then it is there', async () => {
	const sleeper = await carrel.make('Sleeper [[text:Sleeper]]');
	await carrel.thaw(sleeper);	// else a visitor has no reason to wait
	await carrel.get('/api/apps');
	const sandboxes = () => carrel.note().filter((p) => p.command.some((a) => a.includes(sleeper)));
	assert.ok(sandboxes().length > 0, 'no process of this sandbox is to be seen');
	sandboxes().forEach((p) => { try { process.kill(p.pid, 'SIGKILL'); } catch { /* it went with its neighbour */ } });
	const page = await eventually('it is back', async () => {
		const reply = await carrel.app(sleeper, '/src/LLMComponent.tsx', { headers: { accept: '*/*', 'sec-fetch-dest': 'script' } });
		return reply.status === 200 && reply;
	}, { timeout: 30000 });
	assert.match(page.text, /Sleeper/);
	assert.equal(await carrel.status(sleeper), 'active');
});

// The rest needs an inside that misbehaves: the real socket of a second app is replaced by one of ours.
const odd = await carrel.make('Odd inside [[text:Odd]]');
const gate = carrel.programs('gate')[0];
assert.ok(gate, 'no process called gate');
const upstream = spawn('nsenter', ['-t', String(gate.pid), '-m', process.execPath, fileURLToPath(new URL('../fake/upstream.mjs', import.meta.url)),
	`/run/carrel/sb/${odd}/app.sock`], { stdio: ['ignore', 'pipe', 'inherit'] });
after(() => upstream.kill());
await new Promise((resolve, reject) => {
	upstream.stdout.once('data', resolve);
	upstream.once('exit', (code) => reject(new Error(`upstream.mjs ended with ${code}`)));
});
const inside = (url, options) => carrel.app(odd, url, options);

test('our cookies and keys do not go in', async () => {
	const reply = await inside('/echo', { headers: { cookie: '__Host-carrel=secret; mine=1; __Host-session=secret2', 'x-api-key': 'secret3', authorization: 'Bearer secret4',
		'x-forwarded-for': '6.6.6.6', 'x-auth-user': 'root' } });
	assert.equal(reply.status, 200);
	assert.doesNotMatch(reply.text, /secret\d?|X-Auth-User/i);
	assert.match(reply.text, /mine=1/, 'the app’s own cookie was lost');
	assert.match(reply.text, /^Connection: close\r?$/mi);
});

test('cookies that would reach beyond the app do not come out', async () => {
	const set = (await inside('/cookies')).headers['set-cookie'] ?? [];
	assert.ok(set.some((c) => c.startsWith('good=1')), set.join(' | '));
	assert.ok(set.every((c) => !/domain/i.test(c)), set.join(' | '));
	assert.ok(set.every((c) => !c.startsWith('__Host-carrel')), set.join(' | '));
});

test('security headers are ours, whatever the inside says', async () => {
	for (const url of ['/headers', '/echo']) {
		const { headers } = await inside(url);
		assert.equal(headers['x-content-type-options'], 'nosniff');
		assert.match(headers['referrer-policy'] ?? '', /\S/);
		assert.match(headers['content-security-policy'] ?? '', new RegExp(`frame-ancestors[^;]*http://localhost:${carrel.port}`));
		assert.notEqual(headers['x-frame-options'], 'ALLOWALL');
		assert.equal(headers['clear-site-data'], undefined);
	}
	assert.equal((await inside('/headers')).headers['x-inner'], 'yes', 'harmless headers pass');
});

test('a malformed answer from inside is 502 for the visitor, and harms nobody else', async () => {
	for (const url of ['/two-lengths', '/both', '/bare-lf', '/folded', '/garbage', '/nul', '/huge-head', '/status', '/silent-close', '/unasked-upgrade']) {
		const reply = await inside(url);
		assert.equal(reply.status, 502, `${url}: ${reply.status} ${reply.text.slice(0, 100)}`);
	}
	const early = await inside('/early').then((r) => r.body.length, () => 'cut off');
	assert.ok(early === 'cut off' || early < 1000);
	assert.equal((await inside('/split')).text, 'first', 'a second answer was smuggled along');
	assert.ok(fs.existsSync(`/proc/${gate.pid}`), 'the gate died');
	assert.match(await carrel.served(id), /Row59/);
});

test('malformed requests to an app are refused', async () => {
	const cases = {
		'two hosts': `GET /echo HTTP/1.1\r\nHost: ${odd}.localhost:${carrel.port}\r\nHost: ${host}\r\n\r\n`,
		'two lengths': `POST /echo HTTP/1.1\r\nHost: ${odd}.localhost:${carrel.port}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`,
		'endless headers': `GET /echo HTTP/1.1\r\nHost: ${odd}.localhost:${carrel.port}\r\nX: ${'y'.repeat(200000)}\r\n\r\n`,
	};
	for (const [what, bytes] of Object.entries(cases)) {
		const reply = await raw(carrel.port, bytes, { until: /\r\n\r\n/ });
		assert.ok(statusOf(reply) === 0 || (statusOf(reply) >= 400 && statusOf(reply) < 500), `${what}: ${reply.slice(0, 60)}`);
	}
});

test('a length beside chunks is refused, or means nothing and ends the connection', async () => {
	const reply = await raw(carrel.port, `POST /echo HTTP/1.1\r\nHost: ${odd}.localhost:${carrel.port}\r\nContent-Length: 5\r\n`
		+ 'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n');
	const status = statusOf(reply);
	assert.ok(status === 200 || (status >= 400 && status < 500), reply.slice(0, 60));
	assert.equal(reply.match(/^HTTP\/1\.1 /gm).length, 1, 'what came after it was taken for a request');
	assert.doesNotMatch(reply, /content-length: 5\b|smuggled/i, 'both went in');
});
