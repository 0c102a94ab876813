// Bad input: each kind has its clear error, nothing changes, and no worker dies of it.
import assert from 'node:assert/strict';
import net from 'node:net';
import path from 'node:path';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, raw, start } from '../lib/carrel.mjs';
import { statusOf } from '../lib/http.mjs';
import { assertError, assertHtml, assertJson, HTML } from '../lib/say.mjs';

const models = await startModels();
const carrel = await start({ env: { ...anthropicEnv(models), ADMIN_SECRET: 'open sesame' } });
after(async () => { await carrel.remove(); await models.stop(); });

const id = await carrel.make('Steady [[text:Steady]]');
const workers = () => carrel.note().filter((p) => /\.fcgi$/.test(path.basename(p.command[0] ?? ''))
	|| ['gate', 'keep', 'author', 'launch', 'carreld', 'lighttpd', 'apache2'].includes(p.name)).map((p) => `${p.name}/${p.pid}`).sort();
const crew = workers();
assert.ok(crew.some((w) => w.includes('fcgi')), `no plugin among ${crew.join(' ')}`);
const before = { apps: (await carrel.get('/api/apps')).text, history: (await carrel.get(`/api/app/${id}/history`)).text };

const send = (url, body, type = 'application/json', method = 'POST', headers = {}) =>
	carrel.get(url, { method, body, headers: { 'content-type': type, ...headers } });
const bytes = (...parts) => Buffer.concat(parts.map((p) => typeof p === 'string' ? Buffer.from(p) : Buffer.from(p)));

const long = 'x'.repeat(20001);
const deep = (n) => `${'['.repeat(n)}${']'.repeat(n)}`;
// what, body, statuses, field
const BODIES = [
	['nothing', '', [400]],
	['white space', ' \n', [400]],
	['half an object', '{"prompt":', [400]],
	['a list', '["prompt"]', [400]],
	['a text', '"prompt"', [400]],
	['null', 'null', [400]],
	['trailing text', '{"prompt":"x"} y', [400]],
	['two objects', '{"prompt":"x"}{"prompt":"x"}', [400]],
	['a trailing comma', '{"prompt":"x",}', [400]],
	['a comment', '{"prompt":"x"/*c*/}', [400]],
	['single quotes', "{'prompt':'x'}", [400]],
	['NaN', '{"prompt":NaN}', [400]],
	['a byte order mark', '\ufeff{"prompt":"x"}', [400]],
	['UTF-16', Buffer.from('{"prompt":"x"}', 'utf16le'), [400]],
	['no field', '{}', [400], 'prompt'],
	['an empty prompt', '{"prompt":""}', [400], 'prompt'],
	['an over-long prompt', JSON.stringify({ prompt: long }), [400, 413], 'prompt'],
	['a number', '{"prompt":5}', [400], 'prompt'],
	['a truth', '{"prompt":true}', [400], 'prompt'],
	['null inside', '{"prompt":null}', [400], 'prompt'],
	['a list inside', '{"prompt":["x"]}', [400], 'prompt'],
	['an object inside', '{"prompt":{"a":1}}', [400], 'prompt'],
	['an unknown field', '{"prompt":"x","colour":"red"}', [400], 'colour'],
	['__proto__', '{"prompt":"x","__proto__":{}}', [400], '__proto__'],
	['a field in capitals', '{"Prompt":"x"}', [400]],
	['a repeated field', '{"prompt":"x","prompt":"y"}', [400], 'prompt'],
	['a repeat in disguise', '{"prompt":"x","\\u0070rompt":"y"}', [400], 'prompt'],
	['a user_id that is a number', '{"prompt":"x","user_id":5}', [400], 'user_id'],
	['an over-long user_id', JSON.stringify({ prompt: 'x', user_id: long }), [400, 413], 'user_id'],
	['an escaped NUL', '{"prompt":"a\\u0000b"}', [400]],
	['a NUL', '{"prompt":"a\0b"}', [400]],
	['a raw line feed', '{"prompt":"a\nb"}', [400]],
	['a lone surrogate', '{"prompt":"\\ud800"}', [400]],
	['surrogates the wrong way', '{"prompt":"\\udc00\\ud800"}', [400]],
	['a bad escape', '{"prompt":"\\x41"}', [400]],
	['a bare 0xff', bytes('{"prompt":"', [0xff], '"}'), [400]],
	['an over-long form', bytes('{"prompt":"', [0xc0, 0xaf], '"}'), [400]],
	['a UTF-8 surrogate', bytes('{"prompt":"', [0xed, 0xa0, 0x80], '"}'), [400]],
	['beyond Unicode', bytes('{"prompt":"', [0xf4, 0x90, 0x80, 0x80], '"}'), [400]],
	['a cut character', bytes('{"prompt":"', [0xe8, 0x8c], '"}'), [400]],
	['a deep list', deep(10000), [400]],
	['a deep field', `{"prompt":${deep(100000)}}`, [400, 413]],
	['ten thousand fields', `{${Array.from({ length: 10000 }, (_, i) => `"f${i}":1`).join(',')}}`, [400, 413]],
	['an endless number', `{"prompt":${'9'.repeat(100000)}}`, [400, 413]],
];
for (const [what, body, statuses, field] of BODIES)
	test(`create refuses ${what}`, async () => {
		assertError(await send('/api/create', body), statuses, { field, what });
	});

