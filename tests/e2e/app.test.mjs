// The page of one app: progress, pictures, errors in the browser, code, sharing, titles, copies, several windows.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { build, change, frameOf, fresh, idOf, launch, open, pill, preview, prompt } from '../lib/browser.mjs';
import { anthropicEnv, eventually, start } from '../lib/carrel.mjs';

const models = await startModels();
const carrel = await start({ env: { ...anthropicEnv(models), ADMIN_SECRET: 'open sesame' } });
const browser = await launch();
after(async () => { await browser.close(); await carrel.remove(); await models.stop(); });

const quiet = (page, but = /$^/) => assert.deepEqual(page.problems.filter((p) => !but.test(p)), []);
const heading = (page, words) => preview(page).getByRole('heading', { name: words, exact: true });
const send = async (page, words) => {
	await change(page).fill(words);
	await change(page).press('Enter');
};

async function using(work, options) {
	const page = await open(browser, carrel, options);
	try {
		await work(page);
	} finally {
		await page.context().close();
	}
}

test('the first build shows its steps and the code as it is written', () => using(async (page) => {
	await page.goto('/');
	await prompt(page).fill('Slowly now [[text:Slow]] [[lines:60]] [[hold:first]]');
	await prompt(page).press('Enter');
	await page.waitForURL(/\/app\//);
	await page.getByText('Slowly now').first().waitFor();
	await page.locator('.step', { hasText: /writing|wrote \d+ lines/ }).first().waitFor();
	await eventually('code is to be seen', async () => /line 1\b/.test(await page.locator('#blank-code, .writing pre').allTextContents().then((t) => t.join('\n'))));
	assert.equal(await page.locator('iframe').count(), 0, 'a preview before there is anything to see');
	models.release('first');
	await heading(page, 'Slow').waitFor();
	assert.equal(await page.locator('.step').filter({ hasText: 'writing' }).count(), 0);
	quiet(page);
}));

test('a change shows its steps, can be reloaded in the middle, and ends well', () => using(async (page) => {
	await build(page, 'Base [[text:Base]]');
	await send(page, 'Held [[text:Held]] [[lines:80]] [[hold:middle]]');
	await page.locator('.answer.moving .step').first().waitFor();
	await page.getByText('Code being written').waitFor();
	await page.reload();
	await page.locator('.answer.moving .step').first().waitFor();
	await heading(page, 'Base').waitFor();
	models.release('middle');
	await heading(page, 'Held').waitFor();
	await page.locator('.answer.moving').waitFor({ state: 'detached' });
	await pill(page).getByText(/version 2/).waitFor();
	quiet(page);
}));

test('cancel stops it, says so, and offers to try again', () => using(async (page) => {
	await build(page, 'Stop me [[text:Stop]]');
	await send(page, 'Too long [[text:Long]] [[hold:cancel]]');
	await page.getByRole('button', { name: 'cancel' }).click();
	await page.locator('.answer.cancelled').waitFor();
	await page.getByText(/Cancelled/).first().waitFor();
	assert.ok(await heading(page, 'Stop').isVisible());
	await eventually('the model was hung up on', () => models.about('Too long').every((r) => r.outcome === 'aborted'));
	models.release('cancel');
	await page.locator('.answer.cancelled').getByRole('button', { name: /try again/i }).click();
	await heading(page, 'Long').waitFor();
	quiet(page);
}));

test('an error in the browser is offered for mending, and the mended app comes alive', () => using(async (page) => {
	await build(page, 'Kettle [[text:Kettle]]');
	await send(page, 'Crash it [[crash]]');
	await page.getByText('The app reported an error.').waitFor();
	await page.getByText('the kettle is empty').first().waitFor();
	models.reset();
	await page.locator('#offer').getByRole('button', { name: 'Fix this' }).click();
	await eventually('the model hears of it', () => models.about('the kettle is empty').length > 0);
	await preview(page).getByRole('button', { name: 'Add one' }).click();
	await preview(page).getByText('Count: 1').waitFor();
	await page.locator('#offer').waitFor({ state: 'hidden' });
	quiet(page, /kettle|error occurred in|Boundary/i);
}));

test('model trouble is told in a sentence, and the app stays', () => using(async (page) => {
	await build(page, 'Calm [[text:Calm]]');
	await send(page, 'No money [[spend-limit]]');
	const failed = page.locator('.answer.failed').last();
	await failed.waitFor();
	const words = await failed.innerText();
	assert.ok(words.length > 20, words);
	assert.doesNotMatch(words, /\b(null|undefined|errno|HTTP|JSON|oops)\b|!/i);
	assert.match(words, /Version 1 is still/);
	assert.ok(await heading(page, 'Calm').isVisible());
	quiet(page);
}));

test('when Carrel cannot be reached the words stay, and go through later', () => using(async (page) => {
	await build(page, 'Island [[text:Island]]');
	await page.context().setOffline(true);
	await send(page, 'Over the sea [[reply:edit]] [[text:Sea]]');
	await page.getByRole('alert').filter({ hasText: /reached/ }).waitFor();
	assert.equal(await change(page).inputValue(), 'Over the sea [[reply:edit]] [[text:Sea]]');
	await page.context().setOffline(false);
	await change(page).press('Enter');
	await pill(page).getByText(/version 2/).waitFor();
	assert.equal((await carrel.versions(idOf(page))).length, 2, 'it was done twice');
}));

test('a picture goes along', () => using(async (page) => {
	await build(page, 'Pictures [[image]]');
	const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64');
	await page.locator('#write input[type=file]').setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('x') });
	await page.getByRole('alert').filter({ hasText: /picture/ }).waitFor();
	await page.locator('#write input[type=file]').setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: png });
	await page.locator('#write').getByText('dot.png').waitFor();
	await send(page, 'Like this [[image]]');
	await heading(page, 'pictures: 1').waitFor();
	await page.getByAltText('The picture sent with this request').waitFor();
	assert.ok(await page.getByAltText('The picture sent with this request').evaluate((i) => i.complete && i.naturalWidth === 1));
	assert.equal(await page.locator('#write .thumb').isVisible(), false, 'the picture would go along once more');
	quiet(page);
}));

