// Frozen apps behind a web server: files while no sandbox is there, never woken by who visits, gone with the app, and
// right again whatever died in the middle.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { fileBlocks } from '../fake/component.mjs';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, eventually, start } from '../lib/carrel.mjs';

const admin_secret = 'open sesame';
const models = await startModels();
const carrel = await start({ env: { ...anthropicEnv(models), ADMIN_SECRET: admin_secret } });
after(async () => { await carrel.remove(); await models.stop(); });

const folder = path.join(carrel.folder, 'var', 'frozen');
const HTML = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
const sandbox = async (id) => (await carrel.get(`/api/app/${id}`)).json.sandbox;
const newest = async (id) => (await carrel.versions(id)).at(-1);
const isFrozen = (id) => eventually('it is frozen', async () => (await newest(id)).frozen, { timeout: 60000 });

async function toSleep(id) {
	assert.equal((await carrel.post(`/api/app/${id}/terminate`, { admin_secret })).status, 200);
	await eventually('it is asleep', async () => await sandbox(id) === 'absent', { timeout: 20000 });
}

async function frozen(prompt) {
	const id = await carrel.make(prompt);
	await isFrozen(id);
	return id;
}

const assetsOf = (page) => [...page.text.matchAll(/(?:src|href)="(\/__carrel\/[^"]+)"/g)].map(([, url]) => url);
const own = (page, end) => assetsOf(page).find((url) => url.startsWith('/__carrel/frozen/') && url.endsWith(end));

const id = await frozen('Frozen [[text:Frozen peas]]');
await toSleep(id);

test('a page and what it loads come without a sandbox', async () => {
	const page = await carrel.app(id, '/', { headers: HTML });
	assert.equal(page.status, 200);
	assert.equal(page.headers['cache-control'], 'no-cache');
	assert.match(page.headers['content-type'], /^text\/html/);
	assert.match(page.headers['content-security-policy'], /^frame-ancestors 'self' http/);
	assert.equal(page.headers['x-content-type-options'], 'nosniff');
	assert.doesNotMatch(page.headers.server ?? '', /lighttpd/);
	for (const way of ['/a/b?c=d', '/index.html', '/%61/x'])
		assert.equal((await carrel.app(id, way, { headers: HTML })).text, page.text);
	const urls = assetsOf(page);
	assert.ok(urls.length >= 4, urls.join(' '));
	for (const url of urls) {
		const plain = await carrel.app(id, url), small = await carrel.app(id, url, { headers: { 'accept-encoding': 'gzip' } });
		assert.equal(plain.status, 200, url);
		assert.match(plain.headers['cache-control'], /immutable/);
		assert.equal(small.headers['content-encoding'], 'gzip', url);
		assert.deepEqual(gunzipSync(small.body), plain.body);
		assert.match(plain.headers.vary, /Accept-Encoding/i);
	}
	const script = await carrel.app(id, own(page, '.js'));
	assert.match(script.text, /Frozen peas/);
	assert.match(script.headers['content-type'], /^text\/javascript/);
	assert.equal(await sandbox(id), 'absent');
});

test('it answers HEAD, ranges and what is known already', async () => {
	const page = await carrel.app(id, '/', { headers: HTML }), url = own(page, '.js');
	const whole = await carrel.app(id, url), head = await carrel.app(id, url, { method: 'HEAD' });
	assert.equal(head.status, 200);
	assert.equal(head.body.length, 0);
	assert.equal(Number(head.headers['content-length']), whole.body.length);
	const part = await carrel.app(id, url, { headers: { range: 'bytes=5-9' } });
	assert.equal(part.status, 206);
	assert.equal(part.text, whole.text.slice(5, 10));
	const again = await carrel.app(id, '/', { headers: { ...HTML, 'if-none-match': page.headers.etag } });
	assert.equal(again.status, 304);
	assert.equal(again.body.length, 0);
});

