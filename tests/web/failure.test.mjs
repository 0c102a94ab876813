// What a web server must answer by itself: pages that say why, and what to do.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { raw, ROOT, start, WEB } from '../lib/carrel.mjs';
import { eventually, statusOf } from '../lib/http.mjs';

const carrel = await start();
after(() => carrel.remove());

const host = `Host: localhost:${carrel.port}\r\nConnection: close\r\n`;
const isPage = (reply, status, words) => {
	assert.equal(statusOf(reply), status, reply.slice(0, 200));
	assert.match(reply, /^Content-Type: text\/html; charset=utf-8\r$/im);
	assert.match(reply, words);
	assert.match(reply, /<h1>[A-Z][^<]+<\/h1>/);
};

test('a POST without any length', async () => {
	const reply = await raw(carrel.port, `POST /workspaces HTTP/1.1\r\n${host}\r\n`);
	if (WEB === 'apache')
		assert.ok([200, 201, 202].includes(statusOf(reply)), reply);
	else
		isPage(reply, 411, /curl -d ''/);
});

// Apache has no such limit of its own.
if (WEB === 'lighttpd')
	test('more than the web server reads', async () => {
		isPage(await raw(carrel.port, `POST /api/create HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: ${13 << 20}\r\n\r\n`),
			413, /12 MB/);
	});

test('each page that Apache is told of is there', () => {
	const named = [...fs.readFileSync(path.join(ROOT, 'examples/apache.conf'), 'utf8').matchAll(/ErrorDocument (\d+) \/__carrel/g)].map(([, status]) => status);
	assert.ok(named.length > 0);
	for (const status of named)
		assert.ok(status in JSON.parse(fs.readFileSync(path.join(ROOT, 'www/failures.json'), 'utf8')), status);
});

test('headers without end', async () => {
	isPage(await raw(carrel.port, `GET / HTTP/1.1\r\n${host}X-Long: ${'y'.repeat(20000)}\r\n\r\n`), WEB === 'apache' ? 400 : 431, /Nothing was changed/);
});

test('a program that is not there', async () => {
	const door = `/proc/${carrel.programs('gate')[0].pid}/root/run/carrel/fcgi/files.sock`;
	fs.renameSync(door, `${door}.away`);
	try {
		isPage(await raw(carrel.port, `GET /workspaces/${'a'.repeat(26)}/files HTTP/1.1\r\n${host}\r\n`), 503, /again in a few seconds/);
	} finally {
		fs.renameSync(`${door}.away`, door);
	}
	await eventually('it answers', async () => (await carrel.get(`/workspaces/${'a'.repeat(26)}/files`)).status === 404);
});
