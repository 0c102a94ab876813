// Many creations at once: none fails, each that waits is told its place, others' pages are served meanwhile, and nothing is left behind.
// The full size is `make soak`'s.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storm } from '../bench/load/storm.mjs';

const MANY = Number(process.env.CARREL_STORM ?? 30), WAITS_MS = 3000, PAGE_MS = 1000;	// others may use the machine: how fast it is, the bench says
// Who is done makes room soon, where not all fit into memory.
const ENV = MANY > 100 ? { CARREL_IDLE: '20' } : {};

test(`${MANY} apps at once: all compiled and openable, each was told its place, nothing leaks`, { timeout: 300000 + MANY * 2000 }, async () => {
	const { results, said, ...told } = await storm({ count: MANY, env: ENV });
	const tail = () => `${JSON.stringify(told.causes)}\n${said.slice(-2000)}`;
	assert.equal(told.succeeded, MANY, tail());
	assert.deepEqual(told.causes, {});
	assert.deepEqual(told.refused, {}, 'somebody was asked to come later');
	for (const { told: { places }, marks } of results)
		if (marks.starting - marks.accepted > WAITS_MS)
			assert.ok(places.some((words) => /^(next|\w+( \d+)?) in line/.test(words)), `waited ${marks.starting} ms and heard ${JSON.stringify(places)}`);
	assert.ok(told.told_their_place >= MANY / 2, `only ${told.told_their_place} were told their place`);
	assert.deepEqual(told.pages.wrong, []);
	assert.ok(told.pages.all.n >= 50 && told.pages.all.p99 < PAGE_MS, JSON.stringify(told.pages.all));
	assert.deepEqual(told.checks, [], 'the store is not sound');
	assert.deepEqual(told.leaks, []);
});
