// The configurations in examples/, word for word, with the web servers as Debian brings them and a Carrel that starts none
// (web = none). All of it happens in namespaces of the test's own, where port 80, /run and /etc are free to be used.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';

const ROOT = process.env.CARREL_TEST_ROOT ?? fileURLToPath(new URL('../../', import.meta.url));

if (!process.env.CARREL_TEST_INSIDE) {
	// There is no network inside, so what has to be fetched is fetched before.
	const made = spawnSync('make', ['--no-print-directory', 'ready'], { cwd: ROOT, stdio: 'inherit' });
	if (made.status !== 0)
		process.exit(made.status ?? 1);
	const done = spawnSync('unshare', ['-m', '-n', '-p', '-f', '--kill-child', '--mount-proc', process.execPath, fileURLToPath(import.meta.url)],
		{ stdio: 'inherit', env: { ...process.env, CARREL_TEST_INSIDE: '1' } });
	process.exit(done.status ?? 1);
}
const { after, test } = await import('node:test');
const { startModels } = await import('../fake/models.mjs');
const { anthropicEnv, Carrel, eventually, follow, ID, NO_SUCH_ID, request, start } = await import('../lib/carrel.mjs');
const { assertError, assertHtml, assertJson, HTML } = await import('../lib/say.mjs');
const ws = await import('../lib/ws.mjs');

const RUN = '/run/carrel';
const EXAMPLE = (name) => path.join(ROOT, 'examples', name);

// ---- the stage

const run = (program, args = [], options = {}) => {
	const done = spawnSync(program, args, { encoding: 'utf8', ...options });
	assert.equal(done.status, 0, `${program} ${args.join(' ')}: ${done.error ?? ''}${done.stdout}${done.stderr}`);
	return done.stdout;
};
const LO_UP = 'my $r = pack("a16sx22", "lo", 0x41); socket(S, AF_INET, SOCK_DGRAM, 0) && ioctl(S, 0x8914, $r) or die $!';
run('perl', ['-MSocket', '-e', LO_UP]);
run('mount', ['-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', '/run']);
fs.mkdirSync('/run/lock');
// What follows changes these; the machine keeps its own.
for (const folder of ['/etc', '/var/lib/apache2']) {
	const copy = `/run/copy${folder.replaceAll('/', '-')}`;
	run('cp', ['-a', folder, copy]);
	run('mount', ['--bind', copy, folder]);
}
run('mount', ['-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', '/var/log']);
for (const name of ['lighttpd', 'nginx', 'apache2'])
	run('install', ['-d', '-o', 'www-data', `/var/log/${name}`]);

