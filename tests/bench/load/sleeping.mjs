// A thousand workspaces that nobody uses: what they cost while they sleep.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT, start } from '../../lib/carrel.mjs';
import { pssBytes } from '../../lib/machine.mjs';
import { OURS } from '../setup.mjs';
import { atMost, row } from '../stats.mjs';
import { PAGES, watchPages } from './watch.mjs';

const BUILD = process.env.CARREL_BUILD ?? path.join(ROOT, 'build');
const TICK_MS = 10;

function program() {
	const out = path.join(BUILD, 'bench', 'sleepers'), at = (name) => path.join(BUILD, name);
	fs.mkdirSync(path.dirname(out), { recursive: true });
	execFileSync(process.env.CC ?? 'cc', ['-std=gnu11', '-D_GNU_SOURCE', '-O2', '-Wall', '-Wextra', '-Werror', '-o', out,
		fileURLToPath(new URL('sleepers.c', import.meta.url)), at('release/libshared.a'), '-lsqlite3', '-lsodium', '-lcjson', '-lseccomp', '-lpthread']);
	return out;
}

// Puts so many into the store of a Carrel that runs.
export function fill(carrel, apps, notebooks) {
	execFileSync('nsenter', ['--mount', `--target=${carrel.programs('keep')[0].pid}`, program(), String(apps), String(notebooks)],
		{ stdio: ['ignore', 'inherit', 'inherit'] });
}

export const bytesOf = (carrel) => OURS.map((name) => [name, carrel.programs(name).reduce((sum, p) => sum + pssBytes(p.pid), 0)]);

// Processor time of all of Carrel's own and its web server so far, in ms, by program.
export function usedMs(carrel) {
	const used = {};
	for (const name of [...OURS, 'lighttpd', 'apache2'])
		for (const p of carrel.programs(name)) {
			const fields = fs.readFileSync(`/proc/${p.pid}/stat`, 'latin1').replace(/^.*\) /s, '').split(' ');
			used[name] = (used[name] ?? 0) + (Number(fields[11]) + Number(fields[12])) * TICK_MS;
		}
	return used;
}

// Golden sandboxes, which are nobody's, may be made meanwhile.
const awake = (carrel) => new Set(carrel.note().flatMap((p) => p.groups).map((g) => /\/([a-z2-7]{26})$/.exec(g)?.[1])
	.filter((id) => id && !id.startsWith('golden'))).size;

const sum = (figures) => Object.values(figures).reduce((all, one) => all + one, 0);

// Resolves to { empty and bytes: [[program, n]…], pages, idle: {program: ms}, idleSeconds, awake: of them, which should be none }.
export async function asleep({ apps = 500, notebooks = 500, idleSeconds = 60, pageSeconds = 10, paths = [...PAGES, '/api/apps', '/workspaces'] } = {}) {
	const carrel = await start();
	try {
		for (let i = 0; i < 20; i++)	// what a program opens once is there
			await Promise.all(paths.map((url) => carrel.get(url)));
		const empty = bytesOf(carrel);
		fill(carrel, apps, notebooks);
		const listed = Object.keys((await carrel.get('/api/apps')).json.apps).length;
		if (listed !== apps)
			throw new Error(`there are ${listed} apps, not ${apps}`);
		const watch = watchPages(carrel.port, { rate: 20, paths });
		await pause(pageSeconds * 1000);
		const pages = await watch.stop();
		const before = usedMs(carrel);
		await pause(idleSeconds * 1000);
		const after = usedMs(carrel);
		const idle = Object.fromEntries(Object.entries(after).map(([name, ms]) => [name, ms - (before[name] ?? 0)]).filter(([, ms]) => ms > 0));
		return { empty, bytes: bytesOf(carrel), pages, idle, idleSeconds, awake: awake(carrel) };
	} finally {
		await carrel.remove();
	}
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function sleeping() {
	const { empty, bytes, pages, idle, idleSeconds } = await asleep();
	const mb = (list) => list.reduce((all, [, n]) => all + n, 0) / 1e6;
	return [
		row('all of Carrel with nothing in it, asked a little', 'MB', mb(empty)),
		row('all of Carrel with 1000 asleep, after their pages were read', 'MB', mb(bytes), atMost(40, 'MB')),
		...bytes.map(([name, n]) => row(`  ${name}`, 'MB', n / 1e6)),
		...Object.entries(pages.by).map(([path, s]) => row(`first byte of ${path}, p99`, 'ms', s.p99, atMost(20, 'ms'))),
		row('processor time of all of Carrel while nobody asks', 'ms/min', sum(idle) * 60 / idleSeconds),
		...Object.entries(idle).map(([name, ms]) => row(`  ${name}`, 'ms/min', ms * 60 / idleSeconds)),
	];
}
