// Chromium for tests: everything a page complains about is kept, so that a test can demand silence.
import { chromium } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
const WAIT_MS = 30000;

export async function launch() {
	return chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox', '--disable-quic', '--disable-background-networking',
		'--disable-component-update', '--disable-sync'] });
}

// A page of its own context. `page.problems` fills with console errors, exceptions, policy violations and failed loads.
export async function open(browser, carrel, options = {}) {
	const context = await browser.newContext({ baseURL: carrel.origin, viewport: { width: 1280, height: 800 }, ...options });
	context.setDefaultTimeout(WAIT_MS);
	return fresh(context);
}

export async function fresh(context) {
	const page = await context.newPage();
	page.problems = [];
	page.on('console', (message) => {
		if (message.type() === 'error' || /Content Security Policy|Refused to/.test(message.text()))
			page.problems.push(`console: ${message.text()} (${message.location().url})`);
	});
	page.on('pageerror', (error) => page.problems.push(`exception: ${error.message}`));
	page.on('requestfailed', (request) => {
		// What a navigation breaks off is not a failure of the page.
		if (request.failure()?.errorText !== 'net::ERR_ABORTED')
			page.problems.push(`failed: ${request.method()} ${request.url()} ${request.failure()?.errorText}`);
	});
	page.on('response', (reply) => {
		if (reply.status() >= 400)
			page.problems.push(`answer: ${reply.status()} ${reply.request().method()} ${reply.url()}`);
	});
	return page;
}

export const prompt = (page) => page.getByRole('textbox', { name: 'What should the app do?' });
export const change = (page) => page.getByRole('textbox', { name: 'What should change?' });
export const preview = (page) => page.frameLocator('iframe[title^="Preview of"]:not(.next)');
export const pill = (page) => page.locator('#state');

export const idOf = (page) => /\/app\/([a-z2-7]{26})/.exec(page.url())?.[1];

// From the sentence to the live app, as a person does it.
export async function build(page, words) {
	await page.goto('/');
	await prompt(page).fill(words);
	await page.getByRole('button', { name: 'Build it' }).click();
	await page.waitForURL(/\/app\/[a-z2-7]{26}/);
	await preview(page).locator('#root > *').first().waitFor();
	return idOf(page);
}

// The preview's own window, for marks that only a reload would remove.
export async function frameOf(page) {
	const handle = await page.locator('iframe[title^="Preview of"]:not(.next)').elementHandle();
	return handle.contentFrame();
}
