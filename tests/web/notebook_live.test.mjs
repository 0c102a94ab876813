// Notebooks behind a web server with a real marimo in gVisor: what a program can do with them from the first to the last line.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startPackages } from '../fake/packages.mjs';
import { wheel } from '../fake/wheel.mjs';
import { eventually, request, start } from '../lib/carrel.mjs';
import { check, make } from '../lib/notebook.mjs';
import { assertError, assertHtml, assertJson, HTML } from '../lib/say.mjs';
import * as ws from '../lib/ws.mjs';

const index = await startPackages();
const carrel = await start({ env: { CARREL_PACKAGE_INDEX: `${index.url}/simple/`, CARREL_VERBOSE: 'yes' } });
after(async () => { await carrel.remove(); index.close(); });
index.packages.set('carrel-sample', { files: [wheel('carrel-sample', '1.2', 'GREETING = "from the index"\n')] });

const JSON_ONLY = { accept: 'application/json' };
const MARK = 'import sys; sys.mark';
const book = await make(carrel, { title: 'Live' });

test('the seven lines: made, uploaded to, run, downloaded from, deleted', async () => {
	const one = await make(carrel);
	assert.deepEqual(assertJson(await one.upload({ 'data.csv': 'city,people\nOslo,7\nRome,28\n' })), { status: 'uploaded', path: 'data.csv' });
	const done = await one.run('import pandas as pd\nframe = pd.read_csv("data.csv")\nframe.to_json("out.json")\n'
		+ 'print(frame.people.sum())\nframe.people.max()');
	assert.deepEqual([done.success, done.stdout.trim(), done.error], [true, '35', null]);
	assert.match(done.output.data, /28/);
	assert.match((await one.download('out.json')).text, /"Oslo"/);
	assert.deepEqual(assertJson(await one.delete()), { status: 'terminated', id: one.id });
	assertError(await one.get(), 404);
	assert.equal((await one.door('/')).status, 404);
	await eventually('its sandbox is gone', () => !carrel.note().some((p) => p.command.some((a) => a.includes(one.id))));
});

test('a wrong token opens nothing, the right one all', async () => {
	const wrong = { authorization: `Bearer ${'a'.repeat(52)}` };
	for (const reply of [await book.get('', { headers: wrong }), await book.post('/run', { code: '1' }, { headers: wrong })])
		assert.deepEqual([reply.status, reply.json], [401, { detail: 'This token does not belong to this workspace.' }]);
	assertJson(await book.get('', { headers: book.bearer }));
	assert.equal((await book.door('/', { headers: {} })).status, 401);
	assert.equal((await book.door('/', { headers: wrong })).status, 401);
	const asked = await book.door('/', { headers: HTML });
	assert.match(assertHtml(asked, 401), /<form method="get"[^]*name="access_token"/);
	const { cookie, reply } = await book.enter(`access_token=${book.token}&file=x`);
	assert.equal(reply.headers.location, '/?file=x');
	assert.match(reply.headers['set-cookie'][0], /^__Host-carrel=\w{52}; .*Secure.*SameSite=Lax/);
	const page = await book.door('/', { headers: { ...HTML, cookie } });
	assert.match(assertHtml(page), /marimo/);
	assert.equal(page.headers['x-robots-tag'], 'noindex');
	assert.equal(page.headers['referrer-policy'], 'no-referrer');
	const framed = await book.door(`/?access_token=${book.token}`, { headers: { ...HTML, 'sec-fetch-dest': 'iframe' } });
	assert.match(framed.headers['set-cookie'][0], /^__Host-carrel=.*; Secure; .*SameSite=None; Partitioned/);
});

