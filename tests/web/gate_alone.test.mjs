// The gate by itself, with no web server before it and no gVisor behind it: its own namespaces, a store, and fake apps on unix
// sockets, so that every byte on both sides is the test's. CARREL_TEST_GATE names another program to test (one built with ASan).
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// /run/carrel is the test's own only in a mount namespace; a PID namespace ends everything with it.
if (!process.env.CARREL_TEST_INSIDE) {
	const done = spawnSync('unshare', ['-m', '-p', '-f', '--kill-child', '--mount-proc', process.execPath, fileURLToPath(import.meta.url)],
		{ stdio: 'inherit', env: { ...process.env, CARREL_TEST_INSIDE: '1' } });
	process.exit(done.status ?? 1);
}
const { after, test } = await import('node:test');

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = process.env.CARREL_TEST_GATE ?? `${ROOT}build/release/bin/gate`;
const RUN = '/run/carrel';
const DB = `${RUN}/var/carrel.db`;
const GID = 61000, GATE = 61002;
const CONTROL = 'http://localhost:8080';
const LIMITS = { head_ms: 900, answer_ms: 700, dial_ms: 300, app_waiting: 5, app_connections: 40, linger_ms: 300, failed_ms: 5000, wrong_tokens: 6, review_ms: 2500 };

const run = (program, args, input) => {
	const done = spawnSync(program, args, { input, encoding: 'utf8' });
	assert.equal(done.status, 0, `${program}: ${done.stderr}`);
	return done.stdout;
};
const folder = (path, gid, mode) => {
	fs.mkdirSync(path, { recursive: true });
	fs.chownSync(path, 0, gid);
	fs.chmodSync(path, mode);
};

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
run('mount', ['-t', 'tmpfs', 'tmpfs', RUN]);
for (const name of ['var', 'bell', 'alive'])
	folder(`${RUN}/${name}`, GID, 0o2770);
folder(`${RUN}/sb`, GATE, 0o711);
fs.chmodSync(RUN, 0o755);
const moves = fs.readdirSync(`${ROOT}sql/move`).filter((f) => f.endsWith('.sql')).sort();
run('sqlite3', [DB], `PRAGMA journal_mode=WAL;\n${moves.map((f) => fs.readFileSync(`${ROOT}sql/move/${f}`, 'utf8')).join('\n')}
	PRAGMA user_version=${moves.map((f) => parseInt(f, 10)).at(-1)};`);
for (const name of fs.readdirSync(`${RUN}/var`)) {
	fs.chownSync(`${RUN}/var/${name}`, 0, GID);
	fs.chmodSync(`${RUN}/var/${name}`, 0o660);
}

// Not synchronous: a connection of ours whose bytes are not sent meanwhile would be taken for a slow one.
const sql = async (text) => (await promisify(execFile)('sqlite3', ['-cmd', '.timeout 5000', DB, text])).stdout.trim();
const sandbox = (id, column) => sql(`SELECT ${column} FROM sandbox WHERE workspace='${id}'`);
const newId = () => Array.from(crypto.randomBytes(26), (b) => 'abcdefghijklmnopqrstuvwxyz234567'[b & 31]).join('');

// A workspace with one version, as if it had been made some time ago.
async function workspace({ title = 'Tea & timer', version = true, state } = {}) {
	const id = newId();
	await sql(`INSERT INTO workspace (id, kind, title, owner, created_at, updated_at) VALUES ('${id}', 'app', '${title}', 'local', 1, 1);
		${version ? `INSERT INTO version (workspace, n, job, author, prompt, summary, verdict, created_at)
			VALUES ('${id}', 1, 'j', 'local', 'p', 's', 'good', 1); UPDATE workspace SET current=1, versions=1 WHERE id='${id}';` : ''}
		${state ? `INSERT INTO sandbox (workspace, state, want) VALUES ('${id}', '${state}', 'awake');` : ''}`);
	return id;
}

// An app's socket, made as the guest makes it: bind, listen, then the mode.
const apps = new Map();
async function appear(id, serve, { backlog = 511, door = 'app' } = {}) {
	const path = `${RUN}/sb/${id}/${door}.sock`;
	folder(`${RUN}/sb/${id}`, GATE, 0o750);
	const server = typeof serve === 'function' ? net.createServer({ allowHalfOpen: true }, serve) : serve;
	server.on('connection', (s) => s.on('error', () => {}));
	await new Promise((resolve) => server.listen({ path, backlog }, resolve));
	apps.set(door === 'app' ? id : `${id} ${door}`, server);
	fs.chmodSync(path, 0o666);
	return server;
}
function vanish(id) {
	for (const name of [id, `${id} run`, `${id} tool`])
		apps.get(name)?.close();
	fs.rmSync(`${RUN}/sb/${id}`, { recursive: true, force: true });
}
async function running(serve, options) {
	const id = await workspace({ state: 'running' });
	await appear(id, serve, options);
	return id;
}
// Reads a head, then answers what `answer` says for it.
const answering = (answer) => (socket) => {
	let head = '';
	socket.on('data', (part) => {
		const was = head.includes('\r\n\r\n');
		head += part.toString('latin1');
		if (!was && head.includes('\r\n\r\n'))
			socket.end(answer(head.slice(0, head.indexOf('\r\n\r\n') + 4)), 'latin1');
	});
};
const ok = (body, fields = '') => `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${fields}\r\n${body}`;
const echo = answering((head) => ok(head));

// ---- the program under test

let log = '';
async function startGate(extra = {}) {
	const env = { PATH: process.env.PATH, CARREL_SEALED: '1', CARREL_WAKE_TIMEOUT: '3', CARREL_URL: CONTROL, ...extra };
	for (const [name, value] of Object.entries(LIMITS))
		env[`CARREL_TEST_LIMIT_${name}`] ??= String(value);
	if (!/asan/.test(PROGRAM))
		env.CARREL_TEST_STRICT = '1';
	for (const name of ['ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS'])
		if (process.env[name])
			env[name] = process.env[name];
	// The leak checker would trace the process, which has promised never to be part of that.
	env.ASAN_OPTIONS ??= 'detect_leaks=0';
	fs.rmSync(`${RUN}/gate.sock`, { force: true });
	const open = `socket(S, AF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un("${RUN}/gate.sock")) && listen(S, 4096) or die $!;
		fcntl(S, F_SETFD, 0); exec "setpriv", "--reuid=${GATE}", "--regid=${GATE}", "--groups=${GID}", @ARGV, fileno(S)`;
	const child = spawn('perl', ['-MSocket', '-MFcntl', '-e', open, PROGRAM], { env, stdio: ['ignore', 'inherit', 'pipe'] });
	child.stderr.setEncoding('utf8').on('data', (part) => { log += part; });
	child.ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve({ code, signal })));
	await eventually('the gate is alive', () => fs.existsSync(`${RUN}/alive/gate`) || child.exitCode !== null);
	assert.equal(child.exitCode, null, log);
	return child;
}
let gate = await startGate();
after(async () => {
	gate.kill();
	await gate.ended;
	for (const server of apps.values())
		server.close();
	assert.doesNotMatch(log, /AddressSanitizer|LeakSanitizer|runtime error|is a bug|level=error/, log.slice(-3000));
});

const dial = () => {
	const socket = net.connect({ path: `${RUN}/gate.sock`, allowHalfOpen: true });
	socket.on('error', () => {});
	return socket;
};
// Sends bytes as they are; resolves to all that came back.
function ask(bytes, { ms = 8000 } = {}) {
	return new Promise((resolve, reject) => {
		const socket = dial();
		const timer = setTimeout(() => { socket.destroy(); reject(new Error(`no end: ${JSON.stringify(got.slice(0, 200))}`)); }, ms);
		let got = '';
		socket.on('data', (part) => { got += part.toString('latin1'); });
		socket.on('close', () => { clearTimeout(timer); resolve(got); });
		socket.on('end', () => socket.end());
		socket.write(bytes, 'latin1');
	});
}
const status = (text) => Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0);
const body = (text) => text.slice(text.indexOf('\r\n\r\n') + 4);
const hostOf = (id) => `${id}.localhost:8080`;
const get = (id, target = '/', fields = '') => ask(`GET ${target} HTTP/1.1\r\nHost: ${hostOf(id)}\r\n${fields}\r\n`);
const PAGE = 'Accept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: none\r\n';
const upgrade = (id, fields = '') => `GET /?token=t HTTP/1.1\r\nHost: ${hostOf(id)}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`
	+ `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n${fields}\r\n`;
