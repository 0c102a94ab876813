// What Carrel adds to the API: versions, source, going back, export, titles, copies.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, eventually, ID, start, WEB } from '../lib/carrel.mjs';
import { assertError, assertHtml, assertJson, HTML } from '../lib/say.mjs';

const models = await startModels();
const carrel = await start({ env: anthropicEnv(models) });
after(async () => { await carrel.remove(); await models.stop(); });

const id = await carrel.make('First [[text:One]]');
for (const [text, word] of [['Second', 'Two'], ['Third', 'Three']])
	assert.equal(assertJson(await carrel.write(id, `${text} [[reply:edit]] [[text:${word}]]`)).status, 'ok');

test('versions ascend from 1, one of them current, each with its prompt and summary', async () => {
	const body = assertJson(await carrel.get(`/api/app/${id}/versions`));
	assert.deepEqual(Object.keys(body), ['versions']);
	assert.deepEqual(body.versions.map((v) => v.version), [1, 2, 3]);
	assert.deepEqual(body.versions.map((v) => v.current), [false, false, true]);
	for (const v of body.versions)
		for (const name of ['version', 'created_at', 'author', 'prompt', 'summary', 'verdict', 'current'])
			assert.ok(name in v, `no ${name}`);
	assert.deepEqual(body.versions.map((v) => v.prompt), ['First [[text:One]]', 'Second [[reply:edit]] [[text:Two]]',
		'Third [[reply:edit]] [[text:Three]]']);
	assert.match(body.versions[1].summary, /Changed the words/);
});

test('source gives the files of the current or any version', async () => {
	const now = assertJson(await carrel.get(`/api/app/${id}/source`));
	assert.equal(now.version, 3);
	assert.deepEqual(Object.keys(now.files), ['src/LLMComponent.tsx']);
	assert.match(now.files['src/LLMComponent.tsx'], /const label = "Three";/);
	const first = assertJson(await carrel.get(`/api/app/${id}/source?version=1`));
	assert.equal(first.version, 1);
	assert.match(first.files['src/LLMComponent.tsx'], /const label = "One";/);
	assertError(await carrel.get(`/api/app/${id}/source?version=4`), 404);
	for (const bad of ['0', '-1', 'x', '', '1.5', '1e3', '99999999999999999999', '%00'])
		assertError(await carrel.get(`/api/app/${id}/source?version=${bad}`), [400, 404], { what: `version=${bad}` });
	assertError(await carrel.get(`/api/app/${id}/source?version=1&version=2`), 400, { field: 'version' });
	assertError(await carrel.get(`/api/app/${id}/source?nope=1`), 400, { field: 'nope' });
});

test('restore makes a new version of an old one, and it is live', async () => {
	const body = assertJson(await carrel.post(`/api/app/${id}/restore`, { version: 1 }));
	assert.deepEqual(body, { status: 'ok', version: 4 });
	assert.equal(await carrel.current(id), 4);
	assert.deepEqual((await carrel.source(id)).files, (await carrel.source(id, 1)).files);
	assert.match(await carrel.served(id), /One/);
	assertError(await carrel.post(`/api/app/${id}/restore`, { version: 99 }), 404);
	assertError(await carrel.post(`/api/app/${id}/restore`, { version: '1' }), 400, { field: 'version' });
	assertError(await carrel.post(`/api/app/${id}/restore`, {}), 400, { field: 'version' });
	assert.equal(await carrel.current(id), 4);
});

test('an edit after going back builds on what was gone back to', async () => {
	assert.equal(assertJson(await carrel.write(id, 'Blue [[reply:edit]] [[text:One]] [[colour:#0000ff]]')).status, 'ok');
	const source = (await carrel.source(id)).files['src/LLMComponent.tsx'];
	assert.match(source, /const label = "One";\nconst colour = "#0000ff";/);
});

test('an app of several files, a file added and a file dropped', async () => {
	assert.equal(assertJson(await carrel.write(id, 'Two files [[reply:two]] [[text:Pair]]')).status, 'ok');
	assert.deepEqual(Object.keys((await carrel.source(id)).files).sort(), ['src/LLMComponent.tsx', 'src/parts/Title.tsx']);
	assert.equal((await carrel.app(id, '/src/parts/Title.tsx', { headers: { 'sec-fetch-dest': 'script' } })).status, 200);
	const version = (await carrel.versions(id)).find((v) => v.prompt.startsWith('Blue')).version;
	assertJson(await carrel.post(`/api/app/${id}/restore`, { version }));
	assert.deepEqual(Object.keys((await carrel.source(id)).files), ['src/LLMComponent.tsx']);
	const gone = await carrel.app(id, '/src/parts/Title.tsx', { headers: { accept: '*/*', 'sec-fetch-dest': 'script' } });
	assert.doesNotMatch(gone.text, /ReactNode|children/, 'the dropped file is still served');
});

