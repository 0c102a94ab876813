// Notebooks in real browsers beyond the one journey: packages from the editor, tabs left open, two browsers on one kernel.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startPackages } from '../fake/packages.mjs';
import { wheel } from '../fake/wheel.mjs';
import { fresh, launch, open } from '../lib/browser.mjs';
import { eventually, start } from '../lib/carrel.mjs';
import { make } from '../lib/notebook.mjs';
import { assertJson } from '../lib/say.mjs';

const index = await startPackages();
index.packages.set('carrel-sample', { files: [wheel('carrel-sample', '1.2', 'GREETING = "from the index"\n')] });
const carrel = await start({ env: { CARREL_PACKAGE_INDEX: `${index.url}/simple/` } });
const browser = await launch();
after(async () => { await browser.close(); await carrel.remove(); index.close(); });

const book = await make(carrel, { title: 'Tabs' });
await book.says('print(1)');

const MARIMOS = [/\/favicon\.ico/,	// marimo has it among its assets, browsers ask at the top
	/Content Security Policy/];	// it looks packages up elsewhere, which its policy forbids
// In a frame, Chromium's fresh contexts give a page of another site no storage; marimo says so and goes on.
const FRAMED = [/localStorage/, /Service ?Worker/i];
// What it says whose kernel has gone to sleep, or to another browser.
const ASLEEP = [/503/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /getSandbox/, /ServiceWorker/];
const quiet = (page, but = []) => assert.deepEqual(page.problems.filter((p) => ![...MARIMOS, ...but].some((known) => known.test(p))), []);

// A browser of its own.
async function visit(url) {
	const page = await open(browser, carrel);
	await page.goto(url);
	return page;
}
const editors = (place) => place.locator('.cm-content');
const add = (place) => place.getByRole('button', { name: 'Python', exact: true });
// No cell's code has the words of its output.
const output = (place, words) => place.getByText(words).and(place.locator(':visible')).first().waitFor({ timeout: 60000 });

const takeOver = (place) => place.getByRole('button', { name: /take over/i }).first();

// Marimo lets one browser edit.
const edits = (page, timeout = 60000) => add(page).waitFor({ timeout });

// Types a cell as a person does, and runs it.
async function runCell(page, code) {
	await edits(page);
	const before = await editors(page).count();
	await add(page).click();
	await eventually('a new cell', async () => await editors(page).count() > before);
	await editors(page).last().fill(code);
	await editors(page).last().press('Control+Enter');
}

let page = await visit(`${book.url}?access_token=${book.token}`);

test('the address has no token any more, and cells run', async () => {
	assert.equal(page.url(), book.url);
	await editors(page).first().waitFor({ timeout: 60000 });
	await runCell(page, 'kept = 41\n"first " + str(kept)');
	await output(page, 'first 41');
	// Until marimo's page has saved a cell, a second later, nobody else knows it.
	await eventually('it is saved', async () => (await book.download('notebook.py')).text.includes('first'));
	quiet(page);
});

test('loaded again, the tab edits again soon, as does one that comes when it was closed', async () => {
	// However long the page itself takes to load.
	const isAsked = () => page.waitForResponse((reply) => /\/sse$/.test(new URL(reply.url()).pathname));
	for (let times = 0; times < 3; times++) {
		const asked = isAsked();
		await page.reload({ waitUntil: 'commit' });
		await asked;
		await edits(page, 4000);
		assert.equal(await takeOver(page).count(), 0);
	}
	const next = await fresh(page.context());
	await page.close();
	page = next;
	const asked = isAsked();
	await page.goto(book.url, { waitUntil: 'commit' });
	await asked;
	await edits(page, 4000);
	await output(page, 'first 41');
});

test('what is missing is installed from the editor with a click', async () => {
	await runCell(page, 'import carrel_sample\ncarrel_sample.GREETING');
	await page.getByText('Missing packages').waitFor();
	await page.getByRole('button', { name: 'Install', exact: true }).click();
	await output(page, 'from the index');
	assert.match((await book.download('requirements.lock')).text, /^carrel-sample==1\.2/m);
	quiet(page, [/No module named/]);
});

test('what no index has is told in uv’s words', async () => {
	await runCell(page, 'import carrel_nowhere');
	await page.getByText('Missing packages').waitFor();
	await page.getByRole('button', { name: 'Install', exact: true }).last().click();
	await page.getByText(/failed to install/i).first().waitFor();
	await page.getByText(/carrel-nowhere was not found|no versions of carrel-nowhere/i).first().waitFor();
});