test('a ticket opens once, and only the notebook it is for', async () => {
	const other = await make(carrel);
	const query = (await carrel.get(`/open/${book.id}`)).headers.location.split('?')[1];
	assert.equal((await other.door(`/?${query}`, { headers: HTML })).status, 401);
	const again = (await carrel.get(`/open/${book.id}`)).headers.location.split('?')[1];
	const { cookie } = await book.enter(again);
	assert.equal((await book.door('/', { headers: { ...HTML, cookie } })).status, 200);
	assert.equal((await book.door(`/?${again}`, { headers: HTML })).status, 401);
	assertJson(await other.delete());
});

test('the terminal is shut until it is allowed, the token address always', async () => {
	const open = () => ws.open(carrel.port, '/terminal/ws', { host: book.host, origin: `http://${book.host}`, headers: book.bearer, protocol: null });
	assert.equal((await open()).status, 403);
	assertJson(await book.get('', { method: 'PATCH', json: { terminal: 'on' } }));
	await eventually('a terminal', async () => {
		const { status, socket } = await open();
		socket?.close();
		return status === 101;
	});
	assertJson(await book.get('', { method: 'PATCH', json: { terminal: 'off' } }));
	await eventually('none', async () => (await open()).status === 403);
	for (const url of ['/auth/token', '/auth/%74oken', '//auth/token', '/x/../auth/token', '/auth/token/'])
		assert.ok([400, 403].includes((await book.door(url)).status), url);
});

test('variables and what /run leaves are kept over a sleep', async () => {
	await book.cell('import numpy as np; kept = np.arange(5) * 7');
	await book.says(`${MARK} = 41`);
	const slept = assertJson(await book.post('/sleep'));
	assert.deepEqual([slept.status, slept.state], ['asleep', 'hibernated']);
	assert.equal((await book.show()).kernel, 'saved');
	assert.ok(!carrel.note().some((p) => p.command.some((a) => a.includes(book.id))), 'something of it runs');
	assert.equal(assertJson(await book.post('/wake')).state, 'running');
	assert.equal(await book.says('import sys; print(sys.mark + 1, int(kept.sum()))'), '42 70');
	check(carrel);
});

test('opening the link of a sleeper opens it', async () => {
	const { cookie } = await book.enter(`access_token=${book.token}`);
	assertJson(await book.post('/sleep'));
	await eventually('the editor', async () => {
		const page = await book.door('/', { headers: { ...HTML, cookie } });
		if (page.status === 503)
			assert.match(page.text, /waking up[^]*refresh|refresh[^]*waking up/);
		return page.status === 200 && /marimo/.test(page.text);
	});
	assert.equal(await book.says('import sys; print(sys.mark)'), '41');
});

test('one browser edits; who comes when it has left, be it just now, edits in its place', async () => {
	assertJson(await book.post('/wake'));
	const come = async () => {
		const { stream } = await book.session();
		return { stream, ready: (await stream.until((e) => e.data?.op === 'kernel-ready')).data.data };
	};
	const first = await come();
	assert.equal(first.ready.kiosk, false);
	const second = await come();
	assert.equal(second.ready.kiosk, true, 'both edit');
	first.stream.stop();
	second.stream.stop();
	const began = Date.now(), third = await come();
	assert.equal(third.ready.kiosk, false, 'the one that left still counts');
	assert.ok(Date.now() - began < 4000, `${Date.now() - began} ms`);
	third.stream.stop();
	await eventually('nobody is there', async () => (await book.door('/api/status/connections')).json.active === 0, { timeout: 8000 });
});

test('back to a snapshot, and on from there; files stay', async () => {
	await book.says(`${MARK} = "before"; open("kept.txt", "w").write("a")`);
	const { snapshot, bytes } = assertJson(await book.post('/snapshot'));
	assert.ok(bytes > 1 << 20);
	assert.equal(await book.says('import sys; print(sys.mark)'), 'before', 'the kernel went on');
	await book.says(`${MARK} = "after"; open("kept.txt", "w").write("b")`);
	assert.equal(assertJson(await book.post('/restore', { snapshot })).status, 'awake');
	assert.equal(await book.says('import sys; print(sys.mark, open("kept.txt").read())'), 'before b');
	const listed = assertJson(await book.get('/snapshots')).snapshots;
	assert.deepEqual(listed.map((s) => [s.snapshot, s.state]), [[snapshot, 'good']]);
	assertJson(await book.delete(`/snapshots/${snapshot}`));
	assert.deepEqual(assertJson(await book.get('/snapshots')).snapshots, []);
	assertJson(await book.post('/sleep'));
	assertError(await book.post('/snapshot'), 409);
	check(carrel);
});

