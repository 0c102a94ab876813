// The files of a notebook through the web server: uploads and downloads of any size in constant memory, also while it sleeps.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { after, test } from 'node:test';
import { eventually, start, WEB } from '../lib/carrel.mjs';
import { assertError, assertHtml, assertJson, HTML } from '../lib/say.mjs';

const carrel = await start({ env: { CARREL_MODEL: 'sample' } });
const run = (...args) => execFileSync(args[0], args.slice(1), { encoding: 'utf8' }).trim();
const inner = run('cat', path.join(carrel.folder, 'var', 'carreld.pid'));
const inside = (...args) => run('nsenter', '-t', inner, '-m', ...args);
const WORKLOAD = '61000';
const MB = 1 << 20;

// A sleeping notebook with a disk of its own.
const newId = () => Array.from(crypto.randomBytes(26), (b) => 'abcdefghijklmnopqrstuvwxyz234567'[b & 31]).join('');
function notebook(mb) {
	const id = newId(), at = `/run/carrel/vol/${id}`, img = path.join(carrel.folder, `${id}.img`);
	carrel.sql(`PRAGMA foreign_keys=ON; BEGIN IMMEDIATE;
		INSERT INTO workspace (id, kind, title, owner, created_at, updated_at) VALUES ('${id}', 'notebook', 'Files', 'local', 1, 1);
		INSERT INTO notebook (workspace, token_hash, template, tier, disk_mb, disk_files)
		VALUES ('${id}', randomblob(32), 'empty', 'own', ${mb}, 4096); COMMIT;`);
	fs.writeFileSync(img, '');
	fs.truncateSync(img, mb * MB);
	run('mkfs.ext4', '-q', '-m', '0', img);
	inside('sh', '-ec', `mkdir -p ${at}; chown 0:${WORKLOAD} /run/carrel/vol; chmod 0710 /run/carrel/vol
		mount -o loop,nosuid,nodev ${img} ${at}; mkdir ${at}/work; chown ${WORKLOAD}:${WORKLOAD} ${at}/work`);
	return { id, at };
}
const { id, at } = notebook(600);
after(async () => { await carrel.remove(); });

const B = 'carrelboundary';
const part = (name, bytes) => Buffer.concat([Buffer.from(`--${B}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`),
	bytes, Buffer.from('\r\n')]);
const END = Buffer.from(`--${B}--\r\n`);
const upload = (to, body, { headers = {}, ...options } = {}) => carrel.get(`/upload/${to}`, { method: 'POST', body,
	headers: { 'content-type': `multipart/form-data; boundary=${B}`, ...headers }, ...options });
const names = async () => assertJson(await carrel.get(`/workspaces/${id}/files`)).files.map((f) => f.name).filter((n) => n !== 'lost+found');

