// The log: JSON where it is asked for, and one id from the web server through every program to the sandbox.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, eventually, start, WEB } from '../lib/carrel.mjs';

const models = await startModels();
const carrel = await start({ env: { ...anthropicEnv(models), CARREL_LOG: 'json', CARREL_VERBOSE: 'yes' } });
after(async () => { await carrel.remove(); await models.stop(); });

const raw = () => fs.readFileSync(path.join(carrel.folder, 'var/log/carrel.log'), 'utf8').split('\n').filter(Boolean);
// The web server's own words of how it starts and ends are its own.
const lines = () => raw().filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));

async function chain(id, programs) {
	return eventually(`${id} is noted by ${programs}`, () => {
		const about = lines().filter((line) => line.req === id);
		const missing = programs.filter((name) => !about.some((line) => line.prog === name));
		if (missing.length)
			throw new Error(`not by ${missing}`);
		return about;
	}, { timeout: 30000 });
}

const created = await carrel.post('/api/create', { prompt: 'Followed [[text:Followed]]' });
const app = created.json.app_id;
await carrel.waitStatus(app, 'active');

test('one id goes from the access log through plugin, author and keep', async () => {
	const id = created.headers['x-request-id'];
	assert.match(id, /^[a-z2-7]{12}$/);
	const about = await chain(id, [WEB, 'apps', 'author', 'keep']);
	assert.ok(about.some((line) => line.prog === 'keep' && /is live/.test(line.msg)), JSON.stringify(about));
	for (const line of about.filter((l) => ['keep', 'author'].includes(l.prog)))
		assert.equal(line.ws, app);
});

test('a visit that wakes has one id in the access log, at the gate and in keep', async () => {
	await carrel.thaw(app);
	await carrel.post('/admin/stop', { id: app });
	await eventually('it sleeps', () => !carrel.boxes().includes(app), { timeout: 30000 });
	const visit = await carrel.app(app, '/', { timeout: 40000 });
	assert.equal(visit.status, 200);
	const about = await chain(visit.headers['x-request-id'], [WEB, 'gate', 'keep']);
	assert.ok(about.some((line) => line.prog === 'keep' && /ready after \d+ ms/.test(line.msg)));
});

test('an id that the web server or a program made is kept; anything else is replaced', async () => {
	const own = 'build-4711_x';
	assert.equal((await carrel.get('/api/apps', { headers: { 'x-request-id': own } })).headers['x-request-id'], own);
	assert.equal((await carrel.app(app, '/', { headers: { 'x-request-id': own } })).headers['x-request-id'], own);
	for (const bad of ['short', 'has blank inside', 'quo"te-quote', 'x'.repeat(65), '{"a":1}{"b":2}'])
		for (const reply of [await carrel.get('/api/apps', { headers: { 'x-request-id': bad } }), await carrel.app(app, '/', { headers: { 'x-request-id': bad } })])
			assert.match(reply.headers['x-request-id'], /^[a-z2-7]{12}$/, bad);
	const refused = await carrel.get('/api/app/nothing', { headers: { 'x-request-id': own } });
	assert.equal(refused.json.request_id, own);
});

test('every line is JSON with its time, level and program, and holds no address and no token', async () => {
	await carrel.get('/view/abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwx', {});
	await carrel.app(app, '/?access_token=verysecrettoken');
	await eventually('the visits are noted', () => raw().filter((line) => line.includes('"at":"access"')).length > 5);
	for (const line of raw().filter((l) => !/^\d{4}-\d\d-\d\d |^\[/.test(l))) {
		const is = JSON.parse(line);
		assert.match(is.ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|\+0000)$/);
		assert.match(is.level, /^(error|warn|info|debug)$/);
		assert.ok(is.prog && typeof is.msg === 'string' && is.at);
	}
	const text = raw().join('\n');
	assert.doesNotMatch(text, /verysecrettoken|abcdefghijklmnopqrstuvwxyz234567/);
});