test('while it sleeps files come and go, its preview is shown, polling does not wake it, and it sleeps on', async () => {
	const { cookie } = await book.enter(`access_token=${book.token}`);
	await book.cell('import matplotlib.pyplot as plt; plt.plot([1, 2]); "seen-" + str(6 * 7)');
	await eventually('the preview', async () => (await book.get('/preview', { headers: HTML })).text.includes('seen-42'));
	assertJson(await book.post('/sleep'));
	assertJson(await book.upload({ 'asleep.csv': 'a\n1\n' }));
	assert.equal((await book.download('asleep.csv')).text, 'a\n1\n');
	assert.ok(assertJson(await book.get('/files')).files.some((f) => f.name === 'asleep.csv'));
	assert.match(assertHtml(await book.get('/preview', { headers: HTML })), /seen-42/);
	const view = assertJson(await book.post('/share', { kind: 'view' }));
	assert.match((await carrel.get(new URL(view.url).pathname, { headers: HTML })).text, /seen-42/);
	for (const url of ['/health', '/sse?session_id=s_none', '/api/status', '/api/usage', '/api/kernel/status'])
		assert.equal((await book.door(url, { headers: { cookie } })).status, 503, url);
	for (const url of ['/api/home/running_notebooks', '/api/packages/sandbox'])
		assert.equal((await book.door(url, { headers: { cookie }, json: {} })).status, 503, url);
	assert.equal(await book.state(), 'hibernated');
	assert.equal(await book.says('print(open("asleep.csv").read()[0])'), 'a');
});

test('each kind of link lets in to its own, and revoked it ends at once, open streams too', async () => {
	const share = async (kind) => {
		const made = assertJson(await book.post('/share', { kind }));
		return { ...made, token: new URL(made.url).searchParams.get('access_token') };
	};
	const edit = await share('edit'), app = await share('app'), view = await share('view');
	const viewToken = view.url.split('/').at(-1);
	assert.equal((await book.door(`/?access_token=${viewToken}`, { headers: HTML })).status, 401);
	const asEditor = (await book.enter(`access_token=${edit.token}`)).cookie, asUser = (await book.enter(`access_token=${app.token}`)).cookie;
	assertJson(await book.post('/wake'));
	const editing = await book.session({ cookie: asEditor }), using = await book.session({ cookie: asUser });
	await editing.stream.until((e) => e.data?.op === 'kernel-ready');
	const ready = await using.stream.until((e) => e.data?.op === 'kernel-ready', 60000);
	assert.equal((await using.send('run', { cellIds: ready.data.data.cell_ids.slice(0, 1), codes: ['1'] })).status, 403);
	assert.equal((await using.send('execute', { code: '1' })).status, 403);
	assert.ok([401, 404].includes((await carrel.get(`/workspaces/${book.id}/shares`, { headers: { authorization: `Bearer ${edit.token}` } })).status), 'a link is not the API');
	assert.equal((await carrel.get(new URL(view.url).pathname, { headers: HTML })).status, 200);
	for (const [made, stream] of [[edit, editing.stream], [app, using.stream]]) {
		const began = Date.now();
		assertJson(await book.delete(`/shares/${made.id}`));
		await stream.ended;
		assert.ok(Date.now() - began < 1500, `it ended after ${Date.now() - began} ms`);
	}
	for (const cookie of [asEditor, asUser])
		assert.equal((await book.door('/', { headers: { cookie, ...HTML } })).status, 401);
	assertJson(await book.delete(`/shares/${view.id}`));
	assertError(await carrel.get(new URL(view.url).pathname, { headers: JSON_ONLY }), 404);
});

