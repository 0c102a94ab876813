// Frozen apps in a browser: every sample works as files, without a word of complaint and without a sandbox; the
// editor exchanges the frozen page for the live one without a blank moment; a page goes on when its sandbox sleeps.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { launch, open, pill, preview } from '../lib/browser.mjs';
import { eventually, ROOT, start } from '../lib/carrel.mjs';

const admin_secret = 'open sesame';
const carrel = await start({ env: { ADMIN_SECRET: admin_secret } });
const browser = await launch();
after(async () => { await browser.close(); await carrel.remove(); });

const samples = fs.readdirSync(path.join(ROOT, 'www/sample')).filter((f) => f.endsWith('.tsx') && f !== 'theme.tsx')
	.map((f) => f.slice(0, -4));
const url = (id, way = '/') => `http://${id}.localhost:${carrel.port}${way}`;
const sandbox = async (id) => (await carrel.get(`/api/app/${id}`)).json.sandbox;
const isFrozen = async (id) => (await carrel.versions(id)).at(-1)?.frozen;
const isLive = (page) => page.evaluate(() => document.querySelector('script[src*="/@vite/client"]') !== null);

async function toSleep(id) {
	assert.equal((await carrel.post(`/api/app/${id}/terminate`, { admin_secret })).status, 200);
	await eventually('it is asleep', async () => await sandbox(id) === 'absent', { timeout: 20000 });
}

async function frozen(words) {
	const id = await carrel.make(words);
	await eventually('it is frozen', () => isFrozen(id), { timeout: 60000 });
	return id;
}

// Words that the sample provider knows each component by.
const words = { page: 'an about page', landing: 'a landing page', draw: 'a drawing board', splitter: 'split a bill',
	expenses: 'track my expenses', habits: 'a habit tracker', converter: 'a unit converter' };

test('every sample works frozen, without a sandbox and without a complaint', async () => {
	const ids = [];
	for (const name of samples)
		ids.push(await carrel.create(words[name] ?? `a ${name}`));
	for (const [i, id] of ids.entries())
		await eventually(`${samples[i]} is frozen`, () => isFrozen(id), { timeout: 180000 });
	assert.equal((await carrel.post('/api/admin/terminate-all', { admin_secret })).status, 200);
	for (const id of ids)
		await eventually('it is asleep', async () => await sandbox(id) === 'absent', { timeout: 60000 });
	const page = await open(browser, carrel);
	for (const [i, id] of ids.entries()) {
		await page.goto(url(id, i % 2 ? '/a/page/of/its/own?x=1' : '/'));
		await page.locator('#root > *').first().waitFor();
		assert.deepEqual(page.problems, [], samples[i]);
		assert.equal(await isLive(page), false);
		const size = await page.evaluate(() => ({ text: document.body.innerText.trim().length,
			rules: [...document.styleSheets].reduce((n, s) => n + s.cssRules.length, 0) }));
		assert.ok(size.text > 0 && size.rules > 3, `${samples[i]}: ${JSON.stringify(size)}`);
		assert.equal(await sandbox(id), 'absent', 'a visitor woke it');
	}
	await page.context().close();
});

test('the editor wakes it behind its frozen page, and exchanges that without a blank moment', async () => {
	const id = await frozen('A tea timer');
	await toSleep(id);
	const page = await open(browser, carrel);
	// Looks at each frame that is painted: the one on show must have something in it from the first time on.
	await page.addInitScript(() => {
		if (self !== top)
			return;
		window.seen = [];
		const look = () => {
			const shown = document.querySelectorAll('#frame iframe:not(.next)');
			window.seen.push(shown.length);
			requestAnimationFrame(look);
		};
		requestAnimationFrame(look);
	});
	await page.goto(`/app/${id}`);
	await preview(page).locator('#root > *').first().waitFor();
	const first = await page.locator('#frame iframe').first().elementHandle();
	assert.equal(await isLive(await first.contentFrame()), false, 'the first one is the frozen page');
	await eventually('the live one is on show', async () => {
		const shown = await page.locator('#frame iframe:not(.next)').elementHandle();
		const inside = await shown.contentFrame();
		return await isLive(inside) && await inside.locator('#root > *').count() > 0;
	}, { timeout: 60000 });
	await eventually('there is one frame again', async () => await page.locator('#frame iframe').count() === 1);
	const seen = await page.evaluate(() => window.seen);
	const begun = seen.indexOf(1);
	assert.ok(begun >= 0 && seen.slice(begun).every((n) => n === 1), 'there was always one frame on show');
	await pill(page).getByText(/awake/).waitFor();
	assert.deepEqual(page.problems, []);

	// What is open goes on when the sandbox sleeps, and a visitor is back at the files.
	await toSleep(id);
	await preview(page).getByRole('button', { name: 'Start', exact: true }).click();
	await preview(page).getByRole('button', { name: /Pause|Stop/ }).waitFor();
	const visitor = await open(browser, carrel);
	await visitor.goto(url(id));
	await visitor.locator('#root > *').first().waitFor();
	assert.equal(await isLive(visitor), false);
	assert.equal(await sandbox(id), 'absent');
	await visitor.context().close();
	await page.context().close();
});

test('a copy says where it comes from', async () => {
	const id = await frozen('A counter');
	const copy = (await carrel.post(`/api/app/${id}/duplicate`, {})).json.app_id;
	assert.equal((await carrel.get(`/api/app/${copy}`)).json.parent, id);
	const page = await open(browser, carrel);
	await page.goto(`/app/${copy}`);
	await page.locator('.lineage a').click();
	await page.waitForURL(new RegExp(`/app/${id}`));
	await page.context().close();
});
