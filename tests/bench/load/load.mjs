#!/usr/bin/env node
// Loads a Carrel that runs, as many people at once would, and says how it went.
//   tests/bench/load/load.mjs [--url http://localhost:8080] [--key API-KEY] [--kind app|notebook] [--mode burst|staggered|sequential]
//       [--count 50] [--in-flight 120] [--rate 2 (a second, staggered)] [--deadline 600 (s)] [--pages 20 (a second)] [--out FILE.json]
// An app counts when its first version compiled and its page and the script it names were served; a notebook when its kernel has run
// something and its page was served. What it made it leaves there: use a Carrel that may be thrown away.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../../lib/carrel.mjs';
import { machine } from '../stats.mjs';
import { drive, MODES, report } from './drive.mjs';
import { show } from './show.mjs';
import { watchPages } from './watch.mjs';

function fail(text) {
	console.error(text);
	process.exit(2);
}

function options() {
	const text = (value) => ({ type: 'string', default: value });
	let values;
	try {
		({ values } = parseArgs({ options: { url: text('http://localhost:8080'), key: text(''), kind: text('app'), mode: text('burst'), count: text('50'),
			'in-flight': text('120'), rate: text('2'), deadline: text('600'), pages: text('20'), out: text('') } }));
	} catch (error) {
		fail(error.message);
	}
	if (!(values.mode in MODES))
		fail(`There is no mode ${values.mode}; there are ${Object.keys(MODES).join(', ')}.`);
	if (!['app', 'notebook'].includes(values.kind))
		fail('What is made is --kind app or --kind notebook.');
	for (const name of ['count', 'in-flight', 'rate', 'deadline', 'pages'])
		if (!(Number(values[name]) >= (name === 'pages' ? 0 : 0.001)))
			fail(`--${name} is no number that makes sense: ${values[name]}`);
	return values;
}

const o = options(), url = new URL(o.url);
if (url.protocol !== 'http:')
	fail('Only http: is spoken: load the web server itself, on its machine.');
const port = Number(url.port || 80);
const server = { port, apps: `localhost:${port}`, headers: o.key ? { 'x-api-key': o.key } : {} };
const where = machine(ROOT);
const pages = Number(o.pages) ? watchPages(port, { rate: Number(o.pages) }) : null;
let ended = 0;
const timer = setInterval(() => process.stderr.write(`\r${ended} of ${o.count} ended `), 1000);
const run = await drive(server, { kind: o.kind, mode: o.mode, count: Number(o.count), inFlight: Number(o['in-flight']), rate: Number(o.rate),
	deadlineMs: Number(o.deadline) * 1000, onEnd: () => { ended++; } });
clearInterval(timer);
process.stderr.write('\r');
const result = { machine: where, asked: { ...o, key: o.key ? '(given)' : '' }, ...report(run), pages: await pages?.stop() };
const out = o.out || path.join(process.env.CARREL_BUILD ?? path.join(ROOT, 'build'), 'bench', `load-${o.kind}-${o.mode}-${o.count}.json`);
fs.mkdirSync(path.dirname(out), { recursive: true });
fs.writeFileSync(out, `${JSON.stringify(result, null, '\t')}\n`);
show(result);
console.log(`\nAll of it is in ${out}.`);
process.exit(result.failed ? 1 : 0);