// The commands that a file's comments tell people to give.
const commands = (name) => [...fs.readFileSync(EXAMPLE(name), 'utf8').matchAll(/^# {3}(\S.*)$/gm)].map((m) => m[1]);
const GROUP = commands('nginx.conf').find((c) => c.startsWith('groupadd'));
spawnSync('groupdel', ['carrel']);
run('sh', ['-c', GROUP]);

// Their user reads static files from the checkout, which may lie in a home that is closed to others.
fs.mkdirSync('/run/checkout');
run('mount', ['--bind', ROOT, '/run/checkout']);

const models = await startModels();
const carrel = await start({ port: 80, root: '/run/checkout', env: { ...anthropicEnv(models), CARREL_WEB: 'none' } });
after(async () => { await carrel.remove(); await models.stop(); });

const call = (url, options) => request(80, url, { host: 'localhost', ...options });
const post = (url, json, options) => call(url, { json, method: 'POST', ...options });
const inside = (id, url, options) => request(80, url, { host: `${id}.localhost`, headers: { 'sec-fetch-dest': 'script' }, ...options });
const isUp = () => call('/health').then((reply) => reply.status === 200, () => false);

// Starts a server as its service does, and resolves when it passes something on.
async function serve(program, args) {
	const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
	let said = '';
	child.stdout.on('data', (part) => { said += part; });
	child.stderr.on('data', (part) => { said += part; });
	const ended = new Promise((resolve) => child.on('exit', resolve));
	await eventually(`${program} answers`, async () => {
		if (child.exitCode !== null)
			throw Object.assign(new Error(`${program} ended: ${said}`), { fatal: true });
		return isUp();
	}, { timeout: 15000 }).catch((error) => { throw new Error(`${error.message}\n${said}`); });
	return { stop: () => { process.kill(-child.pid, 'SIGTERM'); return ended; } };
}

// Each as its own documentation has it.
const servers = {
	lighttpd: () => {
		fs.copyFileSync(EXAMPLE('lighttpd.conf'), '/etc/lighttpd/lighttpd.conf');
		run('lighttpd', ['-tt', '-f', '/etc/lighttpd/lighttpd.conf']);
		return serve('lighttpd', ['-D', '-f', '/etc/lighttpd/lighttpd.conf']);
	},
	apache: () => {
		const asked = commands('apache.conf').filter((c) => c.startsWith('a2'));
		assert.equal(asked.length, 2);
		asked.forEach((command) => run('sh', ['-c', command]));
		fs.copyFileSync(EXAMPLE('apache.conf'), '/etc/apache2/sites-available/carrel.conf');
		run('a2ensite', ['carrel']);
		run('apache2ctl', ['-t']);
		return serve('apache2ctl', ['-D', 'FOREGROUND']);
	},
	nginx: () => {
		fs.rmSync('/etc/nginx/sites-enabled/default', { force: true });
		fs.copyFileSync(EXAMPLE('nginx.conf'), '/etc/nginx/sites-enabled/carrel');
		run('nginx', ['-t']);
		return serve('nginx', ['-g', 'daemon off;']);
	},
};

test('it is ready without a web server, and says what the web server needs', async () => {
	assert.match(carrel.output, /^Carrel is ready: http:\/\/localhost\/$/m);
	assert.match(carrel.output, /in group 61007\.$/m);
	assert.deepEqual(fs.readdirSync(RUN).sort(), ['fcgi', 'gate.sock', 'www']);
	for (const name of ['apps', 'files', 'pages', 'system', 'gate']) {
		const { mode, gid } = fs.statSync(`${RUN}/fcgi/${name}.sock`);
		assert.deepEqual([mode & 0o777, gid], [0o660, 61007], name);
	}
	await assert.rejects(call('/'), 'somebody listens');
});

test('a second one is refused, because both would be at the same place', async () => {
	const second = new Carrel({ env: { CARREL_WEB: 'none', CARREL_MODEL: 'sample' } });
	await assert.rejects(second.start(), /another Carrel with web = none/);
	await second.remove();
});

test('all three say how their user gets at the sockets', () => {
	for (const name of ['lighttpd.conf', 'apache.conf', 'nginx.conf'])
		assert.ok(commands(name).includes(GROUP), name);
	assert.match(run('id', ['-nG', 'www-data']), /\bcarrel\b/);
});

let kept;
for (const [name, open] of Object.entries(servers)) {
	let server, id;

	test(`${name}: home page, and what a program gets there`, async () => {
		server = await open();
		assert.match(assertHtml(await call('/', { headers: HTML })), /<form[^>]*action="\/api\/create"/);
		assertJson(await call('/', { headers: { accept: 'application/json' } }));
		assert.equal(assertJson(await call('/health')).status, 'ok');
	});

	test(`${name}: static files, compressed and kept`, async () => {
		const [css] = /\/static\/[^"]+\.css/.exec((await call('/', { headers: HTML })).text);
		const plain = await call(css);
		const packed = await call(css, { headers: { 'accept-encoding': 'gzip' } });
		assert.equal(plain.headers['content-encoding'], undefined);
		assert.equal(packed.headers['content-encoding'], 'gzip');
		assert.ok(packed.body.length < plain.body.length);
		assert.deepEqual(zlib.gunzipSync(packed.body), plain.body);
		for (const reply of [plain, packed]) {
			assert.equal(reply.status, 200);
			assert.match(reply.headers['content-type'], /^text\/css/);
			assert.match(reply.headers['cache-control'], /immutable/);
			assert.match(reply.headers.vary ?? '', /Accept-Encoding/i);
			assert.equal(reply.headers['x-content-type-options'], 'nosniff');
		}
		assert.match((await call('/favicon.svg')).headers['content-type'], /^image\/svg/);
		assert.ok(assertJson(await call('/openapi.json')).openapi);
		assert.equal((await call('/static/none.css')).status, 404);
		assert.equal((await call('/static/../docs.json')).status, 404);
	});

	test(`${name}: an app from a sentence, its events as they happen`, async () => {
		const made = assertJson(await post('/api/create', { prompt: `On ${name} [[text:${name}one]] [[hold:${name}]]` }));
		id = made.app_id;
		assert.match(id, ID);
		const stream = await follow(80, `/api/app/${id}/events`, { host: 'localhost' }).open;
		assert.match(stream.headers['content-type'], /^text\/event-stream/);
		// The model is in the middle of its answer until it is let go.
		await stream.until('token', 20000);
		assert.ok(!stream.events.some((e) => e.event === 'done'));
		await models.release(name);
		assert.equal((await stream.until('done')).data.status, 'ok');
		await stream.ended;
		kept ??= id;
	});

	test(`${name}: the app at its own address, changed in an open page`, async () => {
		const page = await inside(id, '/', { headers: HTML });
		assert.equal(page.status, 200);
		assert.match((await inside(id, '/src/LLMComponent.tsx')).text, new RegExp(`${name}one`));
		const [, token] = /wsToken = "([^"]+)"/.exec((await inside(id, '/@vite/client')).text);
		const at = { host: `${id}.localhost`, origin: `http://${id}.localhost` };
		assert.equal((await ws.open(80, `/?token=${token}`, { ...at, origin: 'http://evil.example' })).status, 403);
		const { status, socket } = await ws.open(80, `/?token=${token}`, at);
		assert.equal(status, 101);
		await socket.until((m) => m.type === 'connected');
		const text = `Other words [[reply:edit]] [[text:${name}two]]`;
		assert.equal(assertJson(await post(`/api/app/${id}/write`, { text })).status, 'ok');
		await socket.until((m) => m.type === 'update');
		assert.ok(!socket.messages.some((m) => m.type === 'full-reload'));
		socket.close();
		assert.match((await inside(id, '/src/LLMComponent.tsx')).text, new RegExp(`${name}two`));
	});

	test(`${name}: plain forms, long bodies, addresses as they were sent`, async () => {
		const renamed = await call(`/api/app/${id}/rename`, { form: { title: `Köln & ${name}` }, headers: { ...HTML, origin: 'http://localhost' } });
		assert.equal(renamed.status, 303);
		assert.equal(assertJson(await call(`/api/app/${id}`)).title, `Köln & ${name}`);
		assertError(await post('/api/create', { prompt: 'x'.repeat(1 << 20) }), [400, 413]);
		assert.equal((await call(`/api/app/${id}%2fstatus`)).status, 404);
		assert.equal((await call(`/api/apps?x=%20y`, { method: 'DELETE' })).status, 405);
	});

	test(`${name}: files of notebooks, however large the upload`, async () => {
		const at = `/workspaces/${NO_SUCH_ID}/files`;
		for (const reply of [await call(at), await call(`${at}?path=a%20b`), await call(`${at}/a%2Fb`, { method: 'DELETE' }), await call(`/download/${NO_SUCH_ID}/a/b`)])
			assert.match(assertError(reply, 404).detail, /no notebook/);
		const body = Buffer.concat([Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'), Buffer.alloc(20 << 20), Buffer.from('\r\n--b--\r\n')]);
		const reply = await call(`/upload/${NO_SUCH_ID}`, { method: 'POST', body, headers: { 'content-type': 'multipart/form-data; boundary=b' } })
			.catch((error) => error.code);
		assert.ok(reply.status === 404 || ['ECONNRESET', 'EPIPE'].includes(reply), `${reply.status ?? reply}`);
	});

	test(`${name}: what is not there`, async () => {
		assert.match(assertHtml(await call('/nowhere', { headers: HTML }), 404), /Carrel/);
		assertError(await call('/api/nowhere'), 404);
		assertError(await call('/', { host: 'evil.example', headers: { accept: 'application/json' } }), 421);
		assert.equal((await request(80, '/', { host: `${NO_SUCH_ID}.localhost`, headers: HTML })).status, 404);
	});

	test(`${name}: outlives a Carrel that was killed, and finds the next one`, async (t) => {
		t.after(() => server.stop());
		process.kill(carrel.programs('carreld')[0].pid, 'SIGKILL');
		await carrel.ended;
		assert.ok(fs.existsSync(`${RUN}/fcgi/apps.sock`), 'nothing was left, so nothing is tested');
		// Those that it had started are still on their way out.
		await eventually('nobody answers', async () => [502, 503].includes((await call('/api/apps')).status), { timeout: 10000 });
		await carrel.start();
		await eventually('the server finds it', isUp, { timeout: 10000 });
		// By now they may be frozen: then visitors have a page, and the editor wakes the live one behind it.
		const module = async (app) => {
			assertJson(await post(`/api/app/${app}/wake`, {}));
			return (await inside(app, '/src/LLMComponent.tsx')).text;
		};
		await eventually('the app is there', async () => (await module(id)).includes(`${name}two`));
		await eventually('so is the first one', async () => (await module(kept)).includes('one'));
	});
}

test('the crontab’s lines, from where cron would run them', () => {
	const lines = fs.readFileSync(EXAMPLE('crontab'), 'utf8').split('\n').filter((l) => /^[\d*]/.test(l));
	assert.equal(lines.length, 2);
	fs.mkdirSync('/etc/carrel', { recursive: true });
	fs.writeFileSync('/etc/carrel/carrel.conf', 'web = none\n');
	for (const line of lines) {
		const [, command] = /^(?:[\d*]+\s+){5}root\s+(.+)$/.exec(line) ?? [];
		assert.ok(command, line);
		const here = command.replaceAll('/var/lib/carrel', carrel.folder).replaceAll('/usr/lib/carrel/bin', `${ROOT}/build/release/bin`);
		assert.notEqual(here, command);
		const env = { PATH: '/usr/bin:/bin', SHELL: '/bin/sh', CARREL_CONF: '/etc/carrel/carrel.conf' };
		run('/bin/sh', ['-c', here], { cwd: '/', env });
	}
});

const noSystemd = spawnSync('systemd-analyze', ['--version']).error && 'systemd-analyze is not installed';
test('the unit says nothing that systemd does not know', { skip: noSystemd }, () => {
	const text = fs.readFileSync(EXAMPLE('carrel.service'), 'utf8');
	assert.ok(text.includes('/usr/lib/carrel/bin/carreld'));
	fs.writeFileSync('/run/carrel.service', text.replaceAll('/usr/lib/carrel/bin', `${ROOT}/build/release/bin`));
	assert.doesNotMatch(spawnSync('systemd-analyze', ['verify', '--man=no', '/run/carrel.service'], { encoding: 'utf8' }).stderr, /carrel/);
});

test('after the stop an empty folder is left', async () => {
	const stopped = await carrel.stop();
	assert.ok(stopped.ms < 5000, `took ${stopped.ms} ms`);
	assert.deepEqual(stopped.left, []);
	assert.deepEqual(fs.readdirSync(RUN), []);
});