// Sends a file of that many bytes piece by piece, as fast as it is taken.
function uploadLarge(name, bytes, { chunked = false } = {}) {
	const piece = crypto.randomBytes(MB), hash = crypto.createHash('sha256');
	const head = Buffer.from(`--${B}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`), tail = Buffer.from(`\r\n--${B}--\r\n`);
	return new Promise((resolve, reject) => {
		const asked = http.request({ host: '127.0.0.1', port: carrel.port, path: `/upload/${id}`, method: 'POST', headers: { host: `localhost:${carrel.port}`,
			'content-type': `multipart/form-data; boundary=${B}`, ...(chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': head.length + bytes + tail.length }) } });
		asked.on('error', reject);
		asked.on('response', (reply) => {
			let text = '';
			reply.on('data', (p) => { text += p; });
			reply.on('end', () => resolve({ status: reply.statusCode, text, json: JSON.parse(text), hash: hash.digest('hex') }));
		});
		asked.write(head);
		let left = bytes;
		const more = () => {
			while (left > 0) {
				const p = piece.subarray(0, Math.min(left, MB));
				left -= p.length;
				hash.update(p);
				if (!asked.write(p) && left > 0)
					return asked.once('drain', more);
			}
			asked.end(tail);
		};
		more();
	});
}

const rss = (pid) => Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
// The most memory a program needs more while fn runs, in KB.
async function growth(names, fn) {
	const pids = names.flatMap((name) => carrel.programs(name).map((p) => p.pid));
	assert.ok(pids.length >= names.length, names.join());
	pids.forEach((pid) => fs.writeFileSync(`/proc/${pid}/clear_refs`, '5'));
	const before = pids.map(rss);
	const result = await fn();
	return { result, kb: pids.map((pid, i) => rss(pid) - before[i]) };
}
const SERVER = WEB === 'apache' ? 'apache2' : 'lighttpd';

test('a file goes up, is listed, comes down, and goes', async () => {
	const sent = await upload(id, Buffer.concat([part('data.csv', Buffer.from('a,b\n1,2\n')), END]));
	assert.deepEqual(assertJson(sent), { status: 'uploaded', path: 'data.csv' });
	assert.deepEqual(await names(), ['data.csv']);
	const down = await carrel.get(`/download/${id}/data.csv`);
	assert.equal(down.text, 'a,b\n1,2\n');
	assert.match(down.headers['content-disposition'], /^attachment; filename="data.csv"/);
	const known = await carrel.get(`/download/${id}/data.csv`, { headers: { 'if-none-match': down.headers.etag } });
	assert.equal(known.status, 304);
	const some = await carrel.get(`/download/${id}/data.csv`, { headers: { range: 'bytes=4-6' } });
	assert.deepEqual([some.status, some.text, some.headers['content-range']], [206, '1,2', 'bytes 4-6/8']);
	assert.equal(inside('stat', '-c', '%u %g %a', `${at}/work/data.csv`), `${WORKLOAD} ${WORKLOAD} 644`);
	const moved = await carrel.post(`/workspaces/${id}/files/rename`, { from: 'data.csv', to: 'in/Köln & 1.csv' });
	assert.equal(assertJson(moved).path, 'in/Köln & 1.csv');
	const url = `/in/${encodeURIComponent('Köln & 1.csv')}`;
	assert.equal((await carrel.get(`/download/${id}${url}`)).status, 200);
	assert.equal((await carrel.get(`/download/${id}${url.replace('/in/', '/in%2F')}`)).status, 200);
	assert.deepEqual(assertJson(await carrel.get(`/workspaces/${id}/files${url}`, { method: 'DELETE' })), { status: 'deleted' });
	assertError(await carrel.get(`/download/${id}${url}`), 404);
	assert.equal((await carrel.get(`/workspaces/${id}/files/delete`, { form: { path: 'in' }, headers: HTML })).status, 303);
	assert.deepEqual(await names(), []);
});

test('a large upload and its download cost no memory', async () => {
	const size = 256 * MB;
	const up = await growth([SERVER, 'files.fcgi'], () => uploadLarge('large', size));
	assert.equal(up.result.status, 200, up.result.text);
	assert.equal(inside('sha256sum', `${at}/work/large`).split(' ')[0], up.result.hash);
	assert.ok(Math.max(...up.kb) < 4096, `an upload took ${up.kb} KB`);
	const down = await growth([SERVER, 'files.fcgi'], () => new Promise((resolve, reject) => {
		http.get({ host: '127.0.0.1', port: carrel.port, path: `/download/${id}/large`, headers: { host: `localhost:${carrel.port}` } }, (reply) => {
			const hash = crypto.createHash('sha256');
			let n = 0;
			reply.on('data', (p) => { hash.update(p); n += p.length; });
			reply.on('end', () => resolve({ hash: hash.digest('hex'), n }));
			reply.on('error', reject);
		}).on('error', reject);
	}));
	assert.deepEqual([down.result.n, down.result.hash], [size, up.result.hash]);
	assert.ok(Math.max(...down.kb) < 4096, `a download took ${down.kb} KB`);
});

test('readers that take nothing hold nobody up', async () => {
	const sockets = Array.from({ length: 40 }, () => net.connect(carrel.port, '127.0.0.1'));
	for (const s of sockets) {
		s.on('error', () => {});
		s.pause();
		s.write(`GET /download/${id}/large HTTP/1.1\r\nHost: localhost:${carrel.port}\r\n\r\n`);
	}
	try {
		for (let i = 0; i < 20; i++)
			assert.equal((await carrel.get(`/download/${id}/large`, { headers: { range: 'bytes=0-9' } })).body.length, 10);
	} finally {
		sockets.forEach((s) => s.destroy());
	}
	assertJson(await carrel.get(`/workspaces/${id}/files/large`, { method: 'DELETE' }));
});

test('what does not fit is refused at once, or when the disk is full, and nothing is left', async () => {
	// Apache reads on from a client that says nothing, and tells him 408.
	if (WEB !== 'apache') {
		const began = Date.now();
		const announced = await new Promise((resolve, reject) => {
			const asked = http.request({ host: '127.0.0.1', port: carrel.port, path: `/upload/${id}`, method: 'POST', headers: { host: `localhost:${carrel.port}`,
				'content-type': `multipart/form-data; boundary=${B}`, 'content-length': 2 ** 40 } }, (reply) => {
				resolve(reply.statusCode);
				asked.destroy();
			});
			asked.on('error', reject);
			asked.write(part('huge', Buffer.alloc(1000)));
		});
		assert.equal(announced, 507);
		assert.ok(Date.now() - began < 5000);
	}
	const pushed = await uploadLarge('huge', 700 * MB).catch((error) => ({ status: error.code }));
	assert.ok([507, 'ECONNRESET', 'EPIPE'].includes(pushed.status), String(pushed.status));
	if (WEB === 'apache') {	// lighttpd wants a length: 411
		const silent = await uploadLarge('huge', 700 * MB, { chunked: true }).catch((error) => ({ status: error.code }));
		assert.ok([507, 'ECONNRESET', 'EPIPE'].includes(silent.status), String(silent.status));
	}
	assert.deepEqual(await names(), []);
});

test('a client that leaves leaves nothing behind', async () => {
	const socket = net.connect(carrel.port, '127.0.0.1');
	socket.on('error', () => {});
	socket.write(`POST /upload/${id} HTTP/1.1\r\nHost: localhost:${carrel.port}\r\nContent-Type: multipart/form-data; boundary=${B}\r\nContent-Length: 90000000\r\n\r\n`);
	socket.write(part('half', Buffer.alloc(5 * MB)));
	const used = async () => assertJson(await carrel.get(`/workspaces/${id}/files`)).disk.used_bytes;
	const before = await used();
	await eventually('it has begun', async () => await used() > before + MB, { timeout: 20000 }).catch(() => {});
	socket.destroy();
	await eventually('it is gone', async () => await used() <= before + MB);
	assert.deepEqual(await names(), []);
});

test('many uploads at once: some are asked to come again, none is lost', async () => {
	const sockets = [];
	const hold = () => {
		const s = net.connect(carrel.port, '127.0.0.1');
		sockets.push(s);
		s.on('error', () => {});
		s.write(`POST /upload/${id} HTTP/1.1\r\nHost: localhost:${carrel.port}\r\nContent-Type: multipart/form-data; boundary=${B}\r\nContent-Length: 90000\r\n\r\n--`);
	};
	const body = Buffer.concat([part('late', Buffer.from('x')), END]);
	const busy = await eventually('it is too much', async () => {
		hold();
		const reply = await upload(id, body);
		return reply.status === 503 && reply;
	});
	assert.ok(Number(busy.headers['retry-after']) > 0);
	assert.equal((await carrel.get(`/workspaces/${id}/files`)).status, 200);
	sockets.forEach((s) => s.destroy());
	await eventually('it goes again', async () => (await upload(id, body)).status === 200);
});

test('a preview is a page without an origin', async () => {
	assert.match(assertHtml(await carrel.get(`/workspaces/${id}/preview`, { headers: HTML }), 404), /Nothing has been run yet/);
	inside('sh', '-ec', `mkdir -p ${at}/work/__marimo__; echo '<!doctype html><title>Seen</title>' >${at}/work/__marimo__/preview.html`);
	const page = await carrel.get(`/workspaces/${id}/preview`, { headers: HTML });
	assert.equal(page.status, 200);
	assert.match(page.headers['content-security-policy'], /^sandbox allow-scripts allow-popups;/);
	assert.equal(page.headers['x-frame-options'], 'SAMEORIGIN');
	assertError(await carrel.get(`/view/${id}`), 404);
	carrel.sql(`UPDATE notebook SET visibility = 'public' WHERE workspace = '${id}'`);
	assert.equal((await carrel.get(`/view/${id}`)).status, 200);
});

test('a copy has the files of that moment, and says whose they were', async () => {
	const from = notebook(64);
	inside('sh', '-ec', `cd ${from.at}/work; mkdir -p data/deep __pycache__; echo one >notebook.py; echo two >data/deep/t.csv; echo no >__pycache__/x.pyc
		ln -s /etc/passwd link; mkfifo pipe; head -c 3000000 /dev/urandom >big; chown -R ${WORKLOAD}:${WORKLOAD} .; echo closed >shut; chmod 0600 shut`);
	const made = assertJson(await carrel.post(`/workspaces/${from.id}/fork`, {}));
	assert.equal(made.parent, from.id);
	assert.equal(made.left_out, 3, 'the link, the pipe, and what cannot be read');
	const shown = assertJson(await carrel.get(`/workspaces/${made.id}`));
	assert.deepEqual([shown.parent, shown.title, shown.notice, shown.visibility, shown.terminal], [from.id, 'Files (copy)', '', 'private', 'off']);
	const list = async (folder) => assertJson(await carrel.get(`/workspaces/${made.id}/files${folder}`)).files.map((f) => f.name).filter((n) => n !== 'lost+found').sort();
	assert.deepEqual(await list(''), ['big', 'data', 'notebook.py']);
	assert.equal((await carrel.get(`/download/${made.id}/data/deep/t.csv`)).text, 'two\n');
	assert.deepEqual((await carrel.get(`/download/${made.id}/big`)).body, (await carrel.get(`/download/${from.id}/big`)).body);
	assert.match(assertHtml(await carrel.get(`/notebook/${made.id}`, { headers: HTML })), new RegExp(`Copied from <a href="/notebook/${from.id}"`));
	// Each is its own: what one loses, the other keeps.
	assert.equal((await carrel.post(`/workspaces/${from.id}/files/delete`, { path: 'notebook.py' })).status, 200);
	assert.equal((await carrel.get(`/download/${made.id}/notebook.py`)).text, 'one\n');
	const named = assertJson(await carrel.post(`/workspaces/${made.id}/fork`, { title: 'Mine' }));
	assert.equal(assertJson(await carrel.get(`/workspaces/${named.id}`)).title, 'Mine');
	assert.equal((await carrel.get(`/workspaces/${made.id}`, { method: 'DELETE' })).status, 200);
	assert.doesNotMatch(assertHtml(await carrel.get(`/notebook/${named.id}`, { headers: HTML })), /Copied from/);
	// One whose files are not there yet, and have to be waited for.
	const fresh = assertJson(await carrel.post('/workspaces', { title: 'Just made' }));
	const soon = assertJson(await carrel.post(`/workspaces/${fresh.id}/fork`, { title: 'Copied soon' }));
	assert.equal(assertJson(await carrel.get(`/workspaces/${soon.id}`)).title, 'Copied soon');
	assertError(await carrel.post(`/workspaces/${'a'.repeat(26)}/fork`, {}), 404);
});

test('what is too much to be copied leaves nothing behind', async () => {
	const from = notebook(600);
	const count = async () => Number(carrel.sql('select count(*) from notebook'));
	const before = await count();
	inside('sh', '-ec', `truncate -s 550M ${from.at}/work/huge; chown ${WORKLOAD}:${WORKLOAD} ${from.at}/work/huge`);
	assertError(await carrel.post(`/workspaces/${from.id}/fork`, {}), 413);
	assert.equal(await count(), before);
	await eventually('nothing is to be erased any more', () => carrel.sql('select count(*) from erasure') === '0', { timeout: 20000 });
});
