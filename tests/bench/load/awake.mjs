// A hundred apps awake at once: the memory they take, by what the machine has less of and by what their control groups are charged.
import fs from 'node:fs';
import { start } from '../../lib/carrel.mjs';
import { atMost, row } from '../stats.mjs';
import { drive, report } from './drive.mjs';

const APPS = 100;

const available = () => Number(/MemAvailable: +(\d+) kB/.exec(fs.readFileSync('/proc/meminfo', 'utf8'))[1]) * 1024;

function charged(carrel) {
	const parents = new Set(carrel.note().flatMap((p) => p.groups).map((g) => /^\/carrel\/[0-9a-f]{32}/.exec(g)?.[0]).filter(Boolean));
	const figure = (at) => [`/sys/fs/cgroup/memory${at}/memory.usage_in_bytes`, `/sys/fs/cgroup${at}/memory.current`].find((f) => fs.existsSync(f));
	return [...parents].reduce((sum, at) => sum + (figure(at) ? Number(fs.readFileSync(figure(at), 'utf8')) : 0), 0);
}

export async function awake({ apps = APPS } = {}) {
	const carrel = await start({ env: { CARREL_IDLE: '86400' } });
	try {
		const before = available();
		const server = { port: carrel.port, apps: `localhost:${carrel.port}`, headers: {} };
		const made = report(await drive(server, { count: apps, inFlight: 8 }));
		if (made.failed)
			throw new Error(`${made.failed} failed: ${JSON.stringify(made.causes)}`);
		const running = new Set(carrel.note().flatMap((p) => p.groups).map((g) => /[a-z2-7]{26}$/.exec(g)?.[0]).filter(Boolean));
		return [
			row(`of ${apps} apps that were made, awake`, 'apps', running.size, { text: `${apps}`, holds: (s) => s.p50 >= apps }),
			row('  charged to their control groups', 'GB', charged(carrel) / 1e9, atMost(10, 'GB')),
			row('  less memory available on the machine', 'GB', (before - available()) / 1e9, atMost(10, 'GB')),
			row('  each', 'MB', charged(carrel) / running.size / 1e6),
		];
	} finally {
		await carrel.remove();
	}
}