test('the code tab shows the source of any version', () => using(async (page) => {
	const id = await build(page, 'Code one [[text:CodeOne]]');
	await send(page, 'Code two [[reply:edit]] [[text:CodeTwo]]');
	await heading(page, 'CodeTwo').waitFor();
	await page.getByRole('link', { name: 'Code', exact: true }).click();
	await page.locator('#code-view').getByText('"CodeTwo"').waitFor();
	await page.locator('#code-version').selectOption('1');
	await page.locator('#code-view').getByText('"CodeOne"').waitFor();
	await page.goto(`/app/${id}?tab=code&version=2`);
	await page.locator('#code-view').getByText('"CodeTwo"').waitFor();
	quiet(page);
}));

test('two versions compared', () => using(async (page) => {
	await build(page, 'Compare [[text:Before]]');
	await send(page, 'Compare two [[reply:edit]] [[text:Behind]]');
	await heading(page, 'Behind').waitFor();
	await page.getByRole('link', { name: 'Versions' }).click();
	await page.locator('#version-2').getByRole('link', { name: /compare/ }).click();
	await page.waitForURL(/compare/);
	assert.match(await page.locator('tr.del .text').allTextContents().then((t) => t.join('')), /Before/);
	assert.match(await page.locator('tr.add .text').allTextContents().then((t) => t.join('')), /Behind/);
	quiet(page);
}));

test('renamed where it stands', () => using(async (page) => {
	const id = await build(page, 'Old name [[text:Name]]');
	await page.locator('#title button').click();
	await page.getByRole('textbox', { name: 'Title' }).fill('A <new> name');
	await page.getByRole('textbox', { name: 'Title' }).press('Enter');
	await page.getByRole('heading', { name: 'A <new> name', level: 1 }).waitFor();
	await eventually('the API knows', async () => (await carrel.get('/api/apps')).json.apps[id].title === 'A <new> name');
	await page.goto('/');
	await page.getByRole('link', { name: /A <new> name/ }).waitFor();
	quiet(page);
}));

test('the address is copied and opens the app by itself', () => using(async (page) => {
	const id = await build(page, 'Shared [[text:Shared]]');
	await page.getByText('Share', { exact: true }).click();
	const field = page.getByLabel('The app’s own address');
	const url = `http://${id}.localhost:${carrel.port}/`;
	assert.equal(await field.inputValue(), url);
	await page.getByRole('button', { name: 'Copy' }).click();
	assert.equal(await page.evaluate(() => navigator.clipboard.readText()), url);
	const alone = await fresh(page.context());
	await alone.goto(url);
	await alone.getByRole('heading', { name: 'Shared' }).waitFor();
	await alone.getByRole('button', { name: 'Add one' }).click();
	await alone.getByText('Count: 1').waitFor();
	quiet(alone);
	quiet(page);
}, { permissions: ['clipboard-read', 'clipboard-write'] }));

