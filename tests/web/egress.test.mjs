// egress by itself, with a fake index on loopback and clients on its sockets, in namespaces of its own. CARREL_TEST_EGRESS names
// another program to test (one built with ASan).
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import { fileURLToPath } from 'node:url';

// /run/carrel is the test's own only in a mount namespace; a PID namespace ends everything with it.
if (!process.env.CARREL_TEST_INSIDE) {
	const done = spawnSync('unshare', ['-m', '-p', '-f', '--kill-child', '--mount-proc', process.execPath, fileURLToPath(import.meta.url)],
		{ stdio: 'inherit', env: { ...process.env, CARREL_TEST_INSIDE: '1' } });
	process.exit(done.status ?? 1);
}
const { after, test } = await import('node:test');
const { startPackages } = await import('../fake/packages.mjs');

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = process.env.CARREL_TEST_EGRESS ?? `${ROOT}build/release/bin/egress`;
const RUN = '/run/carrel', DOORS = `${RUN}/egress`, CACHE = `${RUN}/var/cache`;
const SHARED = 61000, NET = 61005;
const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';

async function eventually(what, look, ms = 8000) {
	const end = Date.now() + ms;
	for (;;) {
		const got = await look();
		if (got)
			return got;
		assert.ok(Date.now() < end, `did not happen: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
}

// ---- the stage

fs.mkdirSync(RUN, { recursive: true });
assert.equal(spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', RUN]).status, 0);
fs.chmodSync(RUN, 0o755);
for (const [path, uid, gid, mode] of [[CACHE, NET, NET, 0o700], [DOORS, 0, NET, 0o750], [`${RUN}/alive`, 0, SHARED, 0o2770], [`${RUN}/build`, 0, 0, 0o755]]) {
	fs.mkdirSync(path, { recursive: true });
	fs.chownSync(path, uid, gid);
	fs.chmodSync(path, mode);
}
const fake = await startPackages();
const elsewhere = await startPackages();
const LIMITS = { head_ms: 400, own_connections: 4, fresh_ms: 600000, failed_ms: 1 };

let log = '', egress;
async function start({ limits = {}, settings = {} } = {}) {
	const env = { PATH: process.env.PATH, CARREL_SEALED: '1', CARREL_VERBOSE: 'yes', CARREL_PACKAGE_INDEX: `${fake.url}/simple/`,
		CARREL_NPM_REGISTRY: `${fake.url}/registry`, CARREL_PACKAGE_CACHE: '64', ASAN_OPTIONS: 'detect_leaks=0', ...settings };
	for (const [name, value] of Object.entries({ ...LIMITS, ...limits }))
		env[`CARREL_TEST_LIMIT_${name}`] = String(value);
	if (!/asan/.test(PROGRAM))
		env.CARREL_TEST_STRICT = '1';
	fs.rmSync(`${RUN}/alive/egress`, { force: true });
	egress = spawn('setpriv', [`--reuid=${NET}`, `--regid=${NET}`, `--groups=${SHARED}`, PROGRAM], { env, stdio: ['ignore', 'inherit', 'pipe'] });
	egress.stderr.setEncoding('utf8').on('data', (part) => { log += part; });
	egress.ended = new Promise((resolve) => egress.on('exit', (code, signal) => resolve({ code, signal })));
	await eventually('egress is alive', () => fs.existsSync(`${RUN}/alive/egress`) || egress.exitCode !== null);
	assert.equal(egress.exitCode, null, log);
}
async function stop(signal = 'SIGTERM') {
	egress.kill(signal);
	return egress.ended;
}
async function restart(options) {
	await stop();
	await start(options);
	await Promise.all(fs.readdirSync(DOORS).map(isOpen));
}
const mode = (path) => { try { return fs.lstatSync(path).mode & 0o777; } catch { return -1; } };
const isOpen = (id) => eventually(`the door of ${id} is open`, () => mode(`${DOORS}/${id}/egress.sock`) === 0o666 && new Promise((resolve) => {
	const socket = net.connect(`${DOORS}/${id}/egress.sock`, () => { socket.destroy(); resolve(true); });
	socket.on('error', () => resolve(false));
}));
const newId = () => Array.from(crypto.randomBytes(26), (b) => 'abcdefghijklmnopqrstuvwxyz234567'[b & 31]).join('');
// As launch makes it: the folder first, its owner and mode after.
async function sandbox() {
	const id = newId();
	fs.mkdirSync(`${DOORS}/${id}`, 0o700);
	fs.chownSync(`${DOORS}/${id}`, 0, NET);
	fs.chmodSync(`${DOORS}/${id}`, 0o770);
	await isOpen(id);
	return id;
}
const dial = (id) => {
	const socket = net.connect({ path: `${DOORS}/${id}/egress.sock` });
	socket.on('error', () => {});
	return socket;
};
// Sends bytes; resolves to all that came back until the other side closed.
const raw = (id, bytes) => new Promise((resolve, reject) => {
	const socket = dial(id), parts = [];
	const timer = setTimeout(() => { socket.destroy(); reject(new Error(`no end: ${Buffer.concat(parts).toString().slice(0, 200)}`)); }, 15000);
	socket.on('data', (part) => parts.push(part));
	socket.on('close', () => { clearTimeout(timer); resolve(parse(Buffer.concat(parts))); });
	socket.write(bytes, 'latin1');
});
function parse(bytes) {
	const end = bytes.indexOf('\r\n\r\n'), head = bytes.subarray(0, end).toString('latin1');
	const headers = Object.fromEntries(head.split('\r\n').slice(1).map((l) => [l.slice(0, l.indexOf(':')).toLowerCase(), l.slice(l.indexOf(':') + 2)]));
	return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), headers, body: bytes.subarray(end + 4), all: bytes, get text() { return this.body.toString(); } };
}
const get = (id, path, fields = {}, method = 'GET') => raw(id, `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`
	+ `${Object.entries({ accept: JSON_TYPE, ...fields }).map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`);
let count = 0;
// A package of one file, new to everybody.
function wheel(more = {}, of = fake, size = 5000) {
	const name = `pack${++count}`, bytes = crypto.randomBytes(size);
	const file = { name: `${name}-1.0-py3-none-any.whl`, bytes, metadata: Buffer.from(`Name: ${name}\n`), ...more };
	of.packages.set(name, { files: [file] });
	return { name, file, page: `/pypi/simple/${name}/`, path: `/pypi/files/${name}/${fake.sha(file)}/${file.name}` };
}
const askedFor = (word) => fake.asked.filter((path) => path.includes(word)).length;

await start();
after(async () => {
	await stop();
	fake.close();
	elsewhere.close();
	assert.doesNotMatch(log, /AddressSanitizer|LeakSanitizer|runtime error|is a bug/, log.slice(-3000));
});
const id = await sandbox();

// ---- pages

test('a page leads back to us, and keeps what a client needs', async () => {
	const w = wheel({ yanked: 'broken <b>' });
	const reply = await get(id, w.page);
	assert.equal(reply.status, 200);
	assert.equal(reply.headers['content-type'], JSON_TYPE);
	const page = JSON.parse(reply.text);
	assert.deepEqual(page, { meta: { 'api-version': '1.0' }, name: w.name, files: [{ filename: w.file.name, url: w.path, hashes: { sha256: fake.sha(w.file) },
		'requires-python': '>=3.8', size: 5000, 'upload-time': '2024-01-02T03:04:05Z', yanked: 'broken <b>',
		'core-metadata': { sha256: crypto.createHash('sha256').update(w.file.metadata).digest('hex') } }] });
	assert.equal((await get(id, w.page, { 'if-none-match': reply.headers.etag })).status, 304);
	assert.equal((await get(id, w.page, {}, 'HEAD')).text, '');
	assert.equal(askedFor(`simple/${w.name}`), 1);
});

test('HTML for those who want it, and from an index that has nothing else', async () => {
	const w = wheel({ yanked: 'a "b"' });
	fake.packages.get(w.name).html = true;
	const page = JSON.parse((await get(id, w.page)).text);
	assert.equal(page.files[0].url, w.path);
	assert.equal(page.files[0]['requires-python'], '>=3.8');
	const html = await get(id, w.page, { accept: 'text/html' });
	assert.match(html.headers['content-type'], /^text\/html/);
	assert.match(html.text, new RegExp(`<a href="${w.path}#sha256=${fake.sha(w.file)}" data-requires-python="&gt;=3.8"`));
	assert.equal(JSON.parse((await get(id, w.page, { accept: `${JSON_TYPE}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01` })).text).name, w.name);
});

test('what nobody knows is said to be unknown, and nothing else is reached', async () => {
	const reply = await get(id, '/pypi/simple/nobody-knows/');
	assert.equal(reply.status, 404);
	assert.match(reply.text, /nobody-knows \(it answered 404\)/);
	for (const path of ['/', '/etc/passwd', '/pypi/simple/', '/pypi/simple/../x/', '/pypi/simple/a%2fb/', '/pypi/files/x/abc/y', '/npm/-/v1/search', '/npm/@a', '/pypi/simple/a/b']) {
		const r = await get(id, path);
		assert.equal(r.status, 403, path);
		assert.equal(r.text, 'Only package downloads are allowed from here.\n');
	}
	assert.equal((await get(id, wheel().page, {}, 'DELETE')).status, 405);
});

test('a page that is none of use is refused', async () => {
	for (const text of ['', 'null', '{"files":[', '{"files":{}', '{}', '[]', '{"files":[{"filename":"a"']) {
		const w = wheel();
		fake.packages.get(w.name).raw = text;
		assert.equal((await get(id, w.page)).status, 502, text);
	}
});

test('names are the same however they are written', async () => {
	const w = wheel();
	assert.equal(JSON.parse((await get(id, w.page.replace('pack', 'PACK'))).text).name, w.name);
	assert.equal((await get(id, w.page.slice(0, -1))).status, 200);
});

// ---- files

test('a file comes from the index once, then from the cache, to everybody', async () => {
	const w = wheel(), other = await sandbox();
	assert.equal((await get(id, w.page)).status, 200);
	const first = await get(id, w.path);
	assert.deepEqual(first.body, w.file.bytes);
	fake.mode = 'gone';
	const second = await get(other, w.path);
	assert.deepEqual(second.body, w.file.bytes);
	await restart();
	assert.deepEqual((await get(other, w.path)).body, w.file.bytes, 'also after a new start');
	fake.mode = 'ok';
	assert.equal(askedFor(`f/${w.name}/`), 1);
	assert.equal((await get(id, w.path, { 'if-none-match': first.headers.etag })).status, 304);
});

test('a file is found without its page having been asked for', async () => {
	const w = wheel();
	assert.deepEqual((await get(id, w.path)).body, w.file.bytes);
	assert.equal((await get(id, w.path.replace(/[0-9a-f]{64}/, 'a'.repeat(64)))).status, 404);
});

test('metadata beside a wheel', async () => {
	const w = wheel();
	assert.deepEqual((await get(id, `${w.path}.metadata`)).body, w.file.metadata);
	const none = wheel({ metadata: undefined });
	assert.equal((await get(id, `${none.path}.metadata`)).status, 404);
});

test('parts of a file', async () => {
	const w = wheel();
	const part = async (range, fields = {}) => get(id, w.path, { range, ...fields });
	const whole = await get(id, w.path);
	let r = await part('bytes=10-19');
	assert.equal(r.status, 206);
	assert.equal(r.headers['content-range'], 'bytes 10-19/5000');
	assert.deepEqual(r.body, w.file.bytes.subarray(10, 20));
	assert.deepEqual((await part('bytes=-7')).body, w.file.bytes.subarray(4993));
	assert.deepEqual((await part('bytes=4990-')).body, w.file.bytes.subarray(4990));
	assert.deepEqual((await part('bytes=4990-9999')).body, w.file.bytes.subarray(4990));
	r = await part('bytes=5000-');
	assert.equal(r.status, 416);
	assert.equal(r.headers['content-range'], 'bytes */5000');
	for (const odd of ['bytes=1-2,4-5', 'lines=1-2', 'bytes=9-1', 'bytes=--1'])
		assert.equal((await part(odd)).status, 200, odd);
	assert.equal((await part('bytes=0-1', { 'if-range': '"other"' })).status, 200);
	assert.equal((await part('bytes=0-1', { 'if-range': whole.headers.etag })).status, 206);
});

test('a wrong checksum is never served, nor kept', async () => {
	const w = wheel({ sent: crypto.randomBytes(5000) });
	const reply = await get(id, w.path);
	assert.equal(reply.status, 502);
	assert.match(reply.text, /does not have the checksum/);
	assert.deepEqual(fs.readdirSync(CACHE).filter((n) => n.startsWith('part-') || n.includes(fake.sha(w.file))), []);
	fake.packages.get(w.name).files[0].sent = undefined;
	assert.deepEqual((await get(id, w.path)).body, w.file.bytes, 'the right one is taken');
});

test('what changed on the disk is found, and fetched anew', async () => {
	for (const spoil of [(path) => fs.truncateSync(path, 100), (path) => { const fd = fs.openSync(path, 'r+'); fs.writeSync(fd, 'X!', 2000); fs.closeSync(fd); }]) {
		const w = wheel();
		await get(id, w.path);
		await stop();
		spoil(`${CACHE}/sha256-${fake.sha(w.file)}`);
		await start();
		await isOpen(id);
		assert.deepEqual((await get(id, w.path)).body, w.file.bytes);
		assert.equal(askedFor(`f/${w.name}/`), 2);
	}
});

test('many ask for one file, one asks the index', async () => {
	const w = wheel(), other = await sandbox();
	fake.hold = (request) => request.url.includes(w.name);
	const replies = [get(id, w.path), get(other, w.path), get(id, w.path)];
	await eventually('it is under way', () => fake.held.length === 1);
	fake.held.pop()();
	for (const reply of await Promise.all(replies))
		assert.deepEqual(reply.body, w.file.bytes);
	fake.hold = () => false;
	assert.equal(askedFor(`f/${w.name}/`), 1);
});

test('without anybody who waits, a download ends', async () => {
	const w = wheel();
	fake.hold = (request) => request.url.includes(w.name);
	const socket = dial(id);
	socket.write(`GET ${w.path} HTTP/1.1\r\nHost: x\r\n\r\n`);
	await eventually('it is under way', () => fake.held.length === 1 && fs.readdirSync(CACHE).some((n) => n.startsWith('part-')));
	socket.destroy();
	await eventually('it is gone', () => !fs.readdirSync(CACHE).some((n) => n.startsWith('part-')));
	fake.held.pop();
	fake.hold = () => false;
});

test('killed in the middle of a download, it leaves nothing false', async () => {
	const w = wheel();
	fake.hold = (request) => request.url.includes(w.name);
	const cut = get(id, w.path);
	await eventually('it is under way', () => fake.held.length === 1 && fs.readdirSync(CACHE).some((n) => n.startsWith('part-')));
	await stop('SIGKILL');
	assert.equal((await cut).all.length, 0);
	fake.held.pop();
	fake.hold = () => false;
	await start();
	await isOpen(id);
	assert.ok(!fs.readdirSync(CACHE).some((n) => n.startsWith('part-')));
	assert.deepEqual((await get(id, w.path)).body, w.file.bytes);
});

// ---- when the index is not well

test('an old page serves while the index is down', async () => {
	const w = wheel(), fresh = wheel();
	await get(id, w.page);
	await restart();
	for (const mode of ['down', 'gone']) {
		fake.mode = mode;
		const reply = await get(id, w.page);
		assert.equal(reply.status, 200);
		assert.equal(JSON.parse(reply.text).files.length, 1);
		const unknown = await get(id, fresh.page);
		assert.equal(unknown.status, 502);
		assert.match(unknown.text, mode === 'down' ? /answered 500/ : /cannot be reached/);
	}
	fake.mode = 'ok';
	assert.equal((await get(id, fresh.page)).status, 200);
});

test('a page is asked for again after its time, by its tag', async () => {
	await restart({ limits: { fresh_ms: 1 } });
	const w = wheel();
	assert.equal(JSON.parse((await get(id, w.page)).text).files.length, 1);
	fake.packages.get(w.name).files.push({ name: `${w.name}-2.0.tar.gz`, bytes: Buffer.from('new') });
	await eventually('the new file is there', async () => JSON.parse((await get(id, w.page)).text).files.length === 2);
	const asked = askedFor(`simple/${w.name}`);
	await eventually('it is asked for again', async () => (await get(id, w.page)).status === 200 && askedFor(`simple/${w.name}`) > asked + 1);
	assert.equal(JSON.parse((await get(id, w.page)).text).files.length, 2, 'the answer 304 kept it');
	await restart();
});

test('neither a link nor a redirect leads to another address of this machine', async () => {
	const w = wheel({}, elsewhere);
	fake.packages.set(w.name, { files: [{ ...w.file, url: `${elsewhere.url}/f/${w.name}/${w.file.name}` }] });
	assert.deepEqual(JSON.parse((await get(id, w.page)).text).files, [], 'http, and not at home');
	const s = wheel({}, elsewhere);
	fake.packages.set(s.name, { files: [{ ...s.file, url: `${elsewhere.url.replace('http:', 'https:')}/f/${s.name}/${s.file.name}` }] });
	assert.equal(JSON.parse((await get(id, s.page)).text).files.length, 1);
	const reply = await get(id, s.path);
	assert.equal(reply.status, 502);
	assert.match(reply.text, /no package may come from/);
	for (const to of [`${elsewhere.url}/simple/x/`, 'file:///etc/passwd', 'https://127.0.0.1:1/', 'https://[::ffff:10.0.0.1]/', 'https://169.254.169.254/']) {
		const r = wheel();
		fake.packages.get(r.name).redirect = to;
		assert.equal((await get(id, r.page)).status, 502, to);
	}
	assert.deepEqual(elsewhere.asked, []);
	const ring = wheel();
	fake.packages.get(ring.name).redirect = `${fake.url}/simple/${ring.name}/`;
	assert.equal((await get(id, ring.page)).status, 502);
	assert.equal(askedFor(`simple/${ring.name}`), 4);
});

// ---- npm

test('a package of npm, its file checked by sha512', async () => {
	for (const name of ['left', '@scope/right']) {
		const file = { name: 'x-1.0.0.tgz', version: '1.0.0', bytes: crypto.randomBytes(3000) };
		fake.packages.set(name, { files: [file, { ...file, version: '2.0.0', integrity: 'sha1-x' }] });
		const page = JSON.parse((await get(id, `/npm/${name.replace('/', '%2f')}`)).text);
		const path = `/npm/files/${name}/${fake.sha512(file)}/${file.name}`;
		assert.deepEqual(Object.keys(page.versions), ['1.0.0']);
		assert.equal(page.versions['1.0.0'].dist.tarball, `http://127.0.0.1:3128${path}`);
		assert.deepEqual(page['dist-tags'], { latest: '1.0.0' });
		assert.deepEqual((await get(id, path)).body, file.bytes);
	}
});

// ---- clients

test('requests one after the other on one connection, also all at once', async () => {
	const w = wheel();
	const reply = await raw(id, `GET ${w.path} HTTP/1.1\r\nHost: x\r\n\r\nHEAD ${w.path} HTTP/1.1\r\nHost: x\r\n\r\nGET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
	assert.equal(reply.all.toString('latin1').match(/HTTP\/1\.1 200 OK/g).length, 2);
	assert.match(reply.all.toString('latin1'), /HTTP\/1\.1 403 /);
});

test('bad heads are refused', async () => {
	const w = wheel();
	const cases = [['GET / HTTP/1.1\n\n', 400], ['GET /x HTTP/1.1\r\n\r\n', 400], ['CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n', 400], ['GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
		[`GET ${w.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello`, 400], [`GET ${w.path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
		['\0\x01\x02\r\n\r\n', 400], [`GET /x HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20000)}`, 431], ['GET /x HTTP/1.1\r\nHost', 408]];
	for (const [bytes, status] of cases)
		assert.equal((await raw(id, bytes)).status, status, JSON.stringify(bytes.slice(0, 60)));
	for (let round = 0; round < 100; round++) {
		const bytes = Buffer.from(`GET ${w.path} HTTP/1.1\r\nHost: x\r\nRange: bytes=1-2\r\nConnection: close\r\n\r\n`);
		for (let k = crypto.randomInt(1, 6); k > 0; k--)
			bytes[crypto.randomInt(bytes.length)] = crypto.randomInt(256);
		const socket = dial(id);
		await new Promise((resolve) => { socket.on('close', resolve); socket.on('data', () => socket.destroy()); socket.end(bytes); });
	}
	assert.deepEqual((await get(id, w.path)).body, w.file.bytes);
});

test('over its number of connections a workspace waits, and others do not', async () => {
	const w = wheel(), next = wheel(), other = await sandbox();
	fake.hold = (request) => request.url.includes(w.name);
	const full = Array.from({ length: LIMITS.own_connections }, () => get(id, w.path));
	await eventually('all wait', () => fake.held.length === 1);
	let isServed = false;
	const late = get(id, next.path).then((r) => { isServed = true; return r; });
	assert.deepEqual((await get(other, next.path)).body, next.file.bytes);
	assert.equal(isServed, false);
	fake.held.pop()();
	fake.hold = () => false;
	assert.deepEqual((await late).body, next.file.bytes);
	for (const reply of await Promise.all(full))
		assert.equal(reply.status, 200);
	// Those that only stay open make room.
	const idle = Array.from({ length: LIMITS.own_connections }, () => dial(id));
	await Promise.all(idle.map((s) => new Promise((resolve) => { s.once('data', resolve); s.write(`HEAD ${w.path} HTTP/1.1\r\nHost: x\r\n\r\n`); })));
	assert.equal((await get(id, w.path)).status, 200);
	idle.forEach((s) => s.destroy());
});

test('each limit has its answer', async () => {
	const w = wheel({}, fake, 3 << 20), more = wheel();
	await restart({ limits: { file_mb: 2 } });
	assert.match((await get(id, w.path)).text, /larger than is allowed/);
	await restart({ limits: { page_kb: 1 } });
	fake.packages.get(more.name).raw = ' '.repeat(3000);
	assert.equal((await get(id, more.page)).status, 502);
	delete fake.packages.get(more.name).raw;
	await restart({ limits: { day_mb: 1 } });
	assert.equal((await get(id, w.path)).status, 200);
	const reply = await get(id, more.page);
	assert.equal(reply.status, 429);
	assert.equal(reply.headers['retry-after'], '60');
	assert.match(reply.text, /go on tomorrow/);
	assert.equal((await get(id, w.path)).status, 200, 'what is there already costs nobody anything');
	await restart();
});

test('the cache has its bound, and the least recently used goes', async () => {
	const big = Array.from({ length: 5 }, () => wheel({}, fake, 16 << 20));
	for (const w of big) {
		assert.equal((await get(id, w.path)).body.length, 16 << 20);
		assert.equal((await get(id, big[0].path)).status, 200);
	}
	const sizes = fs.readdirSync(CACHE).map((n) => fs.statSync(`${CACHE}/${n}`).size).reduce((a, b) => a + b, 0);
	assert.ok(sizes <= 64 << 20, `${sizes}`);
	assert.equal(askedFor(`f/${big[0].name}/`), 1);
	assert.ok(!fs.existsSync(`${CACHE}/sha256-${fake.sha(big[1].file)}`));
	const huge = wheel({}, fake, 65 << 20);
	const reply = await get(id, huge.path);
	assert.equal(reply.status, 507);
	assert.match(reply.text, /package_cache/);
});

test('on a full disk, and on one that can only be read, what is there is served and the rest refused, in words', async () => {
	const mount = (...args) => assert.equal(spawnSync('mount', [...args, CACHE]).status, 0);
	await stop();
	mount('-t', 'tmpfs', '-o', `size=1m,uid=${NET},gid=${NET},mode=700`, 'tmpfs');
	await start();
	await Promise.all(fs.readdirSync(DOORS).map(isOpen));
	const small = wheel(), large = wheel({}, fake, 4 << 20), late = wheel();
	assert.equal((await get(id, small.path)).status, 200);
	const full = await get(id, large.path);
	assert.equal(full.status, 507);
	assert.match(full.text, /space/);
	assert.deepEqual((await get(id, small.path)).body, small.file.bytes);
	mount('-o', 'remount,ro');
	const refused = await get(id, late.path);
	assert.ok(refused.status >= 500, `${refused.status}`);
	assert.match(refused.text, /disk/);
	assert.deepEqual((await get(id, small.path)).body, small.file.bytes);
	mount('-o', 'remount,rw,size=64m');
	for (const w of [large, late])
		assert.deepEqual((await get(id, w.path)).body, w.file.bytes, 'when there is room again');
	await stop();
	assert.equal(spawnSync('umount', [CACHE]).status, 0);
	await start();
	await Promise.all(fs.readdirSync(DOORS).map(isOpen));
});

// ---- doors

test('a door comes and goes with its folder', async () => {
	const gone = await sandbox(), w = wheel();
	await get(gone, w.path);
	const socket = dial(gone);
	await new Promise((resolve) => socket.once('connect', resolve));
	fs.rmSync(`${DOORS}/${gone}`, { recursive: true });
	await new Promise((resolve) => socket.once('close', resolve));
	await eventually('it is told', () => log.includes(`workspace ${gone} fetched 5000 bytes, 1 files`));
	fs.mkdirSync(`${DOORS}/${gone}`, 0o700);
	fs.chownSync(`${DOORS}/${gone}`, 0, NET);
	fs.chmodSync(`${DOORS}/${gone}`, 0o770);
	await isOpen(gone);
	assert.equal((await get(gone, w.path)).status, 200);
	const link = newId();
	fs.symlinkSync(`${DOORS}/${gone}`, `${DOORS}/${link}`);
	fs.mkdirSync(`${DOORS}/nonsense`, 0o777);
	await sandbox();	// events come in their order: those before were seen
	assert.equal(mode(`${DOORS}/nonsense/egress.sock`), -1);
	fs.rmSync(`${DOORS}/${link}`);
	fs.rmdirSync(`${DOORS}/nonsense`);
});

test('told to stop, it stops', async () => {
	assert.deepEqual(await stop(), { code: 0, signal: null });
	await start();
});
