// GET /metrics, read by a parser that is not ours and held against what happened.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, eventually, ROOT, start } from '../lib/carrel.mjs';

const models = await startModels();
const carrel = await start({ env: { ...anthropicEnv(models), ADMIN_SECRET: 'open sesame', CARREL_METRICS_TOKEN: 'scrape me' } });
after(async () => { await carrel.remove(); await models.stop(); });

const bearer = (token) => ({ headers: { authorization: `Bearer ${token}` } });

// Prometheus's own client library for Python, of the distribution.
const PARSER = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families as parse
print(json.dumps([{"name": f.name, "type": f.type, "help": f.documentation,
    "samples": [[s.name, s.labels, str(s.value)] for s in f.samples]} for f in parse(sys.stdin.read())]))
`;
const parse = (text) => JSON.parse(execFileSync('/usr/bin/python3', ['-c', PARSER], { input: text, encoding: 'utf8' }));

async function scrape() {
	const reply = await carrel.get('/metrics', bearer('scrape me'));
	assert.equal(reply.status, 200);
	assert.equal(reply.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
	const families = parse(reply.text);
	const samples = families.flatMap((f) => f.samples);
	const those = (name, labels) => samples.filter(([n, has]) => n === `carrel_${name}` && Object.entries(labels).every(([k, v]) => has[k] === v));
	return { text: reply.text, families, value: (name, labels = {}) => Number(those(name, labels)[0]?.[2] ?? NaN),
		sum: (name, labels) => those(name, labels).reduce((n, sample) => n + Number(sample[2]), 0) };
}

test('it is for the admin and for who scrapes', async () => {
	assert.equal((await carrel.get('/metrics')).status, 401);
	assert.equal((await carrel.get('/metrics', bearer('scrape'))).status, 401);
	assert.equal((await carrel.get('/metrics', bearer('open sesame'))).status, 200);
	assert.equal((await carrel.get('/admin', bearer('scrape me'))).status, 401);
	assert.equal((await carrel.get('/usage', bearer('scrape me'))).status, 200, 'as anybody, in open mode');
});

test('every line of the table is told with its type and sentence, and a parser of others understands all', async () => {
	const { text, families } = await scrape();
	const table = [...fs.readFileSync(path.join(ROOT, 'cgi/system/metrics.def'), 'utf8')
		.matchAll(/^METRIC\((\w+), (\w+), "([^"]*)", "([^"]*)"\)/gm)];
	assert.ok(table.length > 25);
	for (const [, name, type, unit, sentence] of table) {
		assert.ok(text.includes(`# HELP carrel_${name} ${sentence}`), name);
		assert.ok(text.includes(`# TYPE carrel_${name} ${type}\n`), name);
		if (unit)
			assert.ok(name.includes(unit), `${name} does not say its unit, ${unit}`);
		if (type === 'counter')
			assert.match(name, /_total$/);
		// It leaves out the _total of a counter's name.
		const family = families.find((f) => [`carrel_${name}`, `carrel_${name.replace(/_total$/, '')}`].includes(f.name));
		assert.equal(family?.type, type, name);
		assert.ok(family.help.startsWith(sentence), name);
	}
	assert.equal(families.length, table.length);
	assert.equal(families.flatMap((f) => f.samples).length, text.trimEnd().split('\n').filter((line) => !line.startsWith('#')).length);
	for (const { name, samples } of families.filter((f) => f.type === 'histogram')) {
		const sets = new Map();
		for (const [n, { le, ...labels }, value] of samples) {
			const key = JSON.stringify(labels);
			const set = sets.get(key) ?? { counts: [] };
			sets.set(key, set);
			if (n.endsWith('_bucket'))
				set.counts.push([le, Number(value)]);
			else
				set[n.slice(name.length + 1)] = Number(value);
		}
		for (const { counts, count, sum } of sets.values()) {
			assert.deepEqual(counts.map(([, n]) => n), counts.map(([, n]) => n).sort((x, y) => x - y), `${name} is not cumulative`);
			assert.deepEqual(counts.at(-1), ['+Inf', count], name);
			assert.ok(sum >= 0);
		}
	}
});

test('it tells what happened', async () => {
	const before = await scrape();
	const id = await carrel.make('Figures [[text:Figures]]');
	const made = await eventually('memory and processor are told', async () => {
		const s = await scrape();
		return s.value('sandbox_memory_bytes') > 0 && s.value('sandbox_cpu_seconds_total') > 0 && s;
	}, { timeout: 30000 });
	// Of nothing, or as a clone.
	assert.equal(made.sum('sandbox_starts_total', { kind: 'app' }), 1);
	assert.equal(made.value('sandboxes', { kind: 'app', state: 'running' }), 1);
	assert.equal(made.value('sandbox_memory_limit_bytes'), 512 * 1024 * 1024);
	assert.equal(made.value('workspaces', { kind: 'app' }), 1);
	assert.equal(made.value('jobs_ended_total', { kind: 'app', state: 'done' }), 1);
	assert.ok(made.value('model_tokens_total', { way: 'in' }) > 0);
	assert.equal(made.value('queue_length'), 0);
	await eventually('its version is frozen', async () => (await scrape()).value('freeze_queue_length') === 0);
	assert.equal(made.value('part_up', { part: 'keep' }), 1);
	assert.ok(made.value('requests_total', { plugin: 'apps', status: '2xx' }) > before.value('requests_total', { plugin: 'apps', status: '2xx' }));
	await carrel.get('/api/nothing');
	await carrel.app(id);
	const later = await scrape();
	assert.ok(later.value('requests_total', { plugin: 'apps', status: '4xx' }) >= 1);
	assert.ok(later.value('gate_requests_total') >= 1);
	// Counters go on where a program is started anew.
	const [keep] = carrel.programs('keep'), [apps] = carrel.programs('apps.fcgi');
	process.kill(keep.pid, 'SIGKILL');
	process.kill(apps.pid, 'SIGKILL');
	await eventually('they are back', () => carrel.programs('keep').some((p) => p.pid !== keep.pid) && carrel.programs('apps.fcgi').some((p) => p.pid !== apps.pid));
	const after_ = await scrape();
	assert.equal(after_.sum('sandbox_starts_total', { kind: 'app' }), 1);
	assert.ok(after_.value('requests_total', { plugin: 'apps', status: '2xx' }) >= later.value('requests_total', { plugin: 'apps', status: '2xx' }));
});

test('what failed is told by its reason', async () => {
	const id = await carrel.make('Failing [[text:Failing]]');
	const wrong = await carrel.write(id, 'Wrong [[broken:always]]');
	assert.equal(wrong.json.status, 'error');
	const s = await scrape();
	assert.equal(s.value('job_failures_total', { error: 'compile' }), 1);
});