const FORMS = [
	['no field', '', [400]],
	['an unknown field', 'prompt=x&colour=red', [400]],
	['a repeated field', 'prompt=x&prompt=y', [400]],
	['a NUL', 'prompt=a%00b', [400]],
	['invalid UTF-8', 'prompt=%ff', [400]],
	['a broken escape', 'prompt=%zz', [400]],
	['a cut escape', 'prompt=%4', [400]],
	['over-long text', `prompt=${long}`, [400, 413]],
];
for (const [what, body, statuses] of FORMS)
	test(`a form with ${what} is refused`, async () => {
		assertError(await send('/api/create', body, 'application/x-www-form-urlencoded', 'POST', { accept: 'application/json' }), statuses, { what });
		const page = await send('/api/create', body, 'application/x-www-form-urlencoded', 'POST', HTML);
		assert.ok(statuses.includes(page.status), `as a page: ${page.status}`);
		assertHtml(page, page.status);
	});

const part = (name, value, more = '') => `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
const MULTIPART = [
	['no boundary', part('prompt', 'x'), 'multipart/form-data'],
	['no end', part('prompt', 'x'), 'multipart/form-data; boundary=b'],
	['an unknown part', `${part('prompt', 'x')}${part('other', 'x')}--b--\r\n`, 'multipart/form-data; boundary=b'],
	['a repeated part', `${part('prompt', 'x')}${part('prompt', 'y')}--b--\r\n`, 'multipart/form-data; boundary=b'],
	['a nameless part', '--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n', 'multipart/form-data; boundary=b'],
	['endless part headers', `--b\r\nX: ${'y'.repeat(100000)}\r\n\r\nx\r\n--b--\r\n`, 'multipart/form-data; boundary=b'],
	['an endless boundary', part('prompt', 'x'), `multipart/form-data; boundary=${'b'.repeat(4000)}`],
	['ten thousand parts', `${part('prompt', 'x').repeat(10000)}--b--\r\n`, 'multipart/form-data; boundary=b'],
	['a picture that is none', `${part('prompt', 'x')}--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\nContent-Type: image/png\r\n\r\nGIF?\r\n--b--\r\n`,
		'multipart/form-data; boundary=b'],
	['a drawing with scripts', `${part('prompt', 'x')}--b\r\nContent-Disposition: form-data; name="image"; filename="a.svg"\r\nContent-Type: image/svg+xml\r\n\r\n<svg/>\r\n--b--\r\n`,
		'multipart/form-data; boundary=b'],
];
for (const [what, body, type] of MULTIPART)
	test(`multipart with ${what} is refused`, async () => {
		assertError(await send('/api/create', body, type, 'POST', { accept: 'application/json' }), [400, 413, 415], { what });
	});

test('a picture over 5 MB is refused', async () => {
	const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(5 * 1024 * 1024 + 1)]);
	const body = bytes(part('prompt', 'x'), '--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n',
		png, '\r\n--b--\r\n');
	assertError(await send('/api/create', body, 'multipart/form-data; boundary=b', 'POST', { accept: 'application/json' }), [400, 413]);
});

test('only JSON and forms are understood', async () => {
	for (const type of ['text/plain', 'text/html', 'application/xml', 'application/jsonp', 'application/x-ndjson', 'json', '', ';', 'application/json/x',
		'text/plain; application/json'])
		assertError(await send('/api/create', '{"prompt":"x"}', type), 415, { what: JSON.stringify(type) });
	assertError(await carrel.get('/api/create', { method: 'POST', body: '{"prompt":"x"}', headers: { 'content-type': null } }), 415);
	assertError(await send('/api/create', '{"prompt":""}', 'application/json; charset=utf-8'), 400, { field: 'prompt' });
	assertError(await send('/api/create', '{"prompt":""}', 'Application/JSON'), 400, { field: 'prompt' });
});

test('every other field is judged, too', async () => {
	const at = `/api/app/${id}`;
	const cases = [
		[`${at}/write`, '{}', 400, 'text'], [`${at}/write`, '{"text":""}', 400, 'text'], [`${at}/write`, '{"text":1}', 400, 'text'],
		[`${at}/write`, JSON.stringify({ text: long }), [400, 413], 'text'], [`${at}/write`, '{"prompt":"x"}', 400],
		[`${at}/restore`, '{"version":0}', [400, 404]], [`${at}/restore`, '{"version":-1}', [400, 404]],
		[`${at}/restore`, '{"version":1.5}', 400, 'version'], [`${at}/restore`, '{"version":1e300}', [400, 404]],
		[`${at}/restore`, '{"version":[1]}', 400, 'version'], [`${at}/restore`, '{"version":"1"}', 400, 'version'],
		[`${at}/cancel`, '{"x":1}', 400, 'x'], [`${at}/duplicate`, '{"x":1}', 400, 'x'],
		[`${at}/terminate`, '{"admin_secret":1}', 400, 'admin_secret'], [`${at}/terminate`, '{"admin_secret":"x","y":1}', 400, 'y'],
		['/api/admin/terminate-all', '{"admin_secret":[]}', 400, 'admin_secret'],
	];
	for (const [url, body, status, field] of cases)
		assertError(await send(url, body), status, { field, what: `${url} ${body.slice(0, 40)}` });
});

test('a wrong method is 405 and says which are right', async () => {
	const cases = [['GET', '/api/create', 'POST'], ['PUT', '/api/create', 'POST'], ['DELETE', '/api/apps', 'GET'], ['POST', '/api/apps', 'GET'],
		['GET', `/api/app/${id}/write`, 'POST'], ['POST', `/api/app/${id}/status`, 'GET'], ['PUT', `/api/app/${id}`, 'GET, DELETE, PATCH'],
		['GET', `/api/app/${id}/cancel`, 'POST'], ['POST', `/api/app/${id}/export`, 'GET'], ['POST', '/health', 'GET'],
		['PROPFIND', '/api/apps', 'GET']];
	for (const [method, url, allowed] of cases) {
		const reply = await carrel.get(url, { method });
		assertError(reply, 405, { what: `${method} ${url}` });
		const list = (reply.headers.allow ?? '').split(/, */);
		for (const one of allowed.split(', '))
			assert.ok(list.includes(one), `${method} ${url}: Allow is ${reply.headers.allow}`);
	}
	const brew = await raw(carrel.port, `BREW /api/apps HTTP/1.1\r\nHost: localhost:${carrel.port}\r\nConnection: close\r\n\r\n`);
	assert.ok([400, 405, 501].includes(statusOf(brew)), brew.slice(0, 60));
	assert.equal((await carrel.get(`/api/app/${id}/status`)).json.status, 'active');
});

test('HEAD is GET without the body', async () => {
	for (const url of ['/', '/api/apps', `/api/app/${id}`, '/health', '/docs']) {
		const [head, get] = [await carrel.get(url, { method: 'HEAD', headers: HTML }), await carrel.get(url, { headers: HTML })];
		assert.equal(head.status, get.status, url);
		assert.equal(head.body.length, 0);
		assert.equal(head.headers['content-type'], get.headers['content-type']);
	}
});

test('what is not there is 404, in the form the caller reads', async () => {
	for (const url of ['/api/nope', '/api', '/api/', '/api/app', '/api/app/', '/api/app/x', `/api/app/${id}x`, `/api/app/${id.toUpperCase()}`,
		`/api/app/${id}/`, `/api/app/${id}/nope`, `/api/app/${id}/status/x`, '/api/app/%2e%2e/status', `/api/app/${id}%00`, `/api/app/${id}%2fstatus`,
		`/api/app/${'9'.repeat(26)}`, `/api/app/${'a'.repeat(5000)}`]) {
		const reply = await carrel.get(url);
		if (reply.status === 400 || reply.status === 414)	// a web server may refuse %00 and the like by itself
			continue;
		assertError(reply, 404, { what: url });
	}
	for (const url of ['/API/apps', '//api/apps', '/nope', '/apps/'])
		assert.equal((await carrel.get(url)).status, 404, url);
	assertHtml(await carrel.get('/nope', { headers: HTML }), 404);
	assertHtml(await carrel.get('/app/nope', { headers: HTML }), 404);
});

test('nothing but the public files can be had from the control address', async () => {
	for (const url of ['/static/', '/static/..%2f..%2fetc/passwd', '/static/%2e%2e/%2e%2e/etc/passwd', '/static/../../../../etc/passwd', '/carrel.conf', '/.git/config',
		'/var/carrel.db', '/../var/carrel.db', '/static/%00', '/templates/home.html', '/static/..\\..\\etc\\passwd']) {
		const reply = await raw(carrel.port, `GET ${url} HTTP/1.1\r\nHost: localhost:${carrel.port}\r\nConnection: close\r\n\r\n`);
		assert.ok([400, 403, 404].includes(statusOf(reply)), `${url}: ${reply.slice(0, 60)}`);
		assert.doesNotMatch(reply, /root:x:|SQLite format|\{\{/);
	}
});

// Sends until the server answers or hangs up, and resolves to the status. Apache reads a body to its end before it passes an answer on.
function flood(head, chunk, total, end = '') {
	return new Promise((resolve, reject) => {
		const socket = net.connect(carrel.port, '127.0.0.1');
		let sent = 0, got = '';
		const timer = setTimeout(() => socket.destroy(new Error(`no answer after ${sent} bytes`)), 60000);
		const finish = () => { clearTimeout(timer); socket.destroy(); resolve({ status: statusOf(got), sent, got }); };
		socket.on('data', (d) => { got += d.toString('latin1'); if (/\r\n\r\n/.test(got)) finish(); });
		socket.on('end', finish);
		socket.on('error', (e) => { clearTimeout(timer); if (e.code === 'EPIPE' || e.code === 'ECONNRESET') resolve({ status: statusOf(got), sent, got }); else reject(e); });
		const pump = () => {
			while (sent < total && !socket.destroyed) {
				sent += chunk.length;
				if (!socket.write(chunk))
					return socket.once('drain', pump);
			}
			if (end && !socket.destroyed)
				socket.write(end);
		};
		socket.on('connect', () => { socket.write(head); pump(); });
	});
}

test('a body of 100 MB is 413, announced or in chunks, as JSON or as a form', async () => {
	const total = 100 * 1024 * 1024;
	const block = Buffer.alloc(65536, 'x');
	for (const type of ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=b']) {
		const head = `POST /api/create HTTP/1.1\r\nHost: localhost:${carrel.port}\r\nContent-Type: ${type}\r\n`;
		const plain = await flood(`${head}Content-Length: ${total}\r\n\r\n`, block, total);
		assert.equal(plain.status, 413, `${type}: ${plain.got.slice(0, 100)} after ${plain.sent}`);
		const chunk = Buffer.concat([Buffer.from('10000\r\n'), block, Buffer.from('\r\n')]);
		const chunked = await flood(`${head}Transfer-Encoding: chunked\r\n\r\n`, chunk, total, '0\r\n\r\n');
		assert.ok([411, 413].includes(chunked.status), `${type}, chunked: ${chunked.got.slice(0, 100)} after ${chunked.sent}`);
	}
});

test('a small body in chunks is understood', async () => {
	const reply = await raw(carrel.port, `POST /api/create HTTP/1.1\r\nHost: localhost:${carrel.port}\r\nContent-Type: application/json\r\n`
		+ 'Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nd\r\n{"prompt":""}\r\n0\r\n\r\n');
	assert.ok([400, 411].includes(statusOf(reply)), reply.slice(0, 200));
});

test('malformed HTTP is refused by the front', async () => {
	const host = `Host: localhost:${carrel.port}\r\n`;
	const cases = {
		'no host': 'GET / HTTP/1.1\r\n\r\n',
		'two hosts': `GET /api/apps HTTP/1.1\r\n${host}Host: evil.example\r\n\r\n`,
		'length and chunks': `POST /api/create HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
		'two lengths': `POST /api/create HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`,
		'a negative length': `POST /api/create HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: -1\r\n\r\n`,
		'a folded header': `GET /api/apps HTTP/1.1\r\n${host}X-A: b\r\n c\r\n\r\n`,
		'a space before the colon': `GET /api/apps HTTP/1.1\r\n${host}X-A : b\r\n\r\n`,
		'endless headers': `GET /api/apps HTTP/1.1\r\n${host}X-A: ${'y'.repeat(200000)}\r\n\r\n`,
	};
	for (const [what, bytesOf] of Object.entries(cases)) {
		const reply = await raw(carrel.port, bytesOf, { until: /\r\n\r\n/ });
		const status = statusOf(reply);
		if (what === 'a folded header' && status === 200)	// joining the lines is what the old rule asks for
			continue;
		assert.ok(status === 0 || (status >= 400 && status < 500), `${what}: ${reply.slice(0, 80)}`);
	}
});

