// Kill −9 of a random process at a random moment of a random transition, again and again: CARREL_SEED repeats a row of lots, CARREL_POINTS
// says how many (`make soak`: 200).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, ROOT, start, WEB } from '../lib/carrel.mjs';
import { census, nothingLeaked } from '../lib/census.mjs';
import { Havoc } from '../lib/havoc.mjs';

const POINTS = Number(process.env.CARREL_POINTS ?? 12), SEED = Number(process.env.CARREL_SEED ?? Date.now() % 1e9);
const models = await startModels();
const carrel = await start({ env: { ...anthropicEnv(models), CARREL_VERBOSE: 'yes' } });
after(async () => { await carrel.remove(); await models.stop(); });
const havoc = new Havoc(carrel, SEED, WEB === 'apache' ? 'apache2' : 'lighttpd');
for (const kind of ['app', 'app', 'notebook', 'notebook'])
	await havoc.make(kind);

async function allAsleep() {
	for (const one of havoc.all)
		await havoc.asleep(one);
}

for (let i = 1; i <= POINTS; i++)
	test(`seed ${SEED}, point ${i} of ${POINTS}`, { timeout: 400000 }, async (t) => {
		try {
			const told = await havoc.point();
			t.diagnostic(told);
			havoc.told.push(told);
			if (process.env.CARREL_SEED || process.env.V)
				console.error(`${i}: ${told}`);
		} catch (error) {
			const kept = path.join(process.env.CARREL_BUILD ?? path.join(ROOT, 'build'), 'test-logs', `havoc-${SEED}-${i}.log`);
			fs.mkdirSync(path.dirname(kept), { recursive: true });
			fs.writeFileSync(kept, carrel.said());
			error.message += ` (log: ${kept})`;
			throw error;
		}
	});

test('afterwards every workspace opens as it was, and asleep they leave nothing on the machine', async () => {
	for (const one of havoc.all)
		await one.isWhole('in the end', false);
	await allAsleep();
	const before = census(carrel);
	for (const one of havoc.all)
		await one.isWhole('in the end, woken', false);
	await allAsleep();
	await nothingLeaked(carrel, before, 120000);
	assert.deepEqual((await carrel.stop()).left, []);
});
