// The main job, as a person lives it: a sentence, a live app, a change before one's eyes, a mistake that does no harm, and back.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { build, change, frameOf, launch, open, pill, preview, prompt } from '../lib/browser.mjs';
import { anthropicEnv, openaiEnv, start } from '../lib/carrel.mjs';

const browser = await launch();
after(() => browser.close());

for (const [dialect, envOf] of [['anthropic', anthropicEnv], ['openai', openaiEnv]])
	describe(dialect, () => {
		let models, carrel, page, id;
		before(async () => {
			models = await startModels();
			carrel = await start({ env: envOf(models) });
			page = await open(browser, carrel);
		});
		after(async () => { await page?.context().close(); await carrel?.remove(); await models?.stop(); });
		const count = () => preview(page).getByRole('status');
		const heading = (words) => preview(page).getByRole('heading', { name: words, exact: true });

		test('a prompt becomes an app that can be clicked', async () => {
			id = await build(page, 'A counter for apples [[text:Apples]]');
			await heading('Apples').waitFor();
			await preview(page).getByRole('button', { name: 'Add one' }).click();
			await preview(page).getByRole('button', { name: 'Add one' }).click();
			assert.equal(await count().textContent(), 'Count: 2');
			await pill(page).getByText(/version 1/).waitFor();
			assert.equal(new URL(page.url()).pathname, `/app/${id}`);
		});

		test('a second sentence changes it without a reload: the page and its state live on', async () => {
			const frame = await frameOf(page);
			await frame.evaluate(() => { window.mark = 'kept'; });
			await change(page).fill('Pears instead [[reply:edit]] [[text:Pears]]');
			await change(page).press('Enter');
			await heading('Pears').waitFor();
			assert.equal(await frame.evaluate(() => window.mark), 'kept', 'the frame was loaded again');
			assert.equal(await count().textContent(), 'Count: 2', 'the state was lost');
			await pill(page).getByText(/version 2/).waitFor();
			await page.getByText('Changed the words as you asked.').first().waitFor();
			assert.equal(await change(page).inputValue(), '');
		});

		test('a broken answer is repaired unseen', async () => {
			const frame = await frameOf(page);
			const changes = await watch(frame);
			await change(page).fill('Plums, badly written [[broken:1]] [[text:Plums]]');
			await page.getByRole('button', { name: 'Change it' }).click();
			await heading('Plums').waitFor();
			assert.equal(await frame.evaluate(() => window.mark), 'kept');
			await pill(page).getByText(/version 3/).waitFor();
			assert.deepEqual(await changes(), [], 'the open page saw something of it');
		});

		test('an answer that stays broken never replaces the good one, and there is a way on', async () => {
			const frame = await frameOf(page);
			const changes = await watch(frame);
			await change(page).fill('Hopeless [[broken:always]] [[text:Hopeless]]');
			await change(page).press('Enter');
			await page.getByRole('button', { name: /Fix this|Try again/ }).first().waitFor();
			assert.ok(await heading('Plums').isVisible());
			assert.equal(await count().textContent(), 'Count: 2');
			assert.equal(await frame.evaluate(() => window.mark), 'kept');
			assert.deepEqual(await changes(), []);
			await pill(page).getByText(/version 3/).waitFor();
			await page.getByText(/Version 3 is still/).waitFor();
		});

		test('going back brings the old words, by hot update too', async () => {
			const frame = await frameOf(page);
			await page.getByRole('link', { name: 'Versions' }).click();
			await page.locator('#version-1').getByRole('button', { name: 'Go back to this' }).click();
			await page.locator('#version-4').getByText('current').waitFor();
			await page.getByRole('link', { name: 'Preview' }).click();
			await heading('Apples').waitFor();
			assert.equal(await frame.evaluate(() => window.mark), 'kept');
			assert.equal(await count().textContent(), 'Count: 2');
		});

		test('after a reload everything is as it was', async () => {
			await page.reload();
			await heading('Apples').waitFor();
			for (const words of ['A counter for apples', 'Pears instead', 'Plums, badly written', 'Hopeless'])
				await page.getByText(words).first().waitFor();
			await pill(page).getByText(/version 4/).waitFor();
		});

		test('nobody complained on the way', () => {
			assert.deepEqual(page.problems, []);
		});
	});

// Notes what a preview shows that a person should never see: overlays, emptiness, error words.
async function watch(frame) {
	await frame.evaluate(() => {
		window.oddities = [];
		window.watcher?.disconnect();
		window.watcher = new MutationObserver(() => {
			if (document.querySelector('vite-error-overlay'))
				window.oddities.push('overlay');
			if (!document.querySelector('#root')?.childElementCount)
				window.oddities.push('empty');
			if (/ran into a problem/.test(document.body.textContent))
				window.oddities.push('problem');
		});
		window.watcher.observe(document.documentElement, { childList: true, subtree: true });
	});
	return () => frame.evaluate(() => window.oddities);
}

describe('sample provider', () => {
	let carrel, page;
	before(async () => {
		carrel = await start();
		page = await open(browser, carrel);
	});
	after(async () => { await page?.context().close(); await carrel?.remove(); });

	test('the page says plainly that no model is configured', async () => {
		await page.goto('/');
		await page.getByText('No model is configured.').waitFor();
		await page.getByText('ANTHROPIC_API_KEY', { exact: false }).first().waitFor();
	});

	test('a prompt becomes an app that can be clicked', async () => {
		await build(page, 'A counter called Sheep');
		await preview(page).getByRole('heading', { name: 'Sheep' }).waitFor();
		const figure = preview(page).locator('output');
		assert.equal((await figure.textContent()).trim(), '0');
		await preview(page).getByRole('button', { name: 'Add 1' }).click();
		await preview(page).locator('output', { hasText: '1' }).waitFor();
		// The click gave the preview the focus, so that keys reach it now.
		await page.keyboard.press('ArrowUp');
		await preview(page).locator('output', { hasText: '2' }).waitFor();
	});

	test('a small change arrives without a reload', async () => {
		const frame = await frameOf(page);
		await frame.evaluate(() => { window.mark = 'kept'; });
		await change(page).fill('call it Goats');
		await change(page).press('Enter');
		await preview(page).getByRole('heading', { name: 'Goats' }).waitFor();
		assert.equal(await frame.evaluate(() => window.mark), 'kept');
		assert.equal((await preview(page).locator('output').textContent()).trim(), '2');
	});

	test('a wish it cannot grant is answered truthfully', async () => {
		await change(page).fill('Please connect it to the moon');
		await change(page).press('Enter');
		await page.locator('.turn').last().getByText(/sample|model/i).first().waitFor();
		await pill(page).getByText(/version 2/).waitFor();
	});

	test('every example on the home page leads to an app that works', { timeout: 240000 }, async () => {
		await page.goto('/');
		const names = await page.getByRole('navigation', { name: 'Examples' }).getByRole('link').allTextContents();
		assert.ok(names.length >= 4);
		for (const name of names) {
			await page.goto('/');
			await page.getByRole('link', { name }).click();
			assert.ok((await prompt(page).inputValue()).length > 10, `${name} does not fill the field`);
			await page.getByRole('button', { name: 'Build it' }).click();
			await page.waitForURL(/\/app\//);
			await preview(page).locator('#root > *').first().waitFor();
			await preview(page).getByRole('button').first().waitFor();
			assert.ok((await preview(page).locator('body').innerText()).trim().length > 10, name);
		}
	});

	test('nobody complained on the way', () => {
		assert.deepEqual(page.problems, []);
	});
});
