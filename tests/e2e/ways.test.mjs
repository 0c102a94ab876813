// Other ways to use it: no scripts, no mouse, a telephone, the dark, a screen reader's view of the page, a key at the door.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { build, change, idOf, launch, open, preview, prompt } from '../lib/browser.mjs';
import { anthropicEnv, eventually, start } from '../lib/carrel.mjs';

const models = await startModels();
const carrel = await start({ env: anthropicEnv(models) });
const browser = await launch();
after(async () => { await browser.close(); await carrel.remove(); await models.stop(); });

async function using(options, work) {
	const page = await open(browser, carrel, options);
	try {
		await work(page);
	} finally {
		await page.context().close();
	}
}
const quiet = (page, but = /$^/) => assert.deepEqual(page.problems.filter((p) => !but.test(p)), []);

test('without scripts: build, change, look at code and versions, go back, rename, delete', () => using({ javaScriptEnabled: false }, async (page) => {
	await page.goto('/');
	await prompt(page).fill('Plain [[text:Plain]]');
	await page.getByRole('button', { name: 'Build it' }).click();
	await page.waitForURL(/\/app\//);
	const id = idOf(page);
	await page.locator('iframe').waitFor();	// the page looks again by itself
	await change(page).fill('Plainer [[reply:edit]] [[text:Plainer]]');
	await page.getByRole('button', { name: 'Change it' }).click();
	await page.getByText('Changed the words as you asked.').first().waitFor();
	assert.match(await carrel.served(id), /Plainer/);
	await page.getByRole('link', { name: 'Code', exact: true }).click();
	await page.getByText('const label = "Plainer";').waitFor();
	await page.getByRole('link', { name: 'Versions' }).click();
	await page.locator('#version-1').getByRole('button', { name: 'Go back to this' }).click();
	await eventually('version 3', async () => await carrel.current(id) === 3);
	await page.goto(`/app/${id}`);
	await page.locator('#more > summary').click();
	await page.locator('#more summary', { hasText: 'Rename' }).click();
	await page.getByRole('textbox', { name: 'New title' }).fill('Quite plain');
	await page.getByRole('button', { name: 'Rename' }).click();
	await page.getByRole('heading', { name: 'Quite plain', level: 1 }).waitFor();
	await page.locator('#more > summary').click();
	await page.locator('#more summary', { hasText: 'Delete' }).click();
	await page.getByRole('button', { name: 'Delete for good' }).click();
	await page.waitForURL((url) => ['/', '/apps'].includes(url.pathname));
	assert.equal((await carrel.get(`/api/app/${id}`)).status, 404);
	quiet(page);
}));

// Presses Tab until the focus is on what `wanted` describes; fails when it never comes, or comes unseen.
async function tabTo(page, wanted) {
	for (let i = 0; i < 80; i++) {
		await page.keyboard.press('Tab');
		const at = await page.evaluate(() => {
			const e = document.activeElement;
			const style = getComputedStyle(e);
			const around = getComputedStyle(e.closest('.composer, .field') ?? e);
			const shown = (s) => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none';
			return { tag: e.tagName, name: e.getAttribute('aria-label') || e.labels?.[0]?.textContent.trim() || e.textContent.trim(), seen: shown(style) || shown(around) };
		});
		if (wanted.test(at.name) && at.tag !== 'BODY') {
			assert.ok(at.seen, `the focus on “${at.name}” cannot be seen`);
			return;
		}
	}
	assert.fail(`Tab never reached ${wanted}`);
}

test('without a mouse: build, change, go back', () => using({}, async (page) => {
	await page.goto('/');
	assert.equal(await page.evaluate(() => document.activeElement.id), 'prompt', 'the prompt is not ready to be typed in');
	await page.keyboard.type('Keys [[text:Keys]]');
	await page.keyboard.press('Shift+Enter');
	await page.keyboard.type('second line');
	assert.match(await prompt(page).inputValue(), /Keys \[\[text:Keys\]\]\nsecond line/);
	await page.keyboard.press('Enter');
	await page.waitForURL(/\/app\//);
	await preview(page).getByRole('heading', { name: 'Keys' }).waitFor();
	await page.locator('a.skip').focus();
	await page.keyboard.press('Enter');
	await eventually('the skip link leads to the prompt', () => page.evaluate(() => document.activeElement.id === 'text'));
	await page.keyboard.type('Locks [[reply:edit]] [[text:Locks]]');
	await page.keyboard.press('Enter');
	await preview(page).getByRole('heading', { name: 'Locks' }).waitFor();
	await page.locator('a.skip').focus();
	await tabTo(page, /^Versions$/);
	await page.keyboard.press('Enter');
	await page.locator('#version-1').waitFor();
	await tabTo(page, /^Go back to this$/);
	await page.keyboard.press('Enter');
	await page.locator('#version-3').waitFor();
	await tabTo(page, /^Share$/);
	await page.keyboard.press('Enter');
	await page.getByLabel('The app’s own address').waitFor();
	await page.keyboard.press('Escape');
	await page.getByLabel('The app’s own address').waitFor({ state: 'hidden' });
	quiet(page);
}));

const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

async function assertFits(page, where) {
	const { content, window: wide } = await page.evaluate(() => ({ content: document.documentElement.scrollWidth, window: innerWidth }));
	assert.ok(content <= wide, `${where} is ${content} wide on a screen of ${wide}`);
}

test('on a telephone: one thing at a time, nothing sticks out', () => using(PHONE, async (page) => {
	await page.goto('/');
	await assertFits(page, 'home');
	const id = await build(page, 'Pocket [[text:Pocket]]');
	const tab = (name) => page.locator('nav.tabs').getByRole('link', { name, exact: true });
	await tab('Preview').tap();
	await preview(page).getByRole('button', { name: 'Add one' }).tap();
	await preview(page).getByText('Count: 1').waitFor();
	await assertFits(page, 'preview');
	await tab('Chat').tap();
	await change(page).fill('Purse [[reply:edit]] [[text:Purse]]');
	await page.getByRole('button', { name: 'Change it' }).tap();
	await page.getByText('Changed the words as you asked.').first().waitFor({ state: 'attached' });
	await assertFits(page, 'chat');
	await tab('Preview').tap();
	await preview(page).getByRole('heading', { name: 'Purse' }).waitFor();
	assert.equal(await change(page).isVisible(), false, 'two things at a time');
	for (const name of ['Code', 'Versions']) {
		await tab(name).tap();
		await assertFits(page, name);
	}
	for (const url of ['/apps', '/docs', '/nope', `/app/${id}/compare?from=1&to=2`]) {
		await page.goto(url);
		await assertFits(page, url);
	}
	quiet(page, /nope|404/);
}));

const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
	.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
// Colours as the browser paints them: drawn on a canvas, so that any notation is understood.
const colours = (page, selector) => page.locator(selector).first().evaluate((element) => {
	const canvas = document.createElement('canvas');
	canvas.width = canvas.height = 1;
	const pen = canvas.getContext('2d', { willReadFrequently: true });
	const paint = (colour) => {
		pen.clearRect(0, 0, 1, 1);
		pen.fillStyle = colour;
		pen.fillRect(0, 0, 1, 1);
		return [...pen.getImageData(0, 0, 1, 1).data];
	};
	const text = paint(getComputedStyle(element).color);
	for (let at = element; at; at = at.parentElement) {
		const ground = paint(getComputedStyle(at).backgroundColor);
		if (ground[3] === 255)
			return { text, ground };
	}
	return { text, ground: paint('Canvas') };
});

for (const colorScheme of ['light', 'dark'])
	test(`in the ${colorScheme} everything can be read`, () => using({ colorScheme }, async (page) => {
		const id = await build(page, 'Shades [[text:Shades]]');
		for (const url of ['/', `/app/${id}`, `/app/${id}?tab=versions`, '/apps', '/docs', '/nope']) {
			await page.goto(url);
			const body = luminance((await colours(page, 'body')).ground);
			assert.ok(colorScheme === 'dark' ? body < 0.1 : body > 0.7, `${url}: the ground has luminance ${body.toFixed(2)}`);
			for (const selector of ['h1', 'p:visible', 'a:visible', 'button:visible', '.soft:visible']) {
				if (!await page.locator(selector).count())
					continue;
				const { text, ground } = await colours(page, selector);
				const [dark, bright] = [luminance(text), luminance(ground)].sort((a, b) => a - b);
				const contrast = (bright + 0.05) / (dark + 0.05);
				assert.ok(contrast >= 4.5, `${url} ${selector}: contrast ${contrast.toFixed(2)}`);
			}
		}
		quiet(page, /nope|404/);
	}));

test('every page has one heading of the first rank, landmarks, a language and a name for every control', () => using({}, async (page) => {
	const id = await build(page, 'Named [[text:Named]]');
	for (const url of ['/', '/apps', '/docs', `/app/${id}`, `/app/${id}?tab=code`, `/app/${id}?tab=versions`, '/nope']) {
		await page.goto(url);
		const found = await page.evaluate(() => {
			const nameless = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, iframe, img')]
				.filter((e) => e.checkVisibility())
				.filter((e) => !(e.getAttribute('aria-label') || e.getAttribute('title') || e.getAttribute('alt') !== null && e.tagName === 'IMG'
					|| e.textContent.trim() || [...(e.labels ?? [])].some((l) => l.textContent.trim())));
			return { h1: document.querySelectorAll('h1').length, main: document.querySelectorAll('main').length, lang: document.documentElement.lang,
				title: document.title, nameless: nameless.map((e) => e.outerHTML.slice(0, 120)),
				ids: [...document.querySelectorAll('[id]')].map((e) => e.id).filter((x, i, all) => all.indexOf(x) !== i) };
		});
		assert.equal(found.h1, 1, `${url} has ${found.h1} h1`);
		assert.equal(found.main, 1, `${url} has ${found.main} main`);
		assert.equal(found.lang, 'en', url);
		assert.ok(found.title.length > 3, url);
		assert.deepEqual(found.nameless, [], url);
		assert.deepEqual(found.ids, [], `${url} repeats ids`);
	}
	quiet(page, /nope|404/);
}));

test('progress is told to those who listen', () => using({}, async (page) => {
	await build(page, 'Spoken [[text:Spoken]]');
	await page.evaluate(() => {
		window.heard = [];
		new MutationObserver(() => window.heard.push(document.querySelector('#live').textContent))
			.observe(document.querySelector('#live'), { childList: true, characterData: true, subtree: true });
	});
	await change(page).fill('Louder [[reply:edit]] [[text:Louder]]');
	await change(page).press('Enter');
	await preview(page).getByRole('heading', { name: 'Louder' }).waitFor();
	await eventually('the end is told', async () => (await page.evaluate(() => window.heard)).some((t) => /Version 2 is running/.test(t)));
	quiet(page);
}));

test('what is not there: a page that helps', () => using({}, async (page) => {
	for (const url of ['/nope', `/app/${'a'.repeat(26)}`]) {
		await page.goto(url);
		assert.doesNotMatch(await page.locator('main').innerText(), /^404|oops|!/i);
		assert.ok(await page.locator('main').getByRole('link').count() > 0, 'no way on');
	}
	await page.goto(`http://${'a'.repeat(26)}.localhost:${carrel.port}/`);
	assert.ok((await page.locator('body').innerText()).length > 20);
}));

test('a key at the door: asked once, then all works, and sign out locks it again', async () => {
	const models2 = await startModels();
	const locked = await start({ env: { ...anthropicEnv(models2), VALID_API_KEYS: 'golden-key' } });
	const page = await open(browser, locked);
	try {
		await page.goto('/');
		await page.getByLabel('API key').fill('wrong');
		await page.getByRole('button', { name: 'Open' }).click();
		await page.getByRole('alert').waitFor();
		await page.getByLabel('API key').fill('golden-key');
		await page.getByRole('button', { name: 'Open' }).click();
		page.problems.length = 0;
		await build(page, 'Behind the door [[text:Door]]');
		await preview(page).getByRole('heading', { name: 'Door' }).waitFor();
		await change(page).fill('Gate [[reply:edit]] [[text:Gate]]');
		await change(page).press('Enter');
		await preview(page).getByRole('heading', { name: 'Gate' }).waitFor();
		quiet(page);
		await page.goto('/');
		await page.getByRole('button', { name: 'Sign out' }).click();
		await page.goto('/');
		await page.getByLabel('API key').waitFor();
	} finally {
		await page.context().close();
		await locked.remove();
		await models2.stop();
	}
});
