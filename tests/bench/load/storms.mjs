// Storms as rows of the bench: fifty at once, and a thousand with 120 under way.
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../lib/carrel.mjs';
import { atMost, row } from '../stats.mjs';
import { storm } from './storm.mjs';

async function rows(name, count, within, env) {
	const { said, results, ...r } = await storm({ count, env });
	const folder = path.join(process.env.CARREL_BUILD ?? path.join(ROOT, 'build'), 'bench');
	fs.mkdirSync(folder, { recursive: true });
	fs.writeFileSync(path.join(folder, `${name}-raw.json`), `${JSON.stringify({ ...r, all: results.map(({ n, ms, cause, marks }) => ({ n, ms, cause, marks })) }, null, '\t')}\n`);
	const none = { text: 'none', holds: (s) => s.p50 === 0 }, times = (key) => results.map((one) => one.marks[key] - one.marks.accepted);
	if (r.failed)
		console.error(`causes of failures: ${JSON.stringify(r.causes)}`, said.slice(-2000));
	for (const found of [...r.leaks, ...r.checks])
		console.error(found);
	const own = Object.entries(r.processor_ms).filter(([program]) => program !== 'sandboxes');
	return [
		row(`${count} made, compiled and opened, all of it`, 's', r.seconds_in_all, atMost(within, 's')),
		row('  failed', 'apps', r.failed, none),
		row('  all frozen, after the last was opened', 's', r.frozen_seconds),
		row('  left behind, or unsound in the store', 'findings', r.leaks.length + r.checks.length, none),
		row('  told their place in line', 'apps', r.told_their_place),
		row('  from when each was due to its page’s first module', 'ms', results.map((one) => one.ms)),
		row('  from accepted to started', 'ms', times('starting')),
		row('first byte of any page meanwhile', 'ms', r.pages.all.p99, atMost(20, 'ms')),
		row('processor time of the sandboxes, each', 'ms', r.processor_ms.sandboxes / count),
		...own.filter(([, ms]) => ms / count >= 1).map(([program, ms]) => row(`  of ${program}`, 'ms', ms / count)),
	];
}

export const burst = () => rows('burst', 50, 20, {});
// Who is done makes room soon: a thousand awake do not fit into this memory.
export const stormRows = () => rows('storm', 1000, 300, { CARREL_IDLE: '20' });
