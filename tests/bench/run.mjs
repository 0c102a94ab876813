// Takes the figures one after the other, prints them as tables, and keeps them in build/bench/<name>.json.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cold } from './cold.mjs';
import { edit } from './edit.mjs';
import { frozen } from './frozen.mjs';
import { gate } from './gate.mjs';
import { awake } from './load/awake.mjs';
import { sleeping } from './load/sleeping.mjs';
import { burst, stormRows } from './load/storms.mjs';
import { golden } from './golden.mjs';
import { memory } from './memory.mjs';
import { notebook } from './notebook.mjs';
import { reads } from './reads.mjs';
import { ROOT } from './setup.mjs';
import { startstop } from './startstop.mjs';
import { machine, print } from './stats.mjs';

const ALL = {
	startstop: ['start and stop', startstop],
	cold: ['a prompt becomes an app, no sandbox there before', cold],
	edit: ['an edit reaches an open page', edit],
	frozen: ['frozen apps', () => frozen()],
	gate: ['the gate', gate],
	golden: ['clones of golden sandboxes, and starts from nothing', () => golden()],
	memory: ['memory', memory],
	notebook: ['notebooks', () => notebook()],
	burst: ['fifty apps made at once', burst],
	sleeping: ['a thousand workspaces asleep', sleeping],
	reads: ['JSON reads with a writer active', () => reads()],
	'reads-apache': ['the same through Apache, for information', () => reads({ env: { CARREL_WEB: 'apache' } })],
};
// These take minutes; they are measured when they are asked for, as `make soak` does.
const LONG = {
	storm: ['a thousand apps made at once, 120 at a time', stormRows],
	awake: ['a hundred apps awake', () => awake()],
};

// How much of the machine others had meanwhile: without this figure the others cannot be compared.
function processorTime() {
	const fields = fs.readFileSync('/proc/stat', 'latin1').split('\n')[0].trim().split(/\s+/).slice(1).map(Number);
	return { all: fields.reduce((a, b) => a + b, 0), idle: fields[3] + fields[4], stolen: fields[7] };
}

const asked = process.argv.slice(2);
const known = { ...ALL, ...LONG };
const unknown = asked.filter((name) => !(name in known));
if (unknown.length) {
	console.error(`There is nothing called ${unknown.join(', ')}; there are ${Object.keys(known).join(', ')}.`);
	process.exit(2);
}
const folder = path.join(process.env.CARREL_BUILD ?? path.join(ROOT, 'build'), 'bench');
fs.mkdirSync(folder, { recursive: true });
const where = machine(ROOT);
try {
	where.commit = execFileSync('git', ['-C', ROOT, 'describe', '--always', '--dirty'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
} catch {
	where.commit = 'not from git';
}
console.log(Object.entries(where).map(([name, value]) => `${name}: ${value}`).join('\n'));
if (where.load_before > 0.5)
	console.log(`\nThe machine is busy (load ${where.load_before.toFixed(1)}): the figures are worse than they would be on an idle one.`);

let broken = 0;
for (const name of asked.length ? asked : Object.keys(ALL)) {
	const [title, measure] = known[name];
	const load = os.loadavg()[0], before = processorTime();
	try {
		const rows = await measure();
		const after = processorTime();
		const busy = 1 - (after.idle - before.idle) / (after.all - before.all);
		print(`${title}  (load ${load.toFixed(1)} when it began, processors ${Math.round(busy * 100)} % busy)`, rows);
		fs.writeFileSync(path.join(folder, `${name}.json`),
			`${JSON.stringify({ title, machine: where, load, busy, rows }, null, '\t')}\n`);
	} catch (error) {
		broken++;
		console.error(`\n${title}: could not be measured: ${error.stack ?? error}`);
	}
}
console.log(broken ? `\n${broken} could not be measured.` : `\nAll were measured; the raw figures are in ${folder}.`);
process.exit(broken ? 1 : 0);
