// A report as a short table.
const cell = (value) => Number.isFinite(value) ? String(Math.round(value)) : '';

function table(lines) {
	const widths = lines[0].map((_, i) => Math.max(...lines.map((l) => l[i].length)));
	for (const line of lines)
		console.log(`  ${line.map((text, i) => i ? text.padStart(widths[i]) : text.padEnd(widths[i])).join('  ').trimEnd()}`);
}

const times = (name, s) => [name, s.n ? String(s.n) : '', cell(s.p50), cell(s.p95), cell(s.p99), cell(s.max)];

export function show(result) {
	console.log(`${result.succeeded} of ${result.count} succeeded in ${result.seconds_in_all.toFixed(1)} s (${result.a_second.toFixed(2)} a second)`);
	table([['ms from when each was due', 'n', 'p50', 'p95', 'p99', 'max'],
		...(result.latency_ms ? [times('all of it', result.latency_ms)] : []),
		...Object.entries(result.steps_ms).sort(([, a], [, b]) => a.p50 - b.p50).map(([step, s]) => times(`  ${step}`, s)),
		...(result.pages ? [times('first byte of any page meanwhile', result.pages.all), ...Object.entries(result.pages.by).map(([p, s]) => times(`  ${p}`, s)),
			times('  of it: the client itself was late', result.pages.late)] : [])]);
	console.log(`told their place in line: ${result.told_their_place}`);
	for (const [title, counts] of [['failed', result.causes], ['asked to come later', result.refused], ['pages not served', count(result.pages?.wrong ?? [])]])
		for (const [why, n] of Object.entries(counts))
			console.log(`${title}: ${n} × ${why}`);
}

function count(list) {
	const counts = {};
	for (const item of list)
		counts[item] = (counts[item] ?? 0) + 1;
	return counts;
}
