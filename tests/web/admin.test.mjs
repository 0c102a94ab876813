// What the admin sees and does: the page, its session, stopping, holding, draining.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, eventually, NO_SUCH_ID, ROOT, start } from '../lib/carrel.mjs';
import { assertHtml, assertJson, HTML } from '../lib/say.mjs';

const SECRET = 'open sesame';
const models = await startModels();
const carrel = await start({ env: { ...anthropicEnv(models), ADMIN_SECRET: SECRET } });
after(async () => { await carrel.remove(); await models.stop(); });

const bearer = { headers: { authorization: `Bearer ${SECRET}` } };
const act = (url, json = {}) => carrel.post(url, json, bearer);
const ctl = (...args) => execFileSync(path.join(ROOT, 'build/release/bin/carrelctl'), args, { env: carrel.env, encoding: 'utf8' });

const id = await carrel.make('Watched [[text:Watched]]');

async function asleep(which) {
	await eventually('it sleeps', () => !carrel.boxes().includes(which), { timeout: 30000 });
}
const awake = (which) => eventually('it is awake', async () => (await carrel.post(`/api/app/${which}/wake`, {}, { timeout: 70000 })).status === 200, { timeout: 90000 });

test('the page asks for the secret, and shows the machine to who has it', async () => {
	const closed = await carrel.get('/admin', { headers: HTML });
	assert.equal(closed.status, 401);
	assert.match(closed.text, /name="admin_secret"/);
	assert.doesNotMatch(closed.text, new RegExp(id));
	const wrong = await carrel.form('/admin/login', { admin_secret: 'open' }, { headers: HTML });
	assert.equal(wrong.status, 401);
	assert.match(wrong.text, /not the secret/);
	const right = await carrel.form('/admin/login', { admin_secret: SECRET }, { headers: HTML });
	assert.equal(right.status, 303);
	assert.equal(right.headers.location, '/admin');
	const given = String(right.headers['set-cookie']);
	assert.match(given, /^__Host-carrel-admin=[a-z2-7]{52}; Path=\/; Max-Age=43200; Secure; HttpOnly; SameSite=Strict/);
	const cookie = { ...HTML, cookie: given.split(';')[0] };
	const page = await eventually('its figures are there', async () => {
		const text = assertHtml(await carrel.get('/admin', { headers: cookie }));
		return /Watched/.test(text) && /\d+ MB <span class="of">of 512 MB/.test(text) && text;
	}, { timeout: 30000 });
	for (const words of ['This machine', 'Memory free', 'Disk free', 'Waiting', 'Slowest in the last hour', 'Failures by reason'])
		assert.ok(page.includes(words), words);
	assert.match(page, /start of an app/);
	// A page of another site may use the cookie for nothing.
	const foreign = await carrel.form('/admin/drain', {}, { headers: { ...cookie, origin: 'http://evil.example' } });
	assert.equal(foreign.status, 403);
	const out = await carrel.form('/admin/logout', {}, { headers: cookie });
	assert.equal(out.status, 303);
	assert.equal((await carrel.get('/admin', { headers: cookie })).status, 401);
});

test('a form puts a sandbox to sleep, and only what is there', async () => {
	const reply = await carrel.form('/admin/stop', { id }, { headers: { ...HTML, ...bearer.headers } });
	assert.equal(reply.status, 303);
	assert.equal(reply.headers.location, '/admin');
	await asleep(id);
	assert.equal((await act('/admin/stop', { id: NO_SUCH_ID })).status, 404);
	assert.equal((await act('/admin/stop', {})).status, 400);
	assert.equal((await act('/admin/hold', { id, minutes: 5 })).status, 409);
	assert.equal((await carrel.post('/admin/stop', { id })).status, 401);
});

test('drained, nothing new is started and everybody is told; what is awake goes on', async () => {
	await awake(id);
	const other = await carrel.make('Sleeping [[text:Sleeping]]');
	await carrel.thaw(other);
	await act('/admin/stop', { id: other });
	await asleep(other);
	assertJson(await act('/admin/drain', { minutes: 5 }));
	for (const [what, reply] of [
		['create', await carrel.post('/api/create', { prompt: 'New' })], ['notebook', await carrel.post('/workspaces', {})],
		['write', await carrel.write(other, 'Change')], ['wake', await carrel.post(`/api/app/${other}/wake`, {})],
		['visit', await carrel.app(other, '/', { headers: { accept: 'application/json' } })],
	]) {
		assert.equal(reply.status, 503, what);
		assert.ok(Number(reply.headers['retry-after']) > 200 && Number(reply.headers['retry-after']) <= 300, `${what}: ${reply.headers['retry-after']}`);
		assert.match(reply.json.detail, /starts nothing new until about \d\d:\d\d UTC/, what);
	}
	const page = await carrel.app(other, '/', { headers: { ...HTML, 'sec-fetch-dest': 'document' } });
	assert.equal(page.status, 503);
	assert.match(page.text, /cannot be woken now/);
	assert.equal((await carrel.app(id)).status, 200);
	const edit = await carrel.write(id, 'Edit [[reply:edit]] [[text:Edited]]');
	assert.equal(edit.json?.status, 'ok', edit.text);
	assert.match(assertHtml(await carrel.get('/', { headers: HTML })), /class="drain" role="status">This Carrel is being looked after/);
	assert.match((await carrel.get('/health')).json.parts.drain.detail, /nothing new is started/);
	assert.equal((await carrel.get('/health')).status, 200);
	assert.match((await carrel.get('/metrics', bearer)).text, /^carrel_draining 1$/m);
	assert.match(ctl('doctor'), /nothing new is started for 0 min/);
});

test('it outlives a restart, and ends by resume', async () => {
	await carrel.stop();
	await carrel.start();
	assert.equal((await carrel.post('/api/create', { prompt: 'New' })).status, 503);
	assert.match(ctl('resume'), /started again/);
	assert.doesNotMatch(assertHtml(await carrel.get('/', { headers: HTML })), /class="drain"/);
	await awake(id);
	await carrel.make('After [[text:After]]');
});

test('carrelctl drains with --sleep, and counts', async () => {
	await awake(id);
	assert.match(ctl('drain', '--sleep', '30'), /goes to sleep/);
	await asleep(id);
	assert.match((await carrel.post(`/api/app/${id}/wake`, {})).json.detail, /looked after/);
	ctl('resume');
	await awake(id);
	const csv = ctl('usage', 'workspace');
	assert.match(csv, /^owner,workspace,kind,awake_ms,/);
	assert.ok(csv.includes(id));
	assert.equal(JSON.parse(ctl('usage', 'owner', '--json')).rows.length, 1);
});

test('a notebook is held awake', async () => {
	const made = assertJson(await carrel.post('/workspaces', { title: 'Held' }));
	assertJson(await act('/admin/hold', { id: made.id, minutes: 60 }));
	const shown = assertJson(await carrel.get(`/workspaces/${made.id}`));
	assert.ok(JSON.stringify(shown).includes('held_until'));
	assert.equal(assertJson(await act('/admin/hold', { id: made.id, minutes: 0 })).status, 'free');
});
