// What Carrel's own processes take: at rest, and with many people following one job. Shared pages count by their share (PSS).
import fs from 'node:fs';
import { pssBytes } from '../lib/machine.mjs';
import { OURS, withCarrel } from './setup.mjs';
import { atMost, row } from './stats.mjs';

const STREAMS = 200;
const mb = (bytes) => bytes / 1e6;

const each = (carrel) => OURS.map((name) => [name, carrel.programs(name).reduce((sum, p) => sum + pssBytes(p.pid), 0)]);
const total = (list) => list.reduce((sum, [, bytes]) => sum + bytes, 0);

// What its control group is charged with, less the page cache of files, which is shared and goes at need. PSS would count what the
// sandbox's processes share several times.
export function sandboxBytes(carrel, id) {
	const group = carrel.note().flatMap((p) => p.groups).find((g) => g.includes(id));
	const read = (...names) => fs.readFileSync(names.flatMap((name) => [`memory/${group}/${name}`, `${group}/${name}`])
		.map((at) => `/sys/fs/cgroup/${at}`).find(fs.existsSync), 'utf8');
	const cache = [...read('memory.stat').matchAll(/^(?:in)?active_file (\d+)$/gm)].reduce((sum, m) => sum + Number(m[1]), 0);
	return Number(read('memory.usage_in_bytes', 'memory.current')) - cache;
}

export async function memory() {
	return withCarrel(async (carrel, models) => {
		const fresh = each(carrel);
		const id = await carrel.make('[[text:memory]]');
		const box = sandboxBytes(carrel, id);
		for (let i = 0; i < 300; i++)
			await Promise.all(['/', '/apps', '/api/apps', `/api/app/${id}`, `/api/app/${id}/history`, '/health'].map((url) => carrel.get(url)));
		const used = each(carrel);
		const streams = await follow(carrel, models);
		return [
			row('all of Carrel, started', 'MB', mb(total(fresh)), atMost(24, 'MB')),
			row('all of Carrel, at rest after 1800 requests', 'MB', mb(total(used)), atMost(24, 'MB')),
			...used.map(([name, bytes]) => row(`  ${name}`, 'MB', mb(bytes))),
			row(`growth with ${STREAMS} event streams`, 'MB', mb(total(streams)), atMost(4, 'MB')),
			...streams.filter(([, bytes]) => bytes > 1e5).map(([name, bytes]) => row(`  ${name}`, 'MB', mb(bytes))),
			row('one sandbox with Vite', 'MB', mb(box)),
		];
	});
}

async function follow(carrel, models) {
	const id = await carrel.create('[[text:held]] [[hold:bench]]');
	await carrel.events(id).until((e) => e.event === 'phase' && e.data.phase === 'writing');
	const before = each(carrel);
	const streams = Array.from({ length: STREAMS }, () => carrel.events(id));
	for (const stream of streams) {
		await stream.open;
		if (stream.status !== 200)
			throw new Error(`an event stream was answered with ${stream.status}`);
		await stream.until('phase');
	}
	const grown = each(carrel).map(([name, bytes], i) => [name, bytes - before[i][1]]);
	models.release('bench');
	await Promise.all(streams.map((s) => s.until('done')));
	return grown;
}