test('a title can be changed', async () => {
	assertJson(await carrel.get(`/api/app/${id}`, { method: 'PATCH', json: { title: 'Ein schöner Name 茶' } }));
	assert.equal((await carrel.get('/api/apps')).json.apps[id].title, 'Ein schöner Name 茶');
	for (const bad of ['', 'x'.repeat(10000), 5, null, ['x']])
		assertError(await carrel.get(`/api/app/${id}`, { method: 'PATCH', json: { title: bad } }), [400, 413], { field: 'title' });
	assertError(await carrel.get(`/api/app/${id}`, { method: 'PATCH', json: { title: 'x', status: 'active' } }), 400, { field: 'status' });
	assert.equal((await carrel.get('/api/apps')).json.apps[id].title, 'Ein schöner Name 茶');
});

test('a duplicate is an app of its own with the same source', async () => {
	const reply = await carrel.post(`/api/app/${id}/duplicate`, {});
	assert.ok([200, 201].includes(reply.status), reply.text);
	const copy = reply.json.app_id;
	assert.match(copy, ID);
	assert.notEqual(copy, id);
	await carrel.waitStatus(copy, 'active');
	assert.deepEqual((await carrel.source(copy)).files, (await carrel.source(id)).files);
	assert.equal(assertJson(await carrel.write(copy, 'Only the copy [[reply:edit]] [[text:Copy]]')).status, 'ok');
	assert.match(await carrel.served(copy), /Copy/);
	assert.doesNotMatch(await carrel.served(id), /Copy/);
});

test('two versions can be compared on a page', async () => {
	const page = assertHtml(await carrel.get(`/app/${id}/compare?from=1&to=2`, { headers: HTML }));
	assert.match(page, /Version 1 to version 2/);
	assert.match(page, /One/);
	assert.match(page, /Two/);
	for (const query of ['from=1&to=99', 'from=0&to=1', 'from=x&to=1', 'from=1&to=2&to=3']) {
		const reply = await carrel.get(`/app/${id}/compare?${query}`, { headers: HTML });
		assert.ok([400, 404].includes(reply.status), `${query}: ${reply.status}`);
		assertHtml(reply, reply.status);
	}
});

function unpack(archive) {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'carrel-export-'));
	try {
		fs.writeFileSync(path.join(folder, 'app.tgz'), archive);
		const list = execFileSync('tar', ['-tzf', 'app.tgz'], { cwd: folder }).toString().split('\n').filter(Boolean);
		execFileSync('tar', ['-xzf', 'app.tgz'], { cwd: folder });
		return { folder, list };
	} catch (error) {
		fs.rmSync(folder, { recursive: true, force: true });
		throw error;
	}
}

test('the export is a complete project in one folder, with the current source', async () => {
	const reply = await carrel.get(`/api/app/${id}/export`);
	assert.equal(reply.status, 200);
	assert.match(reply.headers['content-type'], /gzip|octet-stream/);
	assert.match(reply.headers['content-disposition'], /^attachment; ?filename="?[\w.-]+\.(tar\.gz|tgz)"?/);
	const { folder, list } = unpack(reply.body);
	try {
		assert.ok(list.every((name) => name.startsWith(`${id}/`) && !name.includes('..')), list.join(' '));
		for (const name of ['package.json', 'package-lock.json', 'index.html', 'src/LLMComponent.tsx', 'src/main.tsx'])
			assert.ok(list.includes(`${id}/${name}`), `no ${name}`);
		assert.ok(!list.some((name) => /node_modules|\.carrel|\.candidate/.test(name)));
		const text = fs.readFileSync(path.join(folder, id, 'src/LLMComponent.tsx'), 'utf8');
		assert.equal(text, (await carrel.source(id)).files['src/LLMComponent.tsx']);
	} finally {
		fs.rmSync(folder, { recursive: true, force: true });
	}
});

// The archive does not depend on the web server in front, and a full npm build is slow: once is enough.
if (WEB === 'lighttpd')
	test('the export builds with plain npm', { timeout: 300000 }, async () => {
		const { folder } = unpack((await carrel.get(`/api/app/${id}/export`)).body);
		const at = { cwd: path.join(folder, id), stdio: 'pipe' };
		try {
			execFileSync('npm', ['install', '--no-audit', '--no-fund'], at);
			execFileSync('npm', ['run', 'build'], at);
			const assets = fs.readdirSync(path.join(folder, id, 'dist', 'assets'));
			const script = assets.filter((f) => f.endsWith('.js')).map((f) =>
				fs.readFileSync(path.join(folder, id, 'dist', 'assets', f), 'utf8')).join('\n');
			assert.match(script, /Add one/);
		} finally {
			fs.rmSync(folder, { recursive: true, force: true });
		}
	});

test('an app that has no version has nothing to export or to show, and says so', async () => {
	const empty = await carrel.create('Nothing yet [[hold:nothing]]');
	assertError(await carrel.get(`/api/app/${empty}/export`), [404, 409]);
	assertError(await carrel.get(`/api/app/${empty}/source`), [404, 409]);
	assert.deepEqual(assertJson(await carrel.get(`/api/app/${empty}/versions`)), { versions: [] });
	assert.equal((await carrel.post(`/api/app/${empty}/cancel`, {})).status, 202);
	await eventually('it leaves created', async () => await carrel.status(empty) === 'ready');
	models.release('nothing');
});
