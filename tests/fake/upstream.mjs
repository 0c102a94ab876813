#!/usr/bin/env node
// Stands in for the inside of a sandbox: listens on a unix socket and answers in ways no decent app would, so that a test can
// see what the gate lets through. Run as `node upstream.mjs SOCKET`; prints "ready" when it listens.
import fs from 'node:fs';
import net from 'node:net';

const at = process.argv[2];
const reply = (body, headers = [], status = '200 OK') => `HTTP/1.1 ${status}\r\n${headers.map((h) => `${h}\r\n`).join('')}`
	+ `Content-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

const ANSWERS = {
	'/echo': (head) => reply(head),
	'/cookies': () => reply('cookies', ['Set-Cookie: good=1; Path=/', 'Set-Cookie: wide=1; Domain=localhost; Path=/', 'Set-Cookie: __Host-carrel=stolen; Secure; Path=/',
		'Set-Cookie: odd=1;domain = .localhost ;Path=/']),
	'/headers': () => reply('headers', ['X-Frame-Options: ALLOWALL', 'Server: inner', 'X-Inner: yes', 'Connection: keep-alive', 'Keep-Alive: timeout=100',
		'Strict-Transport-Security: max-age=1', 'Clear-Site-Data: "*"', 'Access-Control-Allow-Origin: *']),
	'/two-lengths': () => 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!',
	'/both': () => 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
	'/bare-lf': () => 'HTTP/1.1 200 OK\nContent-Length: 5\n\nhello',
	'/folded': () => 'HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 5\r\n\r\nhello',
	'/garbage': () => Buffer.from([0, 1, 2, 255, 254, 13, 10, 13, 10]),
	'/nul': () => 'HTTP/1.1 200 OK\r\nX-A: b\0c\r\nContent-Length: 5\r\n\r\nhello',
	'/huge-head': () => `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(100000)}\r\nContent-Length: 5\r\n\r\nhello`,
	'/status': () => 'HTTP/1.1 999999 Odd\r\nContent-Length: 0\r\n\r\n',
	'/silent-close': () => '',
	'/early': () => 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this',
	'/unasked-upgrade': () => 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
	'/split': () => reply('first') + 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond',
};

if (fs.existsSync(at))
	fs.unlinkSync(at);
net.createServer((socket) => {
	let head = '';
	socket.on('error', () => {});
	socket.on('data', (part) => {
		head += part.toString('latin1');
		if (!head.includes('\r\n\r\n'))
			return;
		const path = / (\/[^ ?]*)/.exec(head)?.[1];
		const answer = ANSWERS[path]?.(head) ?? reply('unknown', [], '404 Not Found');
		socket.end(answer);
	});
}).listen(at, () => {
	fs.chmodSync(at, 0o777);
	console.log('ready');
});
process.on('SIGTERM', () => process.exit(0));
