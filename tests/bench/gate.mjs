// What the gate costs: the same request to it and past it, in turn, over their sockets.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT, runFolder, withCarrel } from './setup.mjs';
import { atMost, row } from './stats.mjs';

const MODULE = '/src/index.css?direct';	// small, and answered from Vite's memory

function probe() {
	const program = path.join(process.env.CARREL_BUILD ?? path.join(ROOT, 'build'), 'bench', 'probe');
	fs.mkdirSync(path.dirname(program), { recursive: true });
	execFileSync(process.env.CC ?? 'cc', ['-std=gnu11', '-D_GNU_SOURCE', '-O2', '-Wall', '-Wextra', '-Werror', '-o', program,
		fileURLToPath(new URL('probe.c', import.meta.url))]);
	return program;
}

function measure(program, kind, count, host, url, sockets) {
	const out = execFileSync(program, [kind, String(count), host, url, ...sockets], { maxBuffer: 1 << 26 }).toString();
	const pairs = out.trim().split('\n').map((line) => line.split(' ').map(Number));
	return { through: pairs.map((p) => p[0]), past: pairs.map((p) => p[1]), added: pairs.map((p) => p[0] - p[1]) };
}

export async function gate({ runs = 2000 } = {}) {
	const program = probe();
	return withCarrel(async (carrel) => {
		const id = await carrel.make('[[text:gate]]');
		const host = `${id}.localhost:${carrel.port}`;
		const sockets = [`${runFolder(carrel)}/gate.sock`, `${runFolder(carrel)}/sb/${id}/app.sock`];
		const client = (await carrel.app(id, '/@vite/client', { headers: { 'sec-fetch-dest': 'script' } })).text;
		const token = /wsToken = "([^"]+)"/.exec(client)?.[1] ?? '';
		const get = measure(program, 'get', runs, host, MODULE, sockets);
		const ping = measure(program, 'ping', runs, host, `/?token=${token}`, sockets);
		return [
			row('gate adds to a GET', 'µs', get.added, atMost(200, 'µs')),
			row('  through the gate', 'µs', get.through),
			row('  past it', 'µs', get.past),
			row('gate adds to a WebSocket ping', 'µs', ping.added, atMost(200, 'µs')),
			row('  through the gate', 'µs', ping.through),
			row('  past it', 'µs', ping.past),
		];
	});
}