const fds = () => fs.readdirSync(`/proc/${gate.pid}/fd`).length;
const memoryKb = () => Number(/^Pss:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${gate.pid}/smaps_rollup`, 'utf8'))[1]);

const echoId = await running(echo);
await get(echoId);
const idleFds = fds();

// ---- requests

test('addresses arrive byte for byte', async () => {
	for (const target of ['/', '/%2F', '/%20', '/%3F', '//', '/a//b', '/./', '/a/../b', '/?[1]|{}', '/a%2fb?c=%23', '/?a=b&c=%00', '/%7Euser/~', "/'()*!$&,;=:@", '/a?b?c', '/\\x']) {
		const reply = await get(echoId, target);
		assert.equal(status(reply), 200, target);
		assert.equal(body(reply).split('\r\n')[0], `GET ${target} HTTP/1.1`);
	}
});

test('a head may come byte by byte, and is not taken for whole before', async () => {
	const bytes = `GET /slow HTTP/1.1\r\nHost: ${hostOf(echoId)}\r\nX-A: b\r\n\r\n`;
	const socket = dial();
	let got = '';
	const ended = new Promise((resolve) => socket.on('data', (part) => { got += part; }).on('close', resolve).on('end', () => socket.end()));
	for (const byte of bytes)
		await new Promise((resolve) => socket.write(byte, () => setImmediate(resolve)));
	await ended;
	assert.match(got, /^HTTP\/1\.1 200[^]*GET \/slow HTTP/);
});

test('what two programs could read in two ways is refused', async () => {
	const host = `Host: ${hostOf(echoId)}\r\n`;
	const post = `POST /x HTTP/1.1\r\n${host}`;
	const cases = [
		[400, `GET / HTTP/1.1\n${host}\r\n`], [400, `GET / HTTP/1.1\r\n${host.replace('\r', '')}\r\n`], [400, `GET / HTTP/1.1\nHost: ${hostOf(echoId)}\n\n`],
		[400, `GET / HTTP/1.1\r\nHost : ${hostOf(echoId)}\r\n\r\n`], [400, `GET / HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n`], [400, `GET / HTTP/1.1\r\n ${host}\r\n`],
		[400, `GET / HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`], [400, `GET / HTTP/1.1\r\n${host}X: a\rb\r\n\r\n`], [400, `GET / HTTP/1.1\r\n${host}X: a\x1bb\r\n\r\n`],
		[400, `GET / HTTP/1.1\r\n${host}${host}\r\n`], [400, 'GET / HTTP/1.1\r\n\r\n'], [400, `GET / HTTP/1.1\r\n${host}: x\r\n\r\n`],
		[400, `GET / HTTP/1.1\r\n${host}NoColon\r\n\r\n`], [400, `GET / HTTP/1.1\r\n${host}X(y): z\r\n\r\n`],
		[400, `GET /  HTTP/1.1\r\n${host}\r\n`], [400, `GET  / HTTP/1.1\r\n${host}\r\n`], [400, `GET\t/ HTTP/1.1\r\n${host}\r\n`], [400, ` GET / HTTP/1.1\r\n${host}\r\n`],
		[400, `GET / HTTP/2.0\r\n${host}\r\n`], [400, `GET / HTTP/1.2\r\n${host}\r\n`], [400, `GET / http/1.1\r\n${host}\r\n`], [400, `GET /\r\n${host}\r\n`], [400, `GET / HTTP/1.1 \r\n${host}\r\n`],
		[400, `GET http://${hostOf(echoId)}/ HTTP/1.1\r\n${host}\r\n`], [400, `OPTIONS * HTTP/1.1\r\n${host}\r\n`], [400, `GET /#a HTTP/1.1\r\n${host}\r\n`], [400, `GET /\xe4 HTTP/1.1\r\n${host}\r\n`],
		[400, `G(T / HTTP/1.1\r\n${host}\r\n`], [400, '\r\n\r\n'], [400, `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
		[400, `${post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`], [400, `${post}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`],
		[400, `${post}Content-Length: 5, 5\r\n\r\nhello`], [400, `${post}Content-Length: +5\r\n\r\nhello`], [400, `${post}Content-Length: -1\r\n\r\n`], [400, `${post}Content-Length: 0x5\r\n\r\nhello`],
		[400, `${post}Content-Length:\r\n\r\n`], [400, `${post}Content-Length: 5 \x0b\r\n\r\nhello`], [400, `${post}Content-Length: 99999999999999999999\r\n\r\nhello`],
		[400, `POST /x HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`], [400, `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
		[501, `${post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`], [501, `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`], [501, `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
		[400, `GET / HTTP/1.1\r\n${host}\r\nGET /second HTTP/1.1\r\n${host}\r\n`], [400, `${post}Content-Length: 2\r\n\r\nhiGET /second HTTP/1.1\r\n${host}\r\n`],
		[400, `${post}Connection: Content-Length\r\nContent-Length: 2\r\n\r\nhi`], [400, `GET / HTTP/1.1\r\n${host}Connection: close, host\r\n\r\n`],
		[405, `CONNECT /x HTTP/1.1\r\n${host}\r\n`], [405, `TRACE / HTTP/1.1\r\n${host}\r\n`],
		[431, `GET / HTTP/1.1\r\n${host}X: ${'y'.repeat(40000)}\r\n\r\n`], [431, `GET / HTTP/1.1\r\n${host}${'X: y\r\n'.repeat(150)}\r\n`],
		[421, 'GET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n'], [421, `GET / HTTP/1.1\r\nHost: ${echoId}.localhost.evil.example\r\n\r\n`], [421, `GET / HTTP/1.1\r\nHost: ${echoId}.evil.example\r\n\r\n`],
		[421, `GET / HTTP/1.1\r\nHost: x${hostOf(echoId)}\r\n\r\n`], [421, `GET / HTTP/1.1\r\nHost: ${echoId.slice(1)}.localhost\r\n\r\n`], [421, `GET / HTTP/1.1\r\nHost: ${echoId}.localhost:\r\n\r\n`],
		[421, `GET / HTTP/1.1\r\nHost: ${echoId}.localhost:80a\r\n\r\n`], [421, `GET / HTTP/1.1\r\nHost: ${'1'.repeat(26)}.localhost\r\n\r\n`], [421, 'GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n'],
		[421, `GET / HTTP/1.1\r\nHost: ${echoId}.localhost,x\r\n\r\n`], [421, 'GET / HTTP/1.1\r\nHost:\r\n\r\n'], [400, upgrade(echoId, 'Content-Length: 3\r\n') + 'abc'],
	];
	for (const [wanted, bytes] of cases) {
		const reply = await ask(bytes);
		assert.equal(status(reply), wanted, `${JSON.stringify(bytes.slice(0, 150))} -> ${reply.slice(0, 100)}`);
		const { detail, request_id: request } = JSON.parse(body(reply));
		assert.ok(detail.length > 5 && /^[a-z2-7]{12}$/.test(request));
	}
	for (const host of [`${echoId.toUpperCase()}.LOCALHOST:8080`, `${echoId}.localhost`, `${echoId}.localhost:1`])
		assert.equal(status(await ask(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)), 200, host);
});

test('closed addresses, in every spelling', async () => {
	for (const target of ['/@fs/etc/passwd', '/@fs', '/%40fs/x', '/%2540fs/x', '//@fs/x', '/./@fs/x', '/a/../@fs/x', '/a/%2e%2e/@fs/x', '/\\@fs/x', '/%5c@fs%2fx', '/@FS/x', '/@id/@fs/x', '/@fs/x?raw',
		'/__open-in-editor?file=x', '/__open-in-editor/', '/%5f_open-in-editor', '/terminal/ws', '//terminal//ws', '/terminal/./ws', '/auth/token', '/auth/token/'])
		assert.equal(status(await get(echoId, target)), 403, target);
	for (const target of ['/__carrel', '/__carrel/changed?path=/x', '/__carrelx', '//__carrel/', '/%5F%5Fcarrel'])
		assert.equal(status(await get(echoId, target)), 404, target);
	for (const target of ['/@fsx', '/fs/@fs1', '/?/@fs/', '/terminal/wsx', '/auth', '/x/auth/token', '/x?/terminal/ws', '/@vite/client', '/@id/x', '/@carrel/bridge.js', '/__x'])
		assert.equal(status(await get(echoId, target)), 200, target);
});

test('who asks stays outside; the rest goes in', async () => {
	const reply = await get(echoId, '/', 'Cookie: carrel=1; mine=2; __Host-carrel=3;__Secure-carrelx=4; CARREL_x=5; last=6\r\nCookie: __host-carrel=7\r\nAuthorization: Bearer k\r\nX-API-Key: k\r\n'
		+ 'X-Forwarded-For: 1.2.3.4\r\nForwarded: for=x\r\nX-Real-IP: 1\r\nX-Auth-User: root\r\nRemote-User: root\r\nVia: 1.1 x\r\nKeep-Alive: 5\r\nTE: trailers\r\nProxy-Authorization: x\r\nProxy: x\r\n'
		+ 'Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nExpect: 100-continue\r\nX-Mine: \tkept, as is\t \r\nAccept: */*\r\nUser-Agent: caf\xe9\r\nX-Request-Id: our-own-id\r\n');
	assert.equal(body(reply), `GET / HTTP/1.1\r\nHost: ${hostOf(echoId)}\r\nCookie: mine=2; last=6\r\nX-Mine: kept, as is\r\nAccept: */*\r\nUser-Agent: caf\xe9\r\nX-Request-Id: our-own-id\r\nConnection: close\r\n\r\n`);
	assert.match(reply, /\r\nX-Request-Id: our-own-id\r\n/, 'the sandbox, the visitor and the access log read the same id');
	assert.match(body(await get(echoId, '/', 'X-Request-Id: b"d\r\n')), /\r\nX-Request-Id: [a-z2-7]{12}\r\n/);
	assert.equal(body(await ask(`HEAD /x HTTP/1.0\r\nHost: ${hostOf(echoId)}\r\n\r\n`)), '', 'HEAD has no body');
});

test('an answer loses what a browser or a web server must not obey', async () => {
	const id = await running(answering(() => ok('hi', 'Set-Cookie: a=1; Domain=localhost; Path=/; HttpOnly\r\nSet-Cookie: b=2;domain = .localhost\r\nSet-Cookie: carrel=x\r\nSet-Cookie: __Host-carrel=x; Secure\r\n'
		+ 'Set-Cookie: =carrel=x\r\nSet-Cookie: nameless\r\nServer: x\r\nX-Powered-By: x\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\n'
		+ 'X-Accel-Redirect: /secret\r\nX-Sendfile: /etc/passwd\r\nX-Sendfile2: /etc/passwd 0-\r\nX-LIGHTTPD-send-file: /etc/passwd\r\nStatus: 500\r\nClear-Site-Data: "*"\r\nX-Frame-Options: DENY\r\nReferrer-Policy: unsafe-url\r\n'
		+ "Strict-Transport-Security: max-age=1\r\nContent-Security-Policy: default-src 'self'\r\nX-Mine: kept\r\nETag: \"1\"\r\n")));
	const reply = await get(id);
	assert.equal(reply.replace(/X-Request-Id: [a-z2-7]{12}\r\n/, ''), 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=1; Path=/; HttpOnly\r\nSet-Cookie: b=2\r\n'
		+ "Content-Security-Policy: default-src 'self'\r\nX-Mine: kept\r\nETag: \"1\"\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nX-Robots-Tag: noindex\r\nCross-Origin-Resource-Policy: same-origin\r\n"
		+ 'Cross-Origin-Opener-Policy: same-origin-allow-popups\r\nOrigin-Agent-Cluster: ?1\r\nPermissions-Policy: hid=(), payment=(), serial=(), usb=()\r\n'
		+ `Content-Security-Policy: frame-ancestors 'self' ${CONTROL}\r\nConnection: close\r\n\r\nhi`);
});

test('an answer that is none is 502', async () => {
	for (const answer of ['', 'x', '\0\x01\r\n\r\n', 'HTTP/1.1 200 OK\n\n', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx', 'HTTP/1.1 99 X\r\n\r\n', 'HTTP/1.1 2000 X\r\n\r\n',
		'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 'HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n', `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(70000)}\r\n\r\n`, 'HTTP/1.1 200 OK\r\n',
		'HTTP/1.1 100 Continue\r\n\r\n'.repeat(50), 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\n\r\n', 'ICY 200 OK\r\n\r\n', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n']) {
		const id = await running(answering(() => answer));
		assert.equal(status(await get(id)), 502, JSON.stringify(answer.slice(0, 60)));
		vanish(id);
	}
	const id = await running(answering(() => `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${ok('real')}HTTP/1.1 200 OK\r\n\r\nsmuggled`));
	assert.match(await get(id), /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nreal$/);
});

test('an app that ends just as somebody comes is asked once more, where that does no harm', async () => {
	let asked = 0;
	const id = await running((socket) => (++asked % 3 ? answering(() => '') : echo)(socket));
	assert.equal(status(await get(id)), 200);
	assert.equal(asked, 3);
	assert.equal(status(await ask(`POST / HTTP/1.1\r\nHost: ${hostOf(id)}\r\nContent-Length: 0\r\n\r\n`)), 502, 'a change is never sent twice');
	assert.equal(asked, 4);
});

test('a terminated app is revived by who opens it, though it answers still', async () => {
	const id = await running(echo);
	await sql(`UPDATE workspace SET terminated_at=1 WHERE id='${id}'; UPDATE sandbox SET want='asleep' WHERE workspace='${id}'`);
	assert.equal(status(await get(id)), 200);
	assert.equal(await sql(`SELECT terminated_at IS NULL FROM workspace WHERE id='${id}'`), '1');
	assert.equal(await sandbox(id, 'want'), 'awake');
});

test('pages of others change nothing and open no channel', async () => {
	const own = `http://${hostOf(echoId)}`;
	const post = (fields) => ask(`POST /x HTTP/1.1\r\nHost: ${hostOf(echoId)}\r\nContent-Length: 0\r\n${fields}\r\n`);
	for (const fields of ['', `Origin: ${own}\r\n`, `Origin: ${own}\r\nSec-Fetch-Site: same-origin\r\n`, 'Origin: null\r\nSec-Fetch-Site: same-origin\r\n', 'Sec-Fetch-Site: none\r\n'])
		assert.equal(status(await post(fields)), 200, fields);
	for (const fields of ['Origin: null\r\n', 'Origin: http://evil.example\r\n', `Origin: ${own}1\r\n`, `Origin: https://${hostOf(echoId)}\r\n`, `Origin: ${CONTROL}\r\n`, 'Sec-Fetch-Site: cross-site\r\n', 'Sec-Fetch-Site: same-site\r\n',
		`Origin: ${own}\r\nSec-Fetch-Site: cross-site\r\n`, `Origin: ${own}\r\nOrigin: ${own}\r\n`, `Origin: ${own} \r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Site: none\r\n`])
		assert.equal(status(await post(fields)), 403, fields);
	for (const fields of ['Origin: http://evil.example\r\n', 'Origin: null\r\n', 'Sec-Fetch-Site: cross-site\r\n', 'Origin: http://evil.example\r\nSec-WebSocket-Protocol: vite-ping\r\n'])
		assert.equal(status(await ask(upgrade(echoId, fields))), 403, fields);
	assert.equal(status(await get(echoId, '/', 'Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n')), 200, 'the control page embeds it');
});

// ---- bytes both ways

const counting = (socket) => {	// answers with the digest of the body it got
	let head = '', left = -1;
	const digest = crypto.createHash('sha256');
	socket.on('data', (part) => {
		if (left < 0) {
			head += part.toString('latin1');
			const end = head.indexOf('\r\n\r\n');
			if (end < 0)
				return;
			left = Number(/content-length: (\d+)/i.exec(head)[1]);
			part = Buffer.from(head.slice(end + 4), 'latin1');
		}
		digest.update(part);
		left -= part.length;
		if (left === 0)
			socket.end(ok(digest.digest('hex')));
	});
};

test('30 MB up, and down to a slow reader, are whole and held nowhere', async () => {
	const bytes = crypto.randomBytes(30 << 20);
	const sha = crypto.createHash('sha256').update(bytes).digest('hex');
	const up = await running(counting);
	const before = memoryKb();
	const sent = dial();
	sent.write(`PUT /x HTTP/1.1\r\nHost: ${hostOf(up)}\r\nContent-Length: ${bytes.length}\r\n\r\n`);
	sent.write(bytes);
	let got = '';
	await new Promise((resolve) => sent.on('data', (part) => { got += part; }).on('end', () => sent.end()).on('close', resolve));
	assert.equal(body(got), sha);
	const down = await running((s) => s.once('data', () => { s.write(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n\r\n`); s.end(bytes); }));
	const slow = dial();
	const digest = crypto.createHash('sha256');
	let head = true, count = 0;
	slow.write(`GET / HTTP/1.1\r\nHost: ${hostOf(down)}\r\n\r\n`);
	await new Promise((resolve) => {
		slow.on('data', (part) => {
			if (head)
				part = part.subarray(part.indexOf('\r\n\r\n') + 4), head = false;
			digest.update(part);
			count += part.length;
			if (count % 7 === 0) {
				slow.pause();
				setImmediate(() => slow.resume());
			}
		}).on('end', () => slow.end()).on('close', resolve);
	});
	assert.equal(count, bytes.length);
	assert.equal(digest.digest('hex'), sha);
	if (!/asan/.test(PROGRAM))
		assert.ok(memoryKb() - before < 1500, `${memoryKb() - before} KB more`);
});

test('an early answer to a long upload reaches the sender', async () => {
	const id = await running((s) => s.once('data', () => { s.end('HTTP/1.1 413 Too Much\r\nContent-Length: 4\r\n\r\nstop'); s.pause(); }));
	const socket = dial();
	let got = '';
	socket.write(`POST /x HTTP/1.1\r\nHost: ${hostOf(id)}\r\nContent-Length: 100000000\r\n\r\n`);
	const more = Buffer.alloc(1 << 16);
	const push = () => { while (!socket.destroyed && socket.writable && socket.write(more)); };
	socket.on('drain', push);
	push();
	await new Promise((resolve) => socket.on('data', (part) => { got += part; }).on('end', () => socket.destroy()).on('close', resolve));
	assert.match(got, /^HTTP\/1\.1 413 Too Much\r\n[^]*stop$/);
});

test('chunked bodies and answers without a length pass as they are', async () => {
	const seen = [];
	const id = await running((s) => s.on('data', (part) => { seen.push(part.toString()); if (seen.join('').endsWith('0\r\n\r\n')) s.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'); }));
	const reply = await ask(`POST /x HTTP/1.1\r\nHost: ${hostOf(id)}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`);
	assert.match(reply, /Transfer-Encoding: chunked\r\n[^]*\r\n\r\n3\r\nabc\r\n0\r\n\r\n$/);
	assert.match(seen.join(''), /Transfer-Encoding: chunked\r\nX-Request-Id: [a-z2-7]{12}\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/);
	const old = await running(answering(() => 'HTTP/1.0 200 OK\r\n\r\nuntil the end'));
	assert.match(await get(old), /\r\n\r\nuntil the end$/);
});

// A WebSocket's bytes are never looked at, so plain lines do.
const channel = (socket) => {
	let head = '';
	socket.on('data', (part) => {
		if (head === null)
			return socket.write(part);
		head += part.toString('latin1');
		if (!head.includes('\r\n\r\n'))
			return undefined;
		socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: x\r\nX-Head: ${Buffer.from(head).toString('base64')}\r\n\r\n`);
		head = null;
		return undefined;
	});
	socket.on('end', () => { socket.write('bye'); socket.end(); });
};
const channelId = await running(channel);
async function open(id, fields) {
	const socket = dial();
	socket.text = '';
	socket.on('data', (part) => { socket.text += part.toString('latin1'); });
	socket.ended = new Promise((resolve) => socket.on('end', resolve));
	socket.write(upgrade(id, fields));
	await eventually('the upgrade', () => socket.text.includes('\r\n\r\n'));
	return socket;
}

test('a WebSocket: handshake, bytes both ways, half-closes', async () => {
	const socket = await open(channelId, `Origin: http://${hostOf(channelId)}\r\nSec-WebSocket-Protocol: vite-hmr\r\nSec-WebSocket-Extensions: permessage-deflate\r\n`);
	assert.match(socket.text, /^HTTP\/1\.1 101 Switching Protocols\r\nSec-WebSocket-Protocol: x\r\nX-Head: \S+\r\nX-Request-Id: [a-z2-7]{12}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n$/);
	const head = Buffer.from(/X-Head: (\S+)/.exec(socket.text)[1], 'base64').toString();
	assert.match(head, /Sec-WebSocket-Extensions: permessage-deflate\r\nX-Request-Id: [a-z2-7]{12}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n$/);
	socket.text = '';
	for (let i = 0; i < 50; i++) {
		socket.write(`message ${i};`);
		await eventually('the echo', () => socket.text.endsWith(`message ${i};`));
	}
	socket.end('last;');
	await socket.ended;
	assert.ok(socket.text.endsWith('last;bye'), 'what follows the half-close was lost');
});

test('an upgrade that the app refuses is an ordinary answer', async () => {
	const reply = await ask(upgrade(echoId));
	assert.equal(status(reply), 200);
	assert.match(reply, /\r\nConnection: close\r\n\r\nGET /);
});

test('a side that does not read stops the other, and nothing is lost', async () => {
	const total = 20 << 20;
	let sent = 0, blocked;
	const id = await running((s) => s.once('data', () => {
		s.write('HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n');
		const more = () => { while (sent < total) { sent += 65536; if (!s.write(Buffer.alloc(65536, 1))) { blocked = sent; return; } } s.end(); };
		s.on('drain', more);
		more();
	}));
	const socket = dial();
	socket.write(upgrade(id));
	let got = 0;
	await new Promise((resolve) => socket.once('data', (part) => { got += part.length; socket.pause(); resolve(); }));
	await eventually('the app has to stop', async () => {
		const was = blocked;
		for (let i = 0; i < 20; i++)
			await get(echoId);
		return was > 0 && blocked === was;
	});
	assert.ok(blocked < 4 << 20, `${blocked} bytes went nowhere`);
	socket.on('data', (part) => { got += part.length; }).resume();
	await new Promise((resolve) => socket.on('end', resolve));
	assert.equal(got - '\r\n\r\n'.length > total, true);
	socket.destroy();
});

// ---- waking

test('a sleeping app is asked for once, and everybody who waits is served', async () => {
	const id = await workspace();
	const asked = Array.from({ length: 4 }, (_, i) => get(id, `/${i}`));
	const upload = ask(`POST /up HTTP/1.1\r\nHost: ${hostOf(id)}\r\nContent-Length: 5\r\n\r\nhello`);
	await eventually('it is wanted', async () => await sandbox(id, 'want') === 'awake');
	const seen = [];
	await sql(`UPDATE sandbox SET state='running' WHERE workspace='${id}'`);
	await appear(id, (s) => {
		let all = '';
		s.on('data', (part) => {
			all += part;
			const whole = all.startsWith('POST') ? all.endsWith('hello') : all.endsWith('\r\n\r\n');
			if (whole) {
				seen.push(all);
				s.end(ok(all));
			}
		});
	});
	for (const [i, reply] of (await Promise.all(asked)).entries())
		assert.match(body(reply), new RegExp(`^GET /${i} HTTP`));
	assert.match(body(await upload), /^POST \/up [^]*\r\n\r\nhello$/);
	assert.equal(seen.length, 5, 'each request arrived once');
});

test('an upgrade waits too', async () => {
	const id = await workspace();
	const socket = dial();
	let text = '';
	socket.on('data', (part) => { text += part; });
	socket.write(upgrade(id));
	await eventually('it is wanted', async () => await sandbox(id, 'want') === 'awake');
	await sql(`UPDATE sandbox SET state='running' WHERE workspace='${id}'`);
	await appear(id, channel);
	await eventually('it is upgraded', () => text.startsWith('HTTP/1.1 101'));
	socket.destroy();
});

test('a browser gets a page that comes back by itself; a program an answer at the end', async () => {
	const id = await workspace();
	const began = Date.now();
	const [page, program] = await Promise.all([get(id, '/', PAGE), get(id)]);
	assert.equal(status(page), 503);
	assert.match(page, /Retry-After: 1\r\n/);
	assert.match(page, /http-equiv="refresh" content="1"[^]*Tea &amp; timer is waking up/);
	assert.match(page, /frame-ancestors 'self' http:\/\/localhost:8080\r\n/);
	assert.equal(status(program), 503);
	assert.match(program, /Retry-After: \d+\r\n[^]*"detail":"[^"]+"/);
	assert.ok(Date.now() - began >= 2900, 'the program waited for as long as was set');
	assert.equal(status(await get(id, '/', PAGE)), 503, 'and one can try again');
});

test('its first version is not shown before it is in place', async () => {
	const id = await workspace({ state: 'provision' });
	await appear(id, echo);
	const asked = get(id);
	assert.equal(await Promise.race([asked, get(echoId).then(() => 'waits')]), 'waits');
	await sql(`UPDATE sandbox SET state='running' WHERE workspace='${id}'`);
	assert.equal(status(await asked), 200);
});

test('what cannot wake says why', async () => {
	const none = newId();
	assert.equal(status(await get(none)), 404);
	assert.match(await get(none, '/', PAGE), /^HTTP\/1\.1 404[^]*There is no app at this address/);
	const empty = await workspace({ version: false });
	assert.match(await get(empty, '/', PAGE), /^HTTP\/1\.1 404[^]*no version yet/);
	const failed = await workspace({ state: 'failed' });
	await sql(`UPDATE sandbox SET reason='It used <all> of its 512 MB.', want='asleep', ended_at=${Date.now()} WHERE workspace='${failed}'`);
	assert.match(await get(failed, '/', PAGE), /^HTTP\/1\.1 503[^]*It used &lt;all&gt; of its 512 MB\./);
	assert.equal(JSON.parse(body(await get(failed))).detail, 'It used <all> of its 512 MB.');
	await sql(`UPDATE sandbox SET ended_at=${Date.now() - 6000} WHERE workspace='${failed}'`);
	const again = get(failed);
	await eventually('an old failure is tried again', async () => await sandbox(failed, 'want') === 'awake');
	await sql(`UPDATE sandbox SET state='failed', want='asleep', reason='Again.', ended_at=${Date.now()} WHERE workspace='${failed}'`);
	assert.equal(JSON.parse(body(await again)).detail, 'Again.');
	const worn = await workspace({ state: 'failed' });
	await sql(`UPDATE sandbox SET want='asleep', ready_at=${Date.now() - 6000}, ended_at=${Date.now()} WHERE workspace='${worn}'`);
	const anew = get(worn);
	await eventually('what had run for a while is started at once', async () => await sandbox(worn, 'want') === 'awake');
	await sql(`UPDATE sandbox SET state='failed', want='asleep', reason='Worn out.', ended_at=${Date.now()} WHERE workspace='${worn}'`);
	assert.equal(JSON.parse(body(await anew)).detail, 'Worn out.');
	const gone = await workspace();
	const waiting = get(gone);
	await eventually('it is wanted', async () => await sandbox(gone, 'want') === 'awake');
	await sql(`PRAGMA foreign_keys=ON; DELETE FROM workspace WHERE id='${gone}'`);
	assert.equal(status(await waiting), 404, 'deleted meanwhile');
});

test('a stop that comes late does not undo the wish, and an open revives a terminated app', async () => {
	const id = await workspace();
	await sql(`UPDATE workspace SET terminated_at=5 WHERE id='${id}'`);
	const asked = get(id);
	await eventually('it is wanted', async () => await sandbox(id, 'want') === 'awake');
	assert.equal(await sql(`SELECT terminated_at IS NULL FROM workspace WHERE id='${id}'`), '1');
	await sql(`UPDATE sandbox SET state='absent', want='asleep', reason='Nobody used it.' WHERE workspace='${id}'`);
	await eventually('it is wanted again', async () => await sandbox(id, 'want') === 'awake');
	await sql(`UPDATE sandbox SET state='running' WHERE workspace='${id}'`);
	await appear(id, echo);
	assert.equal(status(await asked), 200);
});

test('a ping of Vite wakes nothing and is no use', async () => {
	const id = await workspace();
	assert.equal(status(await ask(upgrade(id, 'Sec-WebSocket-Protocol: vite-ping\r\n'))), 503);
	assert.equal(await sandbox(id, 'count(*)'), '0');
	const used = await running(echo);
	await sql(`UPDATE sandbox SET last_activity_at=NULL WHERE workspace='${used}'`);
	assert.equal(status(await ask(upgrade(used, 'Sec-WebSocket-Protocol: vite-ping\r\n'))), 200, 'awake, it answers');
	const other = await running(echo);
	await get(other);
	await eventually('a request is told to the store', async () => Number(await sandbox(other, 'last_activity_at')) > 0);
	assert.equal(await sandbox(used, 'coalesce(last_activity_at, 0)'), '0');
	assert.ok(Math.abs(Date.now() - Number(await sandbox(other, 'first_request_at'))) < 10000);
});

test('a new life of the sandbox is found, in a folder made anew', async () => {
	const id = await running(answering(() => ok('one')));
	assert.equal(body(await get(id)), 'one');
	vanish(id);
	await appear(id, answering(() => ok('two')));
	assert.equal(body(await get(id)), 'two');
});

test('a socket that is a link leads nowhere', async () => {
	const victim = await running(answering(() => ok('secret')));
	const ids = await Promise.all(Array.from({ length: 4 }, () => workspace({ state: 'running' })));
	for (const id of ids.slice(0, 3))
		folder(`${RUN}/sb/${id}`, GATE, 0o750);
	fs.symlinkSync(`../${victim}/app.sock`, `${RUN}/sb/${ids[0]}/app.sock`);
	fs.symlinkSync(`${RUN}/gate.sock`, `${RUN}/sb/${ids[1]}/app.sock`);
	run('mkfifo', ['-m', '666', `${RUN}/sb/${ids[2]}/app.sock`]);
	fs.symlinkSync(victim, `${RUN}/sb/${ids[3]}`);
	for (const reply of await Promise.all(ids.map((id) => get(id))))
		assert.equal(status(reply), 503);
});

// ---- notebooks: who is let in where

const hashOf = (token) => run('b2sum', ['-l', '256'], token).slice(0, 64);
const newToken = () => newId() + newId();
// With the three doors of a sandbox that runs, each of which says its own name and what it was asked.
async function notebook({ state = 'running', want = state === 'running' ? 'awake' : 'asleep', terminal = 0, serve } = {}) {
	const id = newId(), token = newToken();
	await sql(`INSERT INTO workspace (id, kind, title, owner, created_at, updated_at) VALUES ('${id}', 'notebook', 'Sea & ice', 'local', 1, 1);
		INSERT INTO notebook (workspace, token_hash, template, tier, has_terminal, disk_mb, disk_files) VALUES ('${id}', x'${hashOf(token)}', 't', 'own', ${terminal}, 64, 1000);
		INSERT INTO sandbox (workspace, state, want) VALUES ('${id}', '${state}', '${want}');`);
	if (state === 'running')
		await openDoors(id, serve);
	return { id, token };
}
async function openDoors(id, serve) {
	for (const door of ['app', 'run', 'tool'])
		await appear(id, serve ?? answering((head) => ok(`${door} ${head}`)), { door });
}
async function share(id, kind) {
	const token = newToken(), made = newId();
	await sql(`INSERT INTO share (id, workspace, kind, token_hash, created_at) VALUES ('${made}', '${id}', '${kind}', x'${hashOf(token)}', 1)`);
	return { id: made, token };
}
async function pass(id, kind, { share: of = null, ticket = 0, ms = 30000 } = {}) {
	const token = newToken();
	await sql(`INSERT INTO pass (token_hash, workspace, kind, share, is_ticket, expires_at)
		VALUES (x'${hashOf(token)}', '${id}', '${kind}', ${of ? `'${of}'` : 'NULL'}, ${ticket}, ${Date.now() + ms})`);
	return token;
}
const ticket = (id, kind, more = {}) => pass(id, kind, { ticket: 1, ...more });
const cookie = (token) => `Cookie: __Host-carrel=${token}\r\n`;
const bearer = (token) => `Authorization: Bearer ${token}\r\n`;
const tool = (token) => `X-Carrel-Ticket: ${token}\r\n`;
const field = (reply, name) => new RegExp(`^${name}: (.*)\r$`, 'mi').exec(reply.slice(0, reply.indexOf('\r\n\r\n') + 2))?.[1];
const given = (reply) => /^__Host-carrel=([a-z2-7]{52});/.exec(field(reply, 'Set-Cookie') ?? '')?.[1];
const post = (id, target, fields = '') => ask(`POST ${target} HTTP/1.1\r\nHost: ${hostOf(id)}\r\nContent-Length: 0\r\n${fields}\r\n`);
const ring = (id) => run('perl', ['-MSocket', '-e', `socket(S, AF_UNIX, SOCK_DGRAM, 0); send(S, $ARGV[0], 0, sockaddr_un($_)) for glob "${RUN}/bell/*"`, id]);
const passes = (id) => sql(`SELECT count(*) FROM pass WHERE workspace='${id}' AND is_ticket=0`);
// An open stream (or WebSocket); `endedAt` is when it did.
async function streaming(id, fields, target = '/sse?session_id=s_abcdef') {
	const socket = dial();
	socket.text = '';
	socket.on('data', (part) => { socket.text += part.toString('latin1'); });
	socket.on('end', () => { socket.endedAt = Date.now(); socket.destroy(); });
	socket.on('close', () => { socket.endedAt ??= Date.now(); });
	socket.write(`GET ${target} HTTP/1.1\r\nHost: ${hostOf(id)}\r\n${fields}\r\n`);
	await eventually('the stream is open', () => socket.text.includes('data: 1'));
	return socket;
}
const sse = (s) => s.once('data', () => s.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n'));

test('a notebook is closed to who has no pass', async () => {
	const { id } = await notebook();
	const program = await get(id);
	assert.equal(status(program), 401);
	assert.equal(field(program, 'WWW-Authenticate'), 'Bearer');
	assert.match(JSON.parse(body(program)).detail, /Authorization: Bearer/);
	const page = await get(id, '/?file=x', PAGE);
	assert.equal(status(page), 401);
	assert.match(page, /<form method="get">[^]*name="access_token"[^]*<button/);
	assert.match(field(page, 'Content-Security-Policy'), /form-action 'self'; frame-ancestors 'self' http:\/\/localhost:8080$/);
	assert.doesNotMatch(page, /Sea/, 'not even its title');
	for (const reply of [await post(id, '/api/kernel/run'), await get(id, '/health'), await ask(upgrade(id)), await get(id, '/', 'Authorization: Basic OnQ=\r\n')])
		assert.equal(status(reply), 401);
	const asleep = (await notebook({ state: 'hibernated' })).id;
	assert.equal(status(await get(asleep, '/', PAGE)), 401);
	assert.equal(await sandbox(asleep, 'want'), 'asleep', 'and none of them wakes it');
});

test('a token in the address becomes a cookie, and goes', async () => {
	const { id, token } = await notebook();
	const reply = await get(id, `/a%20b?x=%26&access_token=${token}&y`, PAGE);
	assert.equal(status(reply), 303);
	assert.equal(field(reply, 'Location'), '/a%20b?x=%26&y');
	assert.equal(field(reply, 'Cache-Control'), 'no-store');
	assert.match(field(reply, 'Set-Cookie'), /^__Host-carrel=[a-z2-7]{52}; Max-Age=2592000; Secure; HttpOnly; Path=\/; SameSite=Lax$/);
	const mine = given(reply);
	assert.notEqual(mine, token);
	assert.equal(body(await get(id, '/x', `${cookie(mine)}X-Request-Id: our-own-id\r\n`)), `app GET /x HTTP/1.1\r\nHost: ${hostOf(id)}\r\nX-Request-Id: our-own-id\r\nConnection: close\r\n\r\n`);
	assert.equal(await sql(`SELECT kind, share IS NULL, is_ticket, expires_at/86400000 - ${Math.floor(Date.now() / 86400000)} FROM pass WHERE workspace='${id}'`), 'edit|1|0|30');
	const framed = await get(id, `/?access_token=${token}`, 'Sec-Fetch-Dest: iframe\r\n');
	assert.match(field(framed, 'Set-Cookie'), /; Secure; HttpOnly; Path=\/; SameSite=None; Partitioned$/);
	assert.equal(field(framed, 'Location'), '/');
	assert.equal(await passes(id), '2');
	const again = await get(id, `/?access_token=${token}`, cookie(mine));
	assert.deepEqual([status(again), field(again, 'Set-Cookie'), await passes(id)], [303, undefined, '2'], 'who has it needs no second');
	const head = await ask(`HEAD /?access_token=${token} HTTP/1.1\r\nHost: ${hostOf(id)}\r\n\r\n`);
	assert.equal(status(head), 303);
	for (const target of [`/?access_token=${token}&access_token=${token}`, `/?access%5ftoken=${token}`, `/?ticket=x&access_token=${token}`, `//evil.example/?access_token=${token}`])
		assert.equal(status(await get(id, target, cookie(mine))), 400, target);
	assert.equal(status(await post(id, `/?access_token=${token}`, cookie(mine))), 400, 'only to open it');
	assert.equal(status(await ask(upgrade(id, cookie(mine)).replace('token=t', `access_token=${token}`))), 400);
	const form = `access_token=${token}`;
	assert.equal(status(await ask(`POST / HTTP/1.1\r\nHost: ${hostOf(id)}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n${form}`)), 401, 'a body is not looked at');
});

test('each kind of link opens its own door', async () => {
	const { id } = await notebook();
	const kinds = Object.fromEntries(await Promise.all(['edit', 'app', 'view'].map(async (kind) => [kind, await share(id, kind)])));
	for (const [kind, door] of [['edit', 'app'], ['app', 'run']]) {
		const reply = await get(id, `/?access_token=${kinds[kind].token}`);
		assert.match(body(await get(id, '/', cookie(given(reply)))), new RegExp(`^${door} `));
		assert.match(body(await get(id, '/', bearer(kinds[kind].token))), new RegExp(`^${door} `));
		assert.equal(await sql(`SELECT share FROM pass WHERE workspace='${id}' AND kind='${kind}'`), kinds[kind].id);
	}
	assert.equal(status(await get(id, `/?access_token=${kinds.view.token}`)), 401);
	assert.equal(status(await get(id, '/', bearer(kinds.view.token))), 401);
	const viewer = bearer(kinds.app.token);
	assert.equal(status(await post(id, '/api/kernel/run', viewer)), 403);
	assert.equal(status(await post(id, '/api/kernel/set_ui_element_value', viewer)), 200);
	assert.match(body(await post(id, '/api/kernel/run', bearer(kinds.edit.token))), /^app POST/);
});

test('tickets are used once, where they belong, in time', async () => {
	const { id } = await notebook(), other = await notebook();
	const t = await ticket(id, 'edit');
	assert.equal(status(await get(other.id, `/?ticket=${t}`)), 401);
	const first = await get(id, `/?ticket=${t}`, 'Sec-Fetch-Dest: iframe\r\n');
	assert.equal(status(first), 303);
	assert.match(field(first, 'Set-Cookie'), /Partitioned$/);
	assert.equal(status(await get(id, `/?ticket=${t}`)), 401, 'a second time');
	const back = await get(id, `/?ticket=${t}&a`, cookie(given(first)));
	assert.deepEqual([status(back), field(back, 'Location'), field(back, 'Set-Cookie')], [303, '/?a', undefined], 'who is in already goes on');
	assert.equal(status(await get(id, `/?ticket=${await ticket(id, 'edit', { ms: -1000 })}`)), 401, 'too late');
	const link = await share(id, 'app');
	const viewer = await get(id, `/?ticket=${await ticket(id, 'app', { share: link.id })}`);
	assert.match(body(await get(id, '/', cookie(given(viewer)))), /^run /);
	const run = await ticket(id, 'tool');
	const did = await post(id, '/run', tool(run));
	assert.match(body(did), /^tool POST \/run/);
	assert.doesNotMatch(did, /ticket/i, 'it goes no further');
	assert.equal(status(await post(id, '/run', tool(run))), 401);
	assert.equal(status(await get(id, `/?ticket=${await ticket(id, 'tool')}`)), 401, 'not by the address');
	assert.equal(status(await post(id, '/run', tool(await ticket(other.id, 'tool')))), 401);
	assert.equal(status(await post(other.id, '/run', tool(await ticket(other.id, 'edit')))), 401, 'not of another kind');
	assert.equal(status(await post(other.id, '/run', tool(await ticket(other.id, 'tool')).repeat(2))), 401);
	assert.equal(status(await post(other.id, '/run', cookie(await ticket(other.id, 'edit')))), 401, 'nor as a cookie');
});

test('cookies, in every spelling', async () => {
	const { id } = await notebook(), other = await notebook();
	const edit = await pass(id, 'edit'), app = await pass(id, 'app'), foreign = await pass(other.id, 'edit'), old = await pass(id, 'edit', { ms: -1 });
	for (const [door, fields] of [
		['app', `Cookie: a=b; __Host-carrel=${edit};c=d\r\n`], ['run', cookie(app)], ['app', cookie(app) + cookie(edit)], ['app', `Cookie: __Host-carrel=${edit}; __Host-carrel=${app}\r\n`],
		['run', cookie(foreign) + cookie(app)], ['run', `Cookie: __Host-carrel=x; __Host-carrel=${app}\r\n`], ['app', cookie(newToken()) + cookie(edit)]]) {
		const reply = await get(id, '/', fields);
		assert.match(body(reply), new RegExp(`^${door} `), fields);
		assert.doesNotMatch(body(reply), /carrel/, 'and it stays outside');
	}
	for (const fields of [cookie(foreign), cookie(old), cookie(newToken()), `Cookie: carrel=${edit}\r\n`, `Cookie: __host-carrel=${edit}\r\n`, `Cookie: __Host-carrel="${edit}"\r\n`, `Cookie: __Host-carrel=${edit.toUpperCase()}\r\n`,
		`Cookie: __Host-carrel = ${edit}\r\n`, `Cookie: x=__Host-carrel=${edit}\r\n`, `X-Cookie: __Host-carrel=${edit}\r\n`, `Cookie: __Host-carrel=${edit}a\r\n`])
		assert.equal(status(await get(id, '/', fields)), 401, fields);
});

test('a bearer token is a pass, and decides alone', async () => {
	const { id, token } = await notebook(), other = await notebook();
	const mine = await pass(id, 'edit');
	assert.match(body(await get(id, '/x', bearer(token))), /^app GET \/x HTTP\/1\.1\r\nHost: [^\r]*\r\nX-Request-Id: [a-z2-7]{12}\r\nConnection: close\r\n\r\n$/);
	assert.match(body(await ask(upgrade(id, bearer(token)))), /^app GET/);
	for (const fields of [bearer(other.token), bearer(mine), bearer(token) + bearer(token), bearer(newToken()) + cookie(mine)])
		assert.equal(status(await get(id, '/', fields)), 401, fields);
	assert.equal(await passes(id), '1', 'no cookie is made of it');
});

test('a flood of wrong tokens is stopped, and keeps nobody out who is in', async () => {
	const { id, token } = await notebook();
	const mine = await pass(id, 'edit');
	const replies = await Promise.all(Array.from({ length: 20 }, (_, i) => get(id, i % 2 ? `/?access_token=${newToken()}` : '/', i % 2 ? '' : bearer(newToken()))));
	assert.equal(replies.filter((r) => status(r) === 401).length, LIMITS.wrong_tokens);
	const late = replies.find((r) => status(r) === 429);
	assert.match(late, /Retry-After: \d+\r\n[^]*"detail":"Too many wrong tokens/);
	assert.equal(status(await get(id, '/', bearer(token))), 429, 'no token is looked at');
	assert.equal(status(await get(id, '/', cookie(mine))), 200);
	assert.equal(field(await get(id, `/?access_token=${token}&x`, cookie(mine)), 'Location'), '/?x');
	assert.equal(status(await get(id, `/?ticket=${await ticket(id, 'edit')}`)), 303);
	assert.equal(status(await post(id, '/run', tool(await ticket(id, 'tool')))), 200);
	const other = await notebook();
	assert.equal(status(await get(other.id, '/', bearer(other.token))), 200, 'others are not touched');
});

test('who has no pass any more is cut, also from an open stream', async () => {
	const { id, token } = await notebook({ serve: (s) => sse(s).on('end', () => s.end()) });
	const link = await share(id, 'edit');
	const reply = await get(id, `/?access_token=${link.token}`);
	const owner = await streaming(id, cookie(await pass(id, 'edit')));
	const byLink = [await streaming(id, cookie(given(reply))), await streaming(id, bearer(link.token)), await streaming(id, cookie(given(reply)), '/ws')];
	ring(id);
	await get(echoId);
	assert.ok(byLink.every((s) => !s.endedAt), 'a ring alone does nothing');
	await sql(`PRAGMA foreign_keys=ON; DELETE FROM share WHERE id='${link.id}'`);
	const began = Date.now();
	ring(id);
	await eventually('the streams end', () => byLink.every((s) => s.endedAt));
	assert.ok(Math.max(...byLink.map((s) => s.endedAt)) - began < 1500, 'at once');
	assert.equal(status(await get(id, '/', cookie(given(reply)))), 401);
	assert.ok(!owner.endedAt, 'the owner stays');
	const program = await streaming(id, bearer(token));
	await sql(`UPDATE notebook SET token_hash=x'${hashOf(newToken())}' WHERE workspace='${id}'; DELETE FROM pass WHERE workspace='${id}' AND share IS NULL`);
	assert.equal(status(await get(id, `/?access_token=${token}`)), 401, 'even before anybody has rung');
	await eventually('a lost ring is made up for', () => owner.endedAt && program.endedAt);
});

test('an expired pass ends what it opened, and so does a terminal that is closed', async () => {
	const { id, token } = await notebook({ terminal: 1, serve: (s) => sse(s).on('end', () => s.end()) });
	const short = await streaming(id, cookie(await pass(id, 'edit', { ms: 1500 })));
	const shell = await streaming(id, bearer(token), '/terminal/ws');
	const stream = await streaming(id, bearer(token));
	const viewer = bearer((await share(id, 'app')).token);
	assert.equal(status(await get(id, '/terminal/ws', viewer)), 403);
	assert.equal(status(await get(id, '/lsp/pylsp', viewer)), 403);
	await eventually('it ends with its pass', () => short.endedAt);
	await sql(`UPDATE notebook SET has_terminal=0 WHERE workspace='${id}'`);
	ring(id);
	await eventually('the terminal ends', () => shell.endedAt);
	assert.ok(!stream.endedAt);
	assert.equal(status(await get(id, '/%74erminal/ws', bearer(token))), 403);
	stream.destroy();
	const gone = await notebook({ serve: (s) => sse(s).on('end', () => s.end()) });
	const last = await streaming(gone.id, bearer(gone.token));
	await sql(`PRAGMA foreign_keys=ON; DELETE FROM workspace WHERE id='${gone.id}'`);
	ring(gone.id);
	await eventually('a deleted notebook lets everybody go', () => last.endedAt);
	assert.equal(status(await get(gone.id)), 404);
});

test('closed addresses of a notebook', async () => {
	const { id, token } = await notebook();
	for (const target of ['/terminal/ws', '/lsp/x', '/auth/token', '/auth/login', '/api/kernel/shutdown', '/api//kernel/%73hutdown', '/mcp/server', '/mcp', '/@fs/x'])
		assert.equal(status(await get(id, target, bearer(token))), 403, target);
	for (const target of ['/__carrel/marimo/index.js', '/api/marimo/v1/x'])
		assert.equal(status(await get(id, target, bearer(token))), 404, target);
	for (const target of ['/api/kernel/restart_session', '/@file/12-x', '/api/home/shutdown_session', '/api/files/list_files'])
		assert.equal(status(await post(id, target, bearer(token))), 200, target);
	for (const target of ['/lsp/x', '/auth/login', '/mcp', `/?ticket=${newToken()}&access_token=x`])
		assert.equal(status(await get(echoId, target)), 200, `an app's own: ${target}`);
});

// ---- notebooks: waking, and what must not wake

const QUIET = ['/health', '/healthz', '/sse?session_id=s_a', '/api/status', '/api/status/connections', '/api/usage', '/api/version', '/api/kernel/status', '/api/sessions', '/api/lsp/health'];

test('polling wakes no notebook and is no use', async () => {
	const { id, token } = await notebook({ state: 'hibernated' });
	for (const reply of [...await Promise.all(QUIET.map((target) => get(id, target, bearer(token)))), await ask(upgrade(id, bearer(token)).replace('/?token=t', '/ws?session_id=s_a')),
		await post(id, '/api/home/running_notebooks', bearer(token)), await get(id, '/status', tool(await ticket(id, 'tool')))]) {
		assert.equal(status(reply), 503);
		assert.match(reply, /Retry-After: \d+\r\n[^]*"detail":"The notebook is asleep/);
	}
	assert.equal(await sandbox(id, 'want'), 'asleep');
	const awake = await notebook(), used = await notebook();
	for (const target of QUIET)
		assert.equal(status(await get(awake.id, target, bearer(awake.token))), 200);
	const stream = await notebook({ serve: (s) => sse(s).on('end', () => s.end()) });
	const open = await streaming(stream.id, bearer(stream.token));
	await post(used.id, '/api/kernel/run', bearer(used.token));
	await eventually('a request of a person is told to the store', async () => Number(await sandbox(used.id, 'last_activity_at')) > 0);
	for (const quiet of [awake, stream])
		assert.equal(await sandbox(quiet.id, 'coalesce(last_activity_at, 0)'), '0');
	open.destroy();
});

test('opening, posting and tool tickets wake a notebook; polling then waits along', async () => {
	for (const wake of [(n) => get(n.id, '/', PAGE + bearer(n.token)), (n) => post(n.id, '/api/kernel/run', bearer(n.token)), async (n) => post(n.id, '/run', tool(await ticket(n.id, 'tool'))),
		async (n) => get(n.id, '/', bearer((await share(n.id, 'app')).token))]) {
		const n = await notebook({ state: 'hibernated' });
		const asked = wake(n);
		await eventually('it is wanted', async () => await sandbox(n.id, 'want') === 'awake');
		const poll = get(n.id, '/health', bearer(n.token));
		await sql(`UPDATE sandbox SET state='running' WHERE workspace='${n.id}'`);
		await openDoors(n.id);
		assert.ok([200, 503].includes(status(await asked)));
		assert.equal(status(await poll), 200);
	}
	const slow = await notebook({ state: 'hibernated' });
	const page = await get(slow.id, '/', PAGE + bearer(slow.token));
	assert.match(page, /^HTTP\/1\.1 503[^]*Sea &amp; ice is waking up/);
	const failed = await notebook({ state: 'failed' });
	await sql(`UPDATE sandbox SET ended_at=${Date.now()} WHERE workspace='${failed.id}'`);
	assert.match(await get(failed.id, '/', PAGE + bearer(failed.token)), /This notebook could not be started/);
});

test('while a sandbox is saved, requests wait and are delivered once', async () => {
	const { id, token } = await notebook();
	assert.equal(status(await get(id, '/', bearer(token))), 200);
	vanish(id);
	const seen = [];
	const asked = [get(id, '/a', bearer(token)), get(id, '/sse', bearer(token)), post(id, '/api/kernel/run', bearer(token)), get(id, '/', PAGE + bearer(token))];
	await get(echoId);
	await openDoors(id, answering((head) => { seen.push(head.split(' ')[1]); return ok('back'); }));
	for (const reply of await Promise.all(asked))
		assert.equal(body(reply), 'back');
	assert.deepEqual(seen.sort(), ['/', '/a', '/api/kernel/run', '/sse'].sort());
});

test('a notebook on its way to sleep takes nothing new, and wakes after it', async () => {
	const seen = [];
	const { id, token } = await notebook({ serve: answering((head) => { seen.push(head); return ok('old'); }) });
	await sql(`UPDATE sandbox SET want='asleep' WHERE workspace='${id}'`);
	ring(id);
	assert.equal(status(await get(id, '/sse', bearer(token))), 503);
	vanish(id);
	const asked = post(id, '/api/kernel/run', bearer(token));
	await eventually('it is wanted', async () => await sandbox(id, 'want') === 'awake');
	await sql(`UPDATE sandbox SET state='hibernated', want='asleep' WHERE workspace='${id}'`);
	await eventually('it is wanted again', async () => await sandbox(id, 'want') === 'awake');
	await sql(`UPDATE sandbox SET state='running' WHERE workspace='${id}'`);
	await openDoors(id, answering(() => ok('new')));
	assert.equal(body(await asked), 'new');
	assert.equal(seen.length, 0);
});

test('what is cut without an answer: reading is asked again, a change is owned up to', async () => {
	const { id, token } = await notebook({ serve: answering(() => '') });
	const lost = await post(id, '/api/kernel/run', bearer(token));
	assert.equal(status(lost), 502);
	assert.match(JSON.parse(body(lost)).detail, /^The notebook ended the connection without an answer\. Whether it did/);
	const reading = get(id, '/x', bearer(token));
	vanish(id);
	await openDoors(id);
	assert.match(body(await reading), /^app GET \/x/);
});

// ---- limits

test('each limit has its answer', async () => {
	assert.equal(status(await ask('GET / HTTP/1.1\r\nHost: ')), 408);
	const silent = await running(() => {});
	const late = await get(silent);
	assert.equal(status(late), 504);
	assert.match(late, /did not answer in time/);
	const asleep = await workspace();
	const waiting = Array.from({ length: LIMITS.app_waiting }, () => get(asleep));
	await eventually('it is wanted', async () => await sandbox(asleep, 'want') === 'awake');
	assert.equal(status(await get(asleep)), 503);
	await Promise.all(waiting);
	const open40 = await Promise.all(Array.from({ length: LIMITS.app_connections }, () => open(channelId)));
	assert.match(await get(channelId), /^HTTP\/1\.1 503[^]*too many connections/);
	assert.equal(status(await get(echoId)), 200, 'others are not touched');
	open40.forEach((socket) => socket.destroy());
	await eventually('they are free again', async () => (await open(channelId)).destroy().text.startsWith('HTTP/1.1 101'));
});

test('a socket with no room is tried for a while', async () => {
	const id = await workspace({ state: 'running' });
	const path = `${RUN}/sb/${id}/app.sock`;
	folder(`${RUN}/sb/${id}`, GATE, 0o750);
	// listen(0) and never accept: the second connection finds the queue full.
	const deaf = spawn('perl', ['-MSocket', '-e', `$| = 1; socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un("${path}")); listen(S, 0); chmod 0666, "${path}"; print "x"; <STDIN>`], { stdio: ['pipe', 'pipe', 'inherit'] });
	await new Promise((resolve) => deaf.stdout.once('data', resolve));
	const replies = await Promise.all([1, 2, 3, 4].map(() => get(id)));
	assert.ok(replies.some((r) => status(r) === 503 && /takes no new connections/.test(r)), replies.join('\n'));
	assert.ok(replies.every((r) => [503, 504].includes(status(r))));
	deaf.stdin.end();
});

test('who goes away leaves nothing behind', async () => {
	const id = await workspace();
	for (let i = 0; i < 20; i++) {
		const socket = dial();
		socket.write(`GET / HTTP/1.1\r\nHost: ${hostOf(i % 2 ? id : channelId)}\r\n${i % 3 ? '' : 'X: y'}${i % 3 === 1 ? '\r\n' : ''}`);
		await new Promise((resolve) => setImmediate(resolve));
		socket.destroy();
	}
	let gone = false;
	const stream = await running((s) => s.once('data', () => s.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n')).on('close', () => { gone = true; }).on('end', () => s.end()));
	const socket = dial();
	socket.write(`GET / HTTP/1.1\r\nHost: ${hostOf(stream)}\r\n\r\n`);
	await new Promise((resolve) => socket.once('data', resolve));
	socket.destroy();
	await eventually('the app learns of it', () => gone);
	await eventually('every descriptor is closed', () => fds() <= idleFds + 2, 15000);
});

test('a thousand idle WebSockets cost less than 10 MB', async () => {
	const before = memoryKb();
	const ids = await Promise.all(Array.from({ length: 25 }, () => running(channel)));
	const sockets = [];
	for (const id of ids)
		sockets.push(...await Promise.all(Array.from({ length: LIMITS.app_connections }, () => open(id))));
	assert.equal(sockets.length, 1000);
	const cost = memoryKb() - before;
	if (!/asan/.test(PROGRAM))
		assert.ok(cost < 10240, `${cost} KB`);
	console.error(`# 1000 idle WebSockets: ${cost} KB`);
	sockets.forEach((socket) => { socket.text = ''; socket.write('x'); });
	await eventually('each still answers', () => sockets.every((socket) => socket.text === 'x'));
	sockets.forEach((socket) => socket.destroy());
	ids.forEach(vanish);
	await eventually('every descriptor is closed', () => fds() <= idleFds + 2, 15000);
});

test('what comes at once is served at once', async () => {
	const ids = await Promise.all(Array.from({ length: 8 }, (_, i) => running(answering(() => ok(`app ${i}`)))));
	const replies = await Promise.all(Array.from({ length: 8 * LIMITS.app_connections }, (_, i) => get(ids[i % 8])));
	replies.forEach((reply, i) => assert.equal(body(reply), `app ${i % 8}`));
	ids.forEach(vanish);
});

test('rubbish does not stop it', async () => {
	const seed = `GET /a?b HTTP/1.1\r\nHost: ${hostOf(echoId)}\r\nContent-Length: 3\r\nCookie: a=b; carrel=c\r\nConnection: close\r\n\r\nabc`;
	for (let round = 0; round < 3; round++) {
		await Promise.all(Array.from({ length: 200 }, () => {
			const bytes = Buffer.from(seed);
			for (let k = crypto.randomInt(1, 6); k > 0; k--)
				bytes[crypto.randomInt(bytes.length)] = crypto.randomInt(256);
			return ask(bytes.subarray(0, crypto.randomInt(1, bytes.length + 1)).toString('latin1'));
		}));
	}
	assert.equal(status(await get(echoId)), 200);
});

test('told to stop, it finishes what runs and refuses nobody', async () => {
	const id = await running((s) => s.once('data', () => { s.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfirst'); s.finish = () => s.end('last'); held.push(s); }));
	const held = [];
	const reply = get(id);
	await eventually('it is under way', () => held.length === 1);
	gate.kill('SIGTERM');
	const queued = dial();
	held[0].finish();
	assert.match(await reply, /firstlast$/);
	assert.deepEqual(await gate.ended, { code: 0, signal: null });
	queued.destroy();
	fs.rmSync(`${RUN}/alive/gate`);
	gate = await startGate();
	assert.equal(status(await get(echoId)), 200);
});

test('who waits for a sleeping app when the gate is to stop is asked to come back', async () => {
	const id = await workspace();
	const program = get(id, '/data'), browser = ask(`GET / HTTP/1.1\r\nHost: ${hostOf(id)}\r\nAccept: text/html\r\nSec-Fetch-Mode: navigate\r\n\r\n`);
	await eventually('it is wanted', async () => await sandbox(id, 'want') === 'awake');
	gate.kill('SIGTERM');
	for (const reply of await Promise.all([program, browser])) {
		assert.equal(status(reply), 503);
		assert.match(reply, /\r\nRetry-After: 1\r\n/);
	}
	assert.deepEqual(await gate.ended, { code: 0, signal: null });
	fs.rmSync(`${RUN}/alive/gate`);
	gate = await startGate();
});
