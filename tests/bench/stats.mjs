// Figures: what many measurements come to, and on which machine they were taken.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';

// The value below which that share of the measurements lies: always one of them, never something in between.
export function quantile(sorted, share) {
	return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}

export function summary(values) {
	const sorted = [...values].sort((a, b) => a - b);
	return { n: sorted.length, min: sorted[0], p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95),
		p99: quantile(sorted, 0.99), max: sorted[sorted.length - 1] };
}

export const round = (value, digits = 3) => Number(value.toPrecision(digits));

function first(program, args) {
	try {
		return execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString().trim().split('\n')[0];
	} catch {
		return 'not there';
	}
}

export function machine(root) {
	const debian = /PRETTY_NAME="(.*)"/.exec(fs.readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
	return {
		date: new Date().toISOString(),
		processor: `${os.cpus().length} × ${os.cpus()[0].model}`,
		memory_gib: round(os.totalmem() / 2 ** 30),
		kernel: os.release(),
		system: debian,
		load_before: os.loadavg()[0],
		runsc: first(`${root}/build/bin/runsc`, ['--version']),
		lighttpd: first('/usr/sbin/lighttpd', ['-v']),
		apache: first('/usr/sbin/apache2', ['-v']),
		node: process.version,
	};
}

// One row of the result: what was measured, in which unit, what it is compared with. `is_met` is null where the issue names no
// target. Moments that the log left out (it is silent after 20 lines a second) are not counted. A slow figure is a figure; only
// a measurement that could not be taken is a failure.
export function row(name, unit, values, target = null) {
	const known = [values].flat().filter(Number.isFinite);
	if (!known.length)
		throw new Error(`“${name.trim()}” was never measured`);
	const s = Array.isArray(values) ? summary(known) : { n: 1, p50: values };
	return { name, unit, ...s, target: target?.text ?? '', is_met: target ? target.holds(s) : null };
}

export const atMost = (limit, unit, part = 'p50') => ({ text: `${part} ≤ ${limit} ${unit}`, holds: (s) => (s[part] ?? s.p50) <= limit });
export const atLeast = (limit, unit) => ({ text: `≥ ${limit} ${unit}`, holds: (s) => s.p50 >= limit });

export function print(title, rows) {
	const cell = (value) => value === undefined ? '' : String(Math.abs(value) >= 1000 ? Math.round(value) : round(value));
	const lines = rows.map((r) => [r.name, r.unit, String(r.n), cell(r.p50), cell(r.p95), cell(r.p99), r.target,
		r.is_met === null ? '' : r.is_met ? 'met' : 'MISSED']);
	const all = [['', 'unit', 'n', 'p50', 'p95', 'p99', 'target', ''], ...lines];
	const widths = all[0].map((_, i) => Math.max(...all.map((l) => l[i].length)));
	console.log(`\n${title}`);
	for (const line of all)
		console.log(`  ${line.map((text, i) => i === 0 || i >= 6 ? text.padEnd(widths[i]) : text.padStart(widths[i])).join('  ').trimEnd()}`);
}
