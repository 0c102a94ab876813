// The assistant beside a real editor, in Chromium: a cell is asked for, added and run; an agent works, is followed and dismissed.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { launch, open } from '../lib/browser.mjs';
import { anthropicEnv, eventually, start } from '../lib/carrel.mjs';

const models = await startModels();
const carrel = await start({ env: anthropicEnv(models) });
const browser = await launch();
after(async () => { await browser.close(); await carrel.remove(); await models.stop(); });

test('a cell and an agent, by keyboard and by hand', async () => {
	const { id } = JSON.parse((await carrel.post('/workspaces', { title: 'Helped', template: 'blank' })).text);
	await carrel.post(`/workspaces/${id}/wake`, {});
	const page = await open(browser, carrel);
	await page.goto(`/notebook/${id}`);
	const editor = page.frameLocator('iframe.editor');
	await editor.locator('.cm-content').first().waitFor();

	await page.locator('#assistant > summary').focus();
	await page.keyboard.press('Enter');
	await eventually('the field to have the focus', () => page.evaluate(() => document.activeElement.id === 'ask-prompt'));
	await page.keyboard.insertText('A frame [[cell:import pandas as pd\\ntea = pd.DataFrame(dict(leaf=("oolong", "sencha"), minutes=(4, 2)))\\ntea]]');
	await page.keyboard.press('Enter');
	await page.locator('.assist-code').waitFor();
	assert.match(await page.locator('.assist-code').textContent(), /^import pandas as pd\ntea = /);
	assert.match(await page.locator('.assist-budget').textContent(), /^\d+ tokens$/);
	assert.equal(await editor.locator('text=oolong').count(), 0, 'nothing runs before it is accepted');
	await page.getByRole('button', { name: 'Add and run' }).click();
	// No reload: the cell and its table come into the editor that is open.
	await editor.getByText('2 rows, 2 columns').waitFor();
	assert.equal(await page.locator('#assist-now').isVisible(), false);

	await page.locator('#tab-cell').focus();
	await page.keyboard.press('ArrowRight');
	await page.locator('#ask-goal').fill('Add up [[agent:print(tea.minutes.sum());;tea.nothing;;import time\\ntime.sleep(400)]]');
	await page.getByRole('button', { name: 'Set it to work' }).click();
	await page.locator('.assist-steps li').nth(2).waitFor();
	assert.equal(await page.locator('.assist-steps .step-output').first().textContent(), '6\n');
	assert.match(await page.locator('.assist-steps .failed').textContent(), /Step 2 failed/);
	await eventually('the budget', async () => /^3 of 8 steps · \d+ of 60000 tokens$/.test(await page.locator('.assist-budget').textContent()));
	await page.getByRole('button', { name: 'Stop' }).click();
	await page.getByText('Stopped.', { exact: true }).waitFor();
	await page.keyboard.press('Escape');
	await page.locator('#assistant > summary').press('Escape');
	assert.equal(await page.locator('.assistant-side').isVisible(), false);
	const ours = page.problems.filter((line) => !line.includes(`${id}.localhost`) && !/ServiceWorker|localStorage/.test(line));
	assert.deepEqual(ours, []);
});
