// A thousand workspaces asleep cost next to nothing: `make bench` has the figures, this keeps them from becoming others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asleep } from '../bench/load/sleeping.mjs';

const MB = 1e6;

test('500 apps and 500 notebooks asleep: 40 MB, quick lists, hardly any processor time, none of them wakes', { timeout: 120000 }, async () => {
	const { bytes, pages, idle, idleSeconds, awake } = await asleep({ idleSeconds: 5, pageSeconds: 3 });
	const all = bytes.reduce((sum, [, n]) => sum + n, 0), used = Object.values(idle).reduce((sum, ms) => sum + ms, 0);
	assert.ok(all < 40 * MB, `${all / MB} MB: ${JSON.stringify(bytes)}`);
	assert.deepEqual(pages.wrong, []);
	for (const [path, s] of Object.entries(pages.by))
		assert.ok(s.p50 <= 20, `${path}: ${JSON.stringify(s)}`);
	assert.ok(used <= idleSeconds * 20, `${used} ms in ${idleSeconds} s: ${JSON.stringify(idle)}`);
	assert.equal(awake, 0);
});