test('exports in four formats', async () => {
	for (const [format, type, what] of [['html', /text\/html/, /seen-42/], ['ipynb', /ipynb\+json/, /"nbformat"/], ['script', /text\/x-python/, /import matplotlib/],
		['markdown', /text\/markdown/, /import matplotlib/]]) {
		const reply = await book.get(`/export/${format}`);
		assert.equal(reply.status, 200, `${format}: ${reply.text.slice(0, 200)}`);
		assert.match(reply.headers['content-type'], type);
		assert.match(reply.headers['content-disposition'], /^attachment; filename="live\./);
		assert.match(reply.text, what);
	}
});

test('a package from the index: installed, locked, and a second notebook has it from the cache with the index down', async () => {
	const install = (what) => `import subprocess\ndone = subprocess.run(["uv", "pip", "install", ${JSON.stringify(what)}], capture_output=True, text=True)\n`
		+ 'print(done.returncode, done.stderr)';
	const missing = await book.says(install('carrel-nowhere'));
	assert.match(missing, /^1 /);
	assert.match(missing, /carrel-nowhere was not found|no versions of carrel-nowhere/i);
	assert.match(await book.says(install('carrel-sample')), /^0 /);
	assert.equal(await book.says('import carrel_sample; print(carrel_sample.GREETING)'), 'from the index');
	assert.match((await book.download('requirements.lock')).text, /carrel-sample==1\.2[^]*--hash=sha256:/);
	index.mode = 'down';
	const other = await make(carrel, { python: 'carrel-sample==1.2' });
	assert.equal(await other.says('import carrel_sample; print(carrel_sample.GREETING)'), 'from the index');
	index.mode = 'ok';
	assertJson(await other.delete());
	assertJson(await book.post('/sleep'));
	assert.equal(await book.says('import carrel_sample; print(carrel_sample.GREETING)'), 'from the index');
});

test('a new owner’s token ends what the old one had opened', async () => {
	const { cookie } = await book.enter(`access_token=${book.token}`);
	const { stream } = await book.session({ cookie });
	await stream.until((e) => e.data?.op === 'kernel-ready');
	const { token } = assertJson(await book.post('/token'));
	await stream.ended;
	assert.equal((await book.door('/', { headers: { ...HTML, cookie } })).status, 401);
	assert.equal((await book.get('', { headers: book.bearer })).status, 401);
	Object.assign(book, { token, bearer: { authorization: `Bearer ${token}` } });
	assert.equal((await book.door('/')).status, 200);
});

test('forms work without scripts, and an empty body makes one', async () => {
	const made = await carrel.form('/workspaces', { title: 'By form' }, { headers: HTML });
	assert.equal(made.status, 303);
	const id = /^\/notebook\/([a-z2-7]{26})$/.exec(made.headers.location)?.[1];
	assert.ok(id);
	await eventually('it runs', async () => (await carrel.get(`/workspaces/${id}`)).json.state === 'running');
	for (const [action, form] of [['sleep', {}], ['wake', {}], ['hold', { minutes: '5' }]])
		assert.equal((await carrel.form(`/workspaces/${id}/${action}`, form, { headers: HTML })).status, 303, action);
	assert.equal((await carrel.form(`/workspaces/${id}/delete`, {}, { headers: HTML })).headers.location, '/notebooks');
	const empty = assertJson(await request(carrel.port, '/workspaces', { method: 'POST' }));
	assertJson(await carrel.get(`/workspaces/${empty.id}`, { method: 'DELETE' }));
});

test('afterwards the store is sound, and a stop leaves nothing', async () => {
	check(carrel);
	const stopped = await carrel.stop();
	assert.deepEqual(stopped.left, []);
});
