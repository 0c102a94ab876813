#!/usr/bin/env node
// The second client: while others load a Carrel, it asks for pages at a steady rate and times the first byte of each, on a connection of
// its own each time, from the moment it was due. A process of its own, started in real time where that is allowed (watch.mjs): it is not to
// measure its own waiting for the processor. It tells that too: how late it was itself.
//   pages.mjs PORT RATE PATH…        until its input ends; then its figures as JSON
import net from 'node:net';

const [port, rate, ...paths] = process.argv.slice(2);
const times = [];
let busy = 0;

function ask(path, due) {
	const one = { path, late: performance.now() - due };
	times.push(one);
	busy++;
	const socket = net.connect(Number(port), '127.0.0.1', () => {
		one.connected = performance.now() - due;
		socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: text/html\r\nConnection: close\r\n\r\n`);
	});
	socket.setNoDelay(true);
	const timer = setTimeout(() => socket.destroy(new Error('30 s')), 30000);
	socket.once('data', (part) => {
		one.ms = performance.now() - due;
		one.status = Number(part.toString('latin1', 9, 12));
	});
	socket.on('data', () => {});
	socket.on('error', (error) => { one.error = error.code ?? error.message; });
	socket.on('close', () => {
		clearTimeout(timer);
		busy--;
	});
}

const began = performance.now();
let n = 0, isOver = false;
function tick() {
	while (!isOver && began + n * 1000 / rate <= performance.now()) {
		ask(paths[n % paths.length], began + n * 1000 / rate);
		n++;
	}
	if (!isOver)
		setTimeout(tick, Math.max(1, began + n * 1000 / rate - performance.now()));
	else if (busy)
		setTimeout(tick, 50);
	else
		process.stdout.write(JSON.stringify(times), () => process.exit(0));
}
process.stdin.on('end', () => { isOver = true; }).resume();
tick();
