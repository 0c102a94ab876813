// A notebook in a real browser, with the real marimo: made, run, plotted, given a file, put to sleep and woken, shared, revoked.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { fresh, launch, open } from '../lib/browser.mjs';
import { eventually, start } from '../lib/carrel.mjs';

// What marimo's own scripts say of a browser that gives a framed page no storage, and of what a notebook has not.
const MARIMOS = [/localStorage/, /serviceworker|service worker/i, /public-files-sw/, /favicon/, /net::ERR_ABORTED/,
	/@vite|preload/i, /AbortError/];
// And what a page says whose notebook has gone to sleep.
const ASLEEP = [/503/, /\/sse\?/, /getSandbox/];
// And what is refused to it once a module is missing.
const MISSING = /Content Security Policy.*\/flask\/json|\/flask\/json.*Content Security Policy/i;
const carrel = await start();
const browser = await launch();
after(async () => { await browser.close(); await carrel.remove(); });

const page = await open(browser, carrel, { viewport: { width: 1280, height: 900 } });
const frame = page.frameLocator('#stage iframe').first();
let id;

const quiet = (but = []) => assert.deepEqual(page.problems.filter((p) => ![...MARIMOS, ...but].some((known) => known.test(p))), []);
const show = async () => (await carrel.get(`/workspaces/${id}`)).json;
const state = (wanted) => eventually(`state ${wanted}`, async () => (await show()).state === wanted);
const menu = (name) => page.locator('.bar summary', { hasText: name }).click();
const outputs = (place = frame) => place.locator('.output-area, .output').allTextContents().then((list) => list.join('\n'));
const says = (words, place = frame) => eventually(`an output with ${words}`, async () => (await outputs(place)).includes(words), { timeout: 60000 });

// Into the cell that is there (the starter is blank but for one that imports marimo), as a person types it.
async function runCell(code) {
	const add = frame.getByRole('button', { name: 'Python', exact: true });
	const cells = await frame.locator('.cm-content').count();
	await add.click();
	await eventually('a new cell', async () => await frame.locator('.cm-content').count() > cells);
	const editor = frame.locator('.cm-content').last();
	await editor.click();
	await editor.fill(code);
	await editor.press('Control+Enter');
}

test('a click makes a notebook, and its editor fills the page', async () => {
	await page.goto('/notebooks');
	await page.getByLabel(/Title, if you have one/).fill('A <journey> & back');
	await page.getByRole('button', { name: /Blank/ }).click();
	await page.waitForURL(/\/notebook\/[a-z2-7]{26}$/);
	id = page.url().split('/').at(-1);
	await frame.locator('.cm-content').first().waitFor({ timeout: 60000 });
	assert.equal(await page.title().then((t) => t.startsWith('A <journey> & back')), true);
	await page.locator('#state', { hasText: 'awake' }).waitFor();
	quiet();
});

test('its cookie is for a frame of another site', async () => {
	const cookies = (await page.context().cookies()).filter((c) => c.name === '__Host-carrel' && c.domain === `${id}.localhost`);
	assert.equal(cookies.length, 1);
	assert.deepEqual([cookies[0].secure, cookies[0].httpOnly, cookies[0].sameSite], [true, true, 'None']);
});

test('cells run, and plots are drawn', async () => {
	await runCell('tide = 40 + 2\ntide');
	await says('42');
	await runCell('import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.gca()');
	await frame.locator('.output-area img, .output img').first().waitFor({ timeout: 60000 });
	quiet();
});

test('a file is uploaded from the page and read in a cell', async () => {
	await menu('Files');
	await page.locator('#upload-file').setInputFiles({ name: 'tides.csv', mimeType: 'text/csv', buffer: Buffer.from('hour,metres\n1,2.5\n7,0.4\n') });
	await page.locator('#filelist', { hasText: 'tides.csv' }).waitFor();
	await page.keyboard.press('Escape');
	await runCell('import pandas as pd\nint(pd.read_csv("tides.csv")["metres"].sum() * 1000)');
	await says('2900');
	quiet();
});

test('about a module that is missing the page asks nobody but Carrel', async () => {
	const left = [];
	const isForeign = (url) => /^(http|ws)s?:$/.test(url.protocol) && !/(^|\.)localhost$/.test(url.hostname);
	// What its policy forbids does not come as far as this.
	const refuse = (route) => { left.push(route.request().url()); return route.abort(); };
	await page.context().route(isForeign, refuse);
	await runCell('import flask');
	await eventually('it has tried', () => left.length > 0 || page.problems.some((p) => MISSING.test(p)), { timeout: 60000 });
	assert.deepEqual(left, []);
	await frame.getByRole('button', { name: /install/i }).first().waitFor();
	await page.context().unroute(isForeign, refuse);
	quiet([MISSING]);
});