test('injection attempts are only words', async () => {
	const words = `<script>alert(1)</script>"'><img src=x onerror=alert(2)> '); DROP TABLE job; -- {{7*7}} \${7*7} %s%n`;
	const odd = await carrel.make(`${words} [[text:Odd]]`);
	assert.equal((await carrel.history(odd))[0].content, `${words} [[text:Odd]]`);
	for (const url of ['/', '/apps', `/app/${odd}`, `/app/${odd}?tab=versions`, `/app/${odd}?tab=code`, '/apps?q=%3Cscript%3Ealert(1)%3C/script%3E',
		'/?prompt=%3Cscript%3Ealert(1)%3C/script%3E']) {
		const page = await carrel.get(url, { headers: HTML });
		assertHtml(page);
		assert.doesNotMatch(page.text, /<script>alert|<img src=x/, url);
	}
	await carrel.get(`/api/app/${odd}`, { method: 'DELETE' });
});

test('after all that nothing has changed and nobody has died', async () => {
	assert.equal((await carrel.get('/api/apps')).text, before.apps);
	assert.equal((await carrel.get(`/api/app/${id}/history`)).text, before.history);
	assert.deepEqual(workers().filter((w) => crew.includes(w)), crew);
	assert.equal(assertJson(await carrel.write(id, 'Alive [[reply:edit]] [[text:Alive]]')).status, 'ok');
});