test('no visitor wakes it, whatever is asked for', async () => {
	const part = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'script' };
	for (const [way, headers, status] of [['/src/main.tsx', part, 404], ['/@vite/client', part, 404], ['/favicon.ico', part, 404],
		['/__carrel/frozen/1/assets/nothing.js', {}, 404], ['/__carrel/frozen/99/assets/a.js', {}, 404],
		['/__carrel/frozen/1/index.html', {}, 404], ['/__carrel/frozen/1/assets/../index.html', {}, 404],
		['/__carrel/frozen/1/assets/%2e%2e/index.html', {}, 404], ['/', HTML, 200]])
		assert.equal((await carrel.app(id, way, { headers })).status, status, way);
	assert.equal((await carrel.app(id, '/', { method: 'POST', body: 'x' })).status, 405);
	for (const protocol of ['vite-hmr', 'vite-ping'])
		assert.equal((await carrel.app(id, '/?token=x', { headers: { connection: 'Upgrade', upgrade: 'websocket',
			'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'sec-websocket-protocol': protocol } })).status, 503);
	assert.equal(await sandbox(id), 'absent');
	assert.equal(carrel.sql(`select want from sandbox where workspace='${id}'`), 'asleep');
});

test('its files are to be had at its own address only', async () => {
	const other = await carrel.make('Other [[text:Other]]');
	const url = own(await carrel.app(id, '/', { headers: HTML }), '.js');
	const reply = await carrel.app(other, url);
	assert.notEqual(reply.status, 200);
	assert.notEqual((await carrel.get(url)).status, 200, 'nor at the control plane');
});

test('whoever comes while the web server of frozen apps is started again waits for it', async () => {
	const servers = () => carrel.note().filter((p) => p.command.some((word) => word.endsWith('/frozen.conf')));
	for (let round = 0; round < 3; round++) {
		servers().forEach((p) => process.kill(p.pid, 'SIGKILL'));
		const replies = await Promise.all(Array.from({ length: 20 }, () => carrel.app(id, '/', { headers: HTML })));
		assert.deepEqual(replies.map((r) => r.status), Array(20).fill(200));
	}
	assert.equal(await sandbox(id), 'absent', 'nobody woke it for that');
});

test('an awake app is live, and goes on from its files when it sleeps again', async () => {
	const before = await carrel.app(id, '/', { headers: HTML });
	assert.equal((await carrel.post(`/api/app/${id}/wake`, {})).status, 200);
	assert.equal((await carrel.app(id, '/src/main.tsx', { headers: { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'script' } })).status, 200,
		'a module waits for the version that is put in');
	assert.equal(await sandbox(id), 'running');
	await eventually('its own page', async () => /@vite\/client/.test((await carrel.app(id, '/', { headers: HTML })).text));
	assert.equal((await carrel.app(id, own(before, '.js'))).status, 200, 'who came before goes on');
	const written = await carrel.post(`/api/app/${id}/write`, { text: 'New [[text:Sweetcorn]]' });
	assert.equal(written.status, 200, written.text);
	await isFrozen(id);
	await toSleep(id);
	const now = await carrel.app(id, '/', { headers: HTML });
	assert.match(own(now, '.js'), /\/frozen\/2\//);
	assert.match((await carrel.app(id, own(now, '.js'))).text, /Sweetcorn/);
	assert.equal((await carrel.post(`/api/app/${id}/restore`, { version: 1 })).status, 200);
	await isFrozen(id);
	await toSleep(id);
	assert.match((await carrel.app(id, own(await carrel.app(id, '/', { headers: HTML }), '.js'))).text, /Frozen peas/);
});

test('a version that cannot be built for visitors is marked, told of, and served live', async () => {
	const entry = `import { nothing } from './data.json'\n\nexport default function LLMComponent() {\n  return <p>{String(nothing)}</p>\n}\n`;
	const raw = Buffer.from(fileBlocks({ 'src/LLMComponent.tsx': entry, 'src/data.json': '{"a":1}\n' })).toString('base64');
	const marked = await carrel.make(`Marked [[raw:${raw}]]`);
	await eventually('it is marked', async () => (await newest(marked)).verdict === 'marked', { timeout: 60000 });
	const version = await newest(marked);
	assert.equal(version.frozen, false);
	assert.match(version.problem, /src\/LLMComponent\.tsx.*nothing/s);
	assert.match((await carrel.get(`/app/${marked}?tab=versions`)).text, /could not be built for visitors/);
	await toSleep(marked);
	const page = await eventually('it is live', async () => {
		const reply = await carrel.app(marked, '/', { headers: HTML });
		return reply.status === 200 && reply;
	}, { timeout: 30000 });
	assert.match(page.text, /@vite\/client/);
});

test('whatever dies in the middle of it, it is frozen in the end, whole', async () => {
	const made = await carrel.make('Killed [[text:Killed]]');
	const home = path.join(folder, made);
	const steps = [() => true, (v) => fs.existsSync(path.join(home, '.new')) || fs.existsSync(path.join(home, v)),
		(v) => fs.existsSync(path.join(home, v)), (v) => carrel.sql(`select 1 from frozen where workspace='${made}' and version=${v}`)];
	for (let round = 0; round < 8; round++) {
		await carrel.post(`/api/app/${made}/write`, { text: `Round ${round} [[text:Round ${round}]]` }).catch(() => {});
		const at = String((await newest(made)).version);
		await eventually('the next step', () => steps[round % 4](at), { timeout: 60000, every: 1 });
		carrel.programs('keep').forEach((p) => process.kill(p.pid, 'SIGKILL'));
		await eventually('keep is back', () => carrel.programs('keep').length > 0);
	}
	assert.equal((await carrel.post(`/api/app/${made}/wake`, {})).status, 200);
	await isFrozen(made);
	const { version } = await newest(made);
	const files = fs.readdirSync(path.join(folder, made, String(version), 'assets'));
	assert.ok(files.length >= 4, files.join(' '));
	await toSleep(made);
	const page = await carrel.app(made, '/', { headers: HTML });
	for (const url of assetsOf(page))
		assert.equal((await carrel.app(made, url)).status, 200, url);
	assert.ok(fs.readdirSync(path.join(folder, made)).length <= 4, 'only the last few are kept');
});

test('without its packages a frozen app is woken as before, and frozen anew', async () => {
	const key = carrel.sql(`select packages from frozen where workspace='${id}' limit 1`);
	assert.match(key, /^[0-9a-f]{16}$/);
	carrel.sql(`update frozen set packages='0000000000000000' where workspace='${id}'`);
	const page = await eventually('it is live', async () => {
		const reply = await carrel.app(id, '/', { headers: HTML });
		return reply.status === 200 && /@vite\/client/.test(reply.text);
	}, { timeout: 30000 });
	assert.ok(page);
	await eventually('it is frozen anew', () => carrel.sql(`select packages from frozen where workspace='${id}' order by version desc limit 1`) === key);
	await toSleep(id);
});

test('delete removes its files', async () => {
	assert.ok(fs.existsSync(path.join(folder, id)));
	const url = own(await carrel.app(id, '/', { headers: HTML }), '.js');
	assert.equal((await carrel.post(`/api/app/${id}/delete`, {})).status, 200);
	await eventually('they are gone', () => !fs.existsSync(path.join(folder, id)), { timeout: 15000 });
	await eventually('nothing is served', async () => (await carrel.app(id, '/', { headers: HTML })).status === 404);
	assert.equal((await carrel.app(id, url)).status, 404);
	assert.equal(carrel.sql('select count(*) from thaw'), '0');
});