test('asleep, the last outputs stay to be seen and nothing wakes it; woken, its variables are there', async () => {
	await eventually('the last outputs are kept', async () => (await carrel.get(`/workspaces/${id}/preview`)).text.includes('2900'));
	// The editor saves half a second after the last key; a save that is on its way when it falls asleep wakes it again.
	await eventually('what was typed is saved', async () => (await carrel.get(`/download/${id}/notebook.py`)).text.includes('import flask'));
	await menu('More');
	await page.getByRole('button', { name: 'Sleep now' }).click();
	await state('hibernated');
	await page.getByRole('button', { name: 'Wake it' }).waitFor();
	// The editor's tab asks and asks; so does a second one that was left open. It takes more than that.
	for (const url of ['/health', '/api/status', '/sse?session_id=s_left00&file=/work/notebook.py'])
		for (let i = 0; i < 3; i++) {
			const cookie = (await page.context().cookies()).find((c) => c.domain === `${id}.localhost`);
			const reply = await carrel.app(id, url, { headers: { cookie: `__Host-carrel=${cookie.value}` } });
			assert.equal(reply.status, 503, url);
		}
	assert.equal((await show()).state, 'hibernated');
	await page.getByRole('button', { name: 'Wake it' }).click();
	await frame.locator('.cm-content').first().waitFor({ timeout: 60000 });
	await state('running');
	await runCell('tide * 100');
	await says('4200');
	assert.equal((await show()).notice, '');
	quiet([...ASLEEP, MISSING]);
});

test('made public it shows its last outputs to anybody, made private again to nobody', async () => {
	await menu('Share');
	await page.locator('#visibility').getByRole('button', { name: 'Make it public' }).click();
	await page.locator('#visibility').getByText('Public', { exact: true }).waitFor();
	const address = await page.locator('#visibility a').getAttribute('href');
	assert.equal((await show()).visibility, 'public');
	const anybody = await open(browser, carrel);
	assert.equal((await anybody.goto(address)).status(), 200);
	await page.locator('#visibility').getByRole('button', { name: 'Make it private' }).click();
	await page.locator('#visibility').getByText('Private', { exact: true }).waitFor();
	assert.equal((await anybody.goto(address)).status(), 404);
	await anybody.context().close();
	await page.keyboard.press('Escape');
	quiet([...ASLEEP, MISSING]);
});

test('a link to use it shows the app without its code, and ends when it is revoked', async () => {
	await menu('Share');
	await page.getByRole('button', { name: /Make a link to use as an app/ }).click();
	await page.locator('#given-kind', { hasText: 'as an app' }).waitFor();
	const link = await page.locator('#given-url').inputValue();
	const visitor = await open(browser, carrel);
	await visitor.goto(link);
	assert.equal(visitor.url(), `http://${id}.localhost:${carrel.port}/`, 'the token stays in the address');
	await says('4200', visitor.locator('body'));
	assert.equal(await visitor.locator('.cm-content').count(), 0, 'its code is to be seen');
	const [cookie] = (await visitor.context().cookies()).filter((c) => c.name === '__Host-carrel');
	assert.deepEqual([cookie.secure, cookie.sameSite], [true, 'Lax']);
	const save = await carrel.app(id, '/api/kernel/save', { method: 'POST', headers: { cookie: `__Host-carrel=${cookie.value}` }, json: {} });
	assert.equal(save.status, 403);
	await page.locator('#shares').getByRole('button', { name: /revoke/ }).first().click();
	await eventually('it is closed to them', async () =>
		(await carrel.app(id, '/', { headers: { cookie: `__Host-carrel=${cookie.value}` } })).status === 401);
	await visitor.reload();
	await visitor.getByText('This notebook is private').waitFor();
	await visitor.context().close();
	quiet([...ASLEEP, MISSING]);
});

test('a second browser that may edit takes the notebook over', async () => {
	await page.getByRole('button', { name: /Make a link to edit/ }).click();
	await page.locator('#given-kind', { hasText: 'To edit' }).waitFor();	// not the one given before
	const link = await page.locator('#given-url').inputValue();
	const other = await open(browser, carrel);
	await other.goto(link);
	await other.locator('.cm-content').first().waitFor({ timeout: 60000 });
	await page.locator('#kernel', { hasText: '2 have it open' }).waitFor();
	await other.getByRole('button', { name: /take over/i }).first().click();
	await eventually('the other one may run cells', async () => await other.getByRole('button', { name: 'Python', exact: true }).count() === 1);
	await other.context().close();
});

test('deleted, it is gone from the page, the machine and its address', async () => {
	const another = await fresh(page.context());
	await another.goto(`/notebook/${id}`);
	await another.locator('.bar summary', { hasText: 'More' }).click();
	await another.locator('summary', { hasText: 'Delete' }).click();
	await another.getByRole('button', { name: 'Delete for good' }).click();
	await another.waitForURL(/\/notebooks$/);
	assert.equal((await carrel.get(`/workspaces/${id}`)).status, 404);
	assert.equal((await carrel.app(id, '/')).status, 404);
});