test('duplicate, then delete', () => using(async (page) => {
	const id = await build(page, 'Twofold [[text:Twofold]]');
	await page.getByText('More', { exact: true }).first().click();
	await page.getByRole('button', { name: 'Duplicate' }).click();
	await page.waitForURL((url) => /\/app\//.test(url.pathname) && !url.pathname.includes(id));
	const copy = idOf(page);
	await heading(page, 'Twofold').waitFor();
	await page.getByText('More', { exact: true }).first().click();
	await page.locator('#more summary', { hasText: 'Delete' }).click();
	await page.getByRole('button', { name: 'Delete for good' }).click();
	await page.waitForURL((url) => ['/', '/apps'].includes(url.pathname));
	assert.equal((await carrel.get(`/api/app/${copy}`)).status, 404);
	assert.equal((await carrel.get(`/api/app/${id}`)).status, 200);
	quiet(page);
}));

test('two windows on one app both change, and neither loads again', () => using(async (page) => {
	const id = await build(page, 'Windows [[text:Windows]]');
	const other = await fresh(page.context());
	await other.goto(`/app/${id}`);
	await heading(other, 'Windows').waitFor();
	const frame = await frameOf(other);
	await frame.evaluate(() => { window.mark = 'kept'; });
	await send(page, 'Both [[reply:edit]] [[text:BothWindows]]');
	await heading(page, 'BothWindows').waitFor();
	await heading(other, 'BothWindows').waitFor();
	assert.equal(await frame.evaluate(() => window.mark), 'kept');
	quiet(page);
	quiet(other);
}));

test('ten tabs of one browser all come up', () => using(async (page) => {
	const id = await build(page, 'Tabs [[text:Tabs]]');
	for (let i = 0; i < 9; i++) {
		const tab = await fresh(page.context());
		await tab.goto(`/app/${id}`);
		await heading(tab, 'Tabs').waitFor();
	}
	await send(page, 'All of you [[reply:edit]] [[text:AllTabs]]');
	for (const tab of page.context().pages())
		await heading(tab, 'AllTabs').waitFor();
	quiet(page);
}));

test('an app cannot reach the page around it, nor act in the person’s name', () => using(async (page) => {
	const id = await build(page, 'Stranger [[text:Stranger]]');
	const frame = await frameOf(page);
	assert.equal(await frame.evaluate(() => {
		try {
			return parent.document.title;
		} catch {
			return 'denied';
		}
	}), 'denied');
	const before = Object.keys((await carrel.get('/api/apps')).json.apps).length;
	await frame.evaluate(async (to) => {
		for (const init of [{ body: 'prompt=stolen', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
			{ body: '{"prompt":"stolen"}', headers: { 'content-type': 'text/plain' } }])
			await fetch(`${to}/api/create`, { method: 'POST', mode: 'no-cors', credentials: 'include', ...init }).catch(() => {});
	}, carrel.origin);
	assert.equal(await frame.evaluate((url) => fetch(url).then((r) => r.text(), () => 'denied'), `${carrel.origin}/api/apps`), 'denied');
	await frame.evaluate(() => parent.postMessage({ carrel: 'error', message: '<img src=x onerror="document.title=1">', stack: '', file: '', line: 0, column: 0 }, '*'));
	await page.getByText('<img src=x').waitFor();
	const { apps } = (await carrel.get('/api/apps')).json;
	assert.equal(Object.keys(apps).length, before);
	assert.ok(apps[id]);
	assert.notEqual(await page.title(), '1');
}));

test('the page cannot be framed by a stranger, nor can another window speak as the app', () => using(async (page) => {
	await build(page, 'Alone [[text:Alone]]');
	await page.evaluate(() => window.postMessage({ carrel: 'error', message: 'forged', stack: '' }, '*'));
	const framed = await page.evaluate(() => new Promise((resolve) => {
		const frame = document.createElement('iframe');
		frame.src = '/';
		frame.onload = () => resolve(frame.contentDocument?.querySelector('h1')?.textContent ?? 'refused');
		document.body.append(frame);
	}));
	assert.equal(framed, 'refused');
	assert.equal(await page.locator('#offer').isVisible(), false, 'a forged report was believed');
}));

test('the gallery and the list of apps', () => using(async (page) => {
	const id = await build(page, 'Zebra crossing [[text:Zebra]]');
	await page.goto('/apps');
	assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Apps');
	await page.getByRole('searchbox').fill('zebra');
	await page.getByRole('searchbox').press('Enter');
	await page.getByRole('link', { name: /Zebra crossing/ }).waitFor();
	assert.equal(await page.locator('.card').count(), 1);
	await carrel.post(`/api/app/${id}/toggle-feature`, { admin_secret: 'open sesame' });
	await page.goto('/');
	await page.getByRole('region', { name: 'Gallery' }).getByRole('link', { name: /Zebra crossing/ }).click();
	await page.waitForURL(new RegExp(id));
	quiet(page);
}));
