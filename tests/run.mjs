#!/usr/bin/env node
// Runs the suites written in JavaScript: `node tests/run.mjs [web|e2e|box|fake …] [--only=file]`. Each test prints one line; the last
// line is `N passed, N failed, N skipped`, and the exit code tells whether all is well. A skip must say why, else it fails.
// The web and e2e suites run once for each web server (CARREL_WEB, when set, names the only one).
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const SUITES = { fake: [''], box: [''], web: ['lighttpd', 'apache'], e2e: ['lighttpd', 'apache'] };
// These bring their own servers, or none, or are about what lies behind them.
const ONCE = ['admin', 'asleep', 'care', 'disk', 'egress', 'examples', 'gate_alone', 'golden', 'havoc', 'life', 'metrics', 'notebook_harm',
	'provider', 'rest', 'shot', 'storm', 'tenants', 'unattended', 'upgrade', 'usage'];
const FILE_TIMEOUT_MS = Number(process.env.CARREL_TEST_MINUTES ?? 20) * 60 * 1000;

function install() {
	const lock = path.join(HERE, 'package-lock.json');
	const mark = path.join(HERE, 'node_modules', '.package-lock.json');
	if (fs.existsSync(mark) && fs.statSync(mark).mtimeMs >= fs.statSync(lock).mtimeMs)
		return;
	execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: HERE, stdio: ['ignore', 'ignore', 'inherit'] });
	fs.utimesSync(mark, new Date(), new Date());
}

const filesOf = (suite) => fs.readdirSync(path.join(HERE, suite)).filter((f) => f.endsWith('.test.mjs')).sort()
	.map((f) => path.join(HERE, suite, f));

const tally = { passed: 0, failed: 0, skipped: 0 };

function line(word, where, name, note = '') {
	console.log(`${word} ${where}: ${name}${note ? `  (${note})` : ''}`);
}

function told(error) {
	const cause = error?.cause ?? error;
	return String(cause?.stack ?? cause?.message ?? cause).split('\n').slice(0, 14).map((l) => `      ${l}`).join('\n');
}

function runFile(file, where) {
	return new Promise((resolve) => {
		const stream = run({ files: [file], concurrency: 1, timeout: FILE_TIMEOUT_MS });
		let count = 0, complaints = '';
		stream.on('test:pass', (event) => {
			if (event.details?.type === 'suite')
				return;
			if (event.skip !== undefined && event.skip !== false) {
				count++;
				if (typeof event.skip === 'string' && event.skip) {
					tally.skipped++;
					line('skip', where, event.name, event.skip);
				} else {
					tally.failed++;
					line('FAIL', where, event.name, 'skipped without a reason');
				}
			} else if (event.name !== file && path.resolve(event.name) !== file) {
				count++;
				tally.passed++;
				line('ok  ', where, event.name, `${Math.round(event.details.duration_ms)} ms`);
			}
		});
		stream.on('test:fail', (event) => {
			if (event.details?.type === 'suite' && event.details.error?.failureType === 'subtestsFailed')
				return;
			count++;
			tally.failed++;
			line('FAIL', where, event.name);
			console.log(told(event.details.error));
			if (event.details.error?.failureType === 'testCodeFailure' && path.resolve(event.name) === file)
				console.log(told(complaints.trim()));
		});
		stream.on('test:stderr', (event) => {
			complaints = (complaints + event.message).slice(-4000);
			if (process.env.V)
				process.stderr.write(event.message);
		});
		stream.on('test:stdout', (event) => process.env.V && process.stdout.write(event.message));
		stream.on('end', () => {
			if (!count) {
				tally.failed++;
				line('FAIL', where, 'no test ran');
			}
			resolve();
		});
		stream.resume();
	});
}

const only = process.argv.find((a) => a.startsWith('--only='))?.slice(7);
const asked = process.argv.slice(2).filter((a) => !a.startsWith('--'));
const unknown = asked.filter((a) => !(a in SUITES));
if (unknown.length) {
	console.error(`There is no suite called ${unknown.join(', ')}; there are ${Object.keys(SUITES).join(', ')}.`);
	process.exit(2);
}
install();
const server = process.env.CARREL_WEB;
for (const suite of asked.length ? asked : Object.keys(SUITES)) {
	const webs = SUITES[suite].filter((web) => !server || !web || web === server);
	for (const web of webs) {
		if (web)
			process.env.CARREL_WEB = web;
		for (const file of filesOf(suite)) {
			const name = path.basename(file, '.test.mjs');
			const once = ONCE.includes(name);
			if ((!only || name === only) && !(once && web !== webs[0]))
				await runFile(file, `${suite}/${name}${web && !once ? ` on ${web}` : ''}`);
		}
	}
	if (server === undefined)
		delete process.env.CARREL_WEB;
	else
		process.env.CARREL_WEB = server;
}
console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
process.exit(tally.failed ? 1 : 0);
