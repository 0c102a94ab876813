#!/usr/bin/env node
// Stands in for the gate and, behind it, the tool server of any notebook: listens on a unix socket (node gate.mjs SOCKET) and
// prints "ready". Every question must bring a ticket; no ticket is good twice. What code "does" is written in its comments:
//   # say: TEXT · # html: TEXT · # fail: TEXT · # flood · # hang (until somebody hangs up) · # die · # garbage
// GET /__asked tells what was asked: [{path, host, code, outcome}]. POST /__next answers the next question with that body as
// status and JSON.
import fs from 'node:fs';
import http from 'node:http';

const at = process.argv[2];
const asked = [];
const tickets = new Set();
let next = null;

const CONTEXT = {
	cells: [{ id: 'Hbol', name: '_', code: 'import marimo as mo\nimport pandas as pd' },
		{ id: 'MJUe', name: 'load', code: 'tea = pd.read_csv("tea.csv")  # the leaf table' }],
	variables: [{ name: 'mo', type: 'module', value: 'marimo' }, { name: 'pd', type: 'module', value: 'pandas' },
		{ name: 'tea', type: 'DataFrame', value: '' }, { name: 'slider', type: 'slider', value: '3' }],
	frames: [{ name: 'tea', rows: 120, columns: [{ name: 'leaf', type: 'object' }, { name: 'minutes', type: 'int64' },
		{ name: 'price.eur', type: 'float64' }, { name: 'bought', type: 'datetime64[ns]' }] }],
};

const json = (reply, status, value) => reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));

async function body(request) {
	const parts = [];
	for await (const part of request)
		parts.push(part);
	return parts.length ? JSON.parse(Buffer.concat(parts).toString()) : null;
}

function run(code, reply, entry) {
	const event = (name, data) => reply.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
	const word = (name) => new RegExp(`# ${name}: (.*)`).exec(code)?.[1] ?? null;
	reply.writeHead(200, { 'content-type': 'text/event-stream' });
	if (word('say'))
		event('stdout', { data: `${word('say')}\n` });
	if (code.includes('# flood'))
		for (let i = 0; i < 10; i++)
			event('stdout', { data: `${i} ${'drip '.repeat(6000)}drop ${i}\n` });
	if (code.includes('# die'))
		return reply.socket.destroy();
	if (code.includes('# garbage'))
		return reply.end('event: done\ndata: {"success":\n\n');
	if (code.includes('# hang')) {
		reply.on('close', () => { entry.outcome = 'interrupted'; });
		return null;
	}
	event('done', { success: word('fail') === null, error: word('fail'), truncated: false, took_ms: 7,
		output: word('html') ? { mimetype: 'text/html', data: word('html') } : null });
	entry.outcome = 'ran';
	return reply.end();
}

async function answer(request, reply) {
	if (request.url === '/__asked')
		return json(reply, 200, asked);
	if (request.url === '/__next') {
		next = await body(request);
		return json(reply, 200, {});
	}
	const ticket = request.headers['x-carrel-ticket'] ?? '';
	const entry = { path: request.url, host: request.headers.host, outcome: 'open' };
	asked.push(entry);
	if (!/^[a-z2-7]{52}$/.test(ticket) || tickets.has(ticket)) {
		entry.outcome = 'refused';
		return json(reply, 401, { detail: 'A ticket is needed.' });
	}
	tickets.add(ticket);
	const given = await body(request);
	entry.code = given?.code;
	entry.timeout = given?.timeout;
	if (next) {
		const { status, ...value } = next;
		next = null;
		return json(reply, status, value);
	}
	if (request.url === '/context')
		return json(reply, 200, CONTEXT);
	if (request.url === '/run')
		return run(given.code, reply, entry);
	return json(reply, 404, { detail: 'There is nothing at this address.' });
}

fs.rmSync(at, { force: true });
http.createServer((request, reply) => {
	answer(request, reply).catch((error) => json(reply, 500, { detail: String(error) }));
}).listen(at, () => {
	fs.chmodSync(at, 0o777);
	console.log('ready');
});
process.on('SIGTERM', () => process.exit(0));