test('a tab left open asks and asks, and wakes nobody', async () => {
	await eventually('the outputs are kept', async () => (await book.get('/preview')).text.includes('from the index'));
	let asked = 0;
	const count = (reply) => { asked += /\/sse$/.test(new URL(reply.url()).pathname) && reply.status() === 503; };
	page.on('response', count);
	assertJson(await book.post('/sleep'));
	for (let times = 1; times <= 4; times++) {
		await eventually('it asks again', () => asked >= times);
		assert.equal(await book.state(), 'hibernated');
	}
	page.off('response', count);
	quiet(page, [...ASLEEP, /No module named/]);
});

test('behind the words that it sleeps its last outputs are seen; a click wakes it with its variables', async () => {
	const own = await visit(`${carrel.origin}/notebook/${book.id}`);
	await own.getByRole('button', { name: 'Wake it' }).waitFor();
	await own.frameLocator('iframe.still').getByText('from the index').first().waitFor();
	assert.equal(await book.state(), 'hibernated');
	await own.getByRole('button', { name: 'Wake it' }).click();
	const frame = own.frameLocator('iframe.editor');
	await output(frame, 'first 41');
	assert.equal(await book.says('print(kept + 1)'), '42');
	quiet(own, FRAMED);
	await own.context().close();
});

test('whoever comes back to a tab that was left open goes on where it was', async () => {
	assertJson(await book.post('/sleep'));
	let isLoaded = false;
	page.once('load', () => { isLoaded = true; });
	await eventually('a touch loads it again', async () => {
		await page.mouse.click(640, 500);
		return isLoaded;
	}, { timeout: 60000, every: 100 });
	await editors(page).first().waitFor({ timeout: 60000 });
	page.problems.length = 0;
	await runCell(page, '"second " + str(kept + 1)');
	await output(page, 'second 42');
	quiet(page);
});

test('whoever comes back to an app that was left open has it anew', async () => {
	const link = assertJson(await book.post('/share', { kind: 'app' }));
	const reader = await visit(link.url);
	await output(reader, 'second 42');
	assertJson(await book.post('/sleep'));
	let isLoaded = false;
	reader.once('load', () => { isLoaded = true; });
	await eventually('a touch loads it again', async () => {
		await reader.mouse.click(640, 500);
		return isLoaded;
	}, { timeout: 60000, every: 100 });
	await output(reader, 'second 42');
	await reader.context().close();
});

test('two browsers: one edits, the other may take over, and back; a link taken back ends what it opened', async () => {
	const link = assertJson(await book.post('/share', { kind: 'edit' }));
	const guest = await visit(link.url);
	await takeOver(guest).waitFor({ timeout: 60000 });
	assert.equal(await add(guest).count(), 0, 'both edit');
	await takeOver(guest).click();
	await eventually('the guest edits', async () => await add(guest).count() === 1);
	await runCell(guest, '"guest " + str(kept + 2)');
	await output(guest, 'guest 43');
	await eventually('it is saved', async () => (await book.download('notebook.py')).text.includes('guest'));
	await takeOver(page).waitFor();
	await takeOver(page).click();
	await eventually('the owner edits', async () => await add(page).count() === 1);
	await editors(page).filter({ hasText: '"guest "' }).waitFor();
	await output(page, 'guest 43');
	const refused = guest.waitForResponse((reply) => reply.status() === 401);
	assertJson(await book.delete(`/shares/${link.id}`));
	await refused;
	await guest.reload();
	await guest.getByRole('heading', { name: 'This notebook is private' }).waitFor();
	await guest.context().close();
	await runCell(page, '"owner " + str(kept + 3)');
	await output(page, 'owner 44');
});

test('who has no link is asked for a token, and the right one opens it', async () => {
	const stranger = await visit(book.url);
	await stranger.getByLabel('Token').fill('a'.repeat(52));
	await stranger.getByRole('button', { name: 'Open' }).click();
	await stranger.getByText('This link is not valid').waitFor();
	await stranger.getByLabel('Token').fill(book.token);
	await stranger.getByRole('button', { name: 'Open' }).click();
	await editors(stranger).first().waitFor({ timeout: 60000 });
	assert.equal(stranger.url(), book.url);
	quiet(stranger, [/401/]);
	await stranger.context().close();
});
