// Pictures of apps on their cards: taken by a real Chromium in a sandbox of its own, shown to who may see the app, gone with it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileBlocks } from '../fake/component.mjs';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, eventually, NO_SUCH_ID, start } from '../lib/carrel.mjs';
import { launch } from '../lib/browser.mjs';
import { census, nothingLeaked } from '../lib/census.mjs';

const SHOT = 'screenshot2222222222222222', LONG = 240000;
const load = path.join(fs.mkdtempSync('/tmp/carrel-shot-'), 'load');
const busy = (percent) => fs.writeFileSync(load, `${percent}\n`);
busy(9999);
const models = await startModels();
const carrel = await start({ env: { ...anthropicEnv(models), CARREL_SCREENSHOTS: 'yes', CARREL_VERBOSE: 'yes', CARREL_TEST_LOAD: load } });
const browser = await launch();
after(async () => {
	await browser.close();
	await carrel.remove();
	await models.stop();
	fs.rmSync(path.dirname(load), { recursive: true });
});

const file = (id, version = 1) => path.join(carrel.folder, 'var', 'frozen', id, String(version), 'card.webp');
const shot = (id, version = 1) => carrel.sql(`SELECT shot FROM frozen WHERE workspace='${id}' AND version=${version}`);
const isTaken = (id, version = 1) => eventually('its picture was tried', () => /[12]/.test(shot(id, version)), { timeout: LONG, every: 100 });
const isFrozen = (id) => eventually('it is frozen', async () => (await carrel.versions(id)).at(-1).frozen, { timeout: LONG });
const cards = async () => (await carrel.get('/apps', { headers: { accept: 'text/html' } })).text;
const component = (body) => `[[raw:${Buffer.from(fileBlocks({ 'src/LLMComponent.tsx': body })).toString('base64')}]]`;

// The colours in the middle of each quarter of a picture, as a browser sees them.
async function colours(bytes) {
	const page = await browser.newPage();
	const seen = await page.evaluate(async (data) => {
		const image = new Image();
		image.src = `data:image/webp;base64,${data}`;
		await image.decode();
		const canvas = new OffscreenCanvas(image.width, image.height), to = canvas.getContext('2d');
		to.drawImage(image, 0, 0);
		const at = (x, y) => [...to.getImageData(image.width * x, image.height * y, 1, 1).data.slice(0, 3)];
		return { size: [image.width, image.height], left: at(0.25, 0.25), right: at(0.75, 0.25) };
	}, bytes.toString('base64'));
	await page.close();
	return seen;
}

const near = (seen, wanted) => seen.every((n, i) => Math.abs(n - wanted[i]) < 30);
// The right half is green where the app is at its own address and can reach neither the machine's files nor its network.
const halves = `import { useEffect, useState } from 'react';
const reaches = (url: string) => new Promise((resolve) => {
	const ask = new XMLHttpRequest();
	ask.onloadend = () => resolve(ask.response !== '');
	ask.open('GET', url);
	ask.send();
});
const urls = ['file:///etc/passwd', 'file:///run/carrel/instance', 'file:///usr/share/doc/base-files/README', 'file:///usr/bin/env',
	 'http://127.0.0.1:PORT/health'];
export default function LLMComponent() {
	const [is, set] = useState('#ffffff');
	useEffect(() => { Promise.all(urls.map(reaches)).then(async (all) => {
		const own = await reaches('file:///index.html');
		setTimeout(() => set(own && location.pathname === '/' && !all.includes(true) ? '#208040' : '#ff0000'), 1000);
	}); }, []);
	return <main className="flex h-screen text-4xl"><p className="w-1/2" style={{ background: '#c03020' }}>Red</p>
		<p className="w-1/2" style={{ background: is }}>Later</p></main>;
}
`.replace('PORT', carrel.port);

let id;
test('a machine with much to do takes none; then a card has its picture', { timeout: LONG * 2 }, async (t) => {
	id = await carrel.make(`Halves ${component(halves)}`);
	await isFrozen(id);
	assert.equal(shot(id), '0');
	const before = await cards();
	assert.match(before, /<span class="frame"><svg class="cover/);
	assert.doesNotMatch(before, /<img/);
	assert.equal((await carrel.get(`/app/${id}/card/1`)).status, 404);
	busy(0);
	await isTaken(id);
	assert.equal(shot(id), '1', carrel.said().slice(-3000));
	t.diagnostic(/picture of version .*/.exec(carrel.said())?.[0]);
	assert.match(await cards(), new RegExp(`<span class="frame"><img src="/app/${id}/card/1" [^>]*loading="lazy" alt=""></span>`));
	const reply = await carrel.get(`/app/${id}/card/1`);
	assert.equal(reply.status, 200);
	assert.equal(reply.headers['content-type'], 'image/webp');
	assert.equal(reply.headers['x-content-type-options'], 'nosniff');
	assert.match(reply.headers['cache-control'], /^private, .*immutable/);
	assert.equal(reply.body.toString('latin1', 0, 4) + reply.body.toString('latin1', 8, 12), 'RIFFWEBP');
	assert.ok(reply.body.length > 1200 && reply.body.length < 98304, `${reply.body.length} bytes`);
	const seen = await colours(reply.body);
	assert.deepEqual(seen.size, [640, 397]);
	assert.ok(near(seen.left, [0xc0, 0x30, 0x20]) && near(seen.right, [0x20, 0x80, 0x40]), JSON.stringify(seen));
	for (const way of [`/app/${id}/card/2`, `/app/${id}/card/x`, `/app/${id}/card/1.png`, `/app/${NO_SUCH_ID}/card/1`, `/app/${id}/card/..%2f1`])
		assert.equal((await carrel.get(way)).status, 404, way);
});

test('an app that shows nothing keeps its drawn card, and is not tried again', { timeout: LONG }, async () => {
	const empty = await carrel.make(`Empty ${component('export default () => null;\n')}`);
	await isTaken(empty);
	assert.equal(shot(empty), '2');
	assert.ok(!fs.existsSync(file(empty)));
	assert.equal((await carrel.get(`/app/${empty}/card/1`)).status, 404);
	const told = () => carrel.said().split(`no picture came of version 1 of ${empty}`).length - 1;
	await carrel.write(id, `Turn ${component(halves.replace('#c03020', '#3020c0'))}`);
	await isTaken(id, 2);
	assert.ok(near((await colours((await carrel.get(`/app/${id}/card/2`)).body)).left, [0x30, 0x20, 0xc0]));
	assert.match(await cards(), new RegExp(`/app/${id}/card/2"`));
	assert.equal(told(), 1);
	assert.equal((await carrel.get(`/app/${empty}`)).status, 200);
});

test('what dies while a picture is taken leaves nothing, and it is taken again; deleted, it ends', { timeout: LONG * 2 }, async () => {
	const before = census(carrel);
	// It would go on for ever, so that there is time to kill.
	const endless = await carrel.make(`Endless ${component(`import { useEffect } from 'react';
export default function LLMComponent() {
	useEffect(() => { if (location.protocol === 'file:') for (;;); }, []);
	return <p>Endless</p>;
}
`)}`);
	const pid = () => Number(fs.readFileSync(path.join(carrel.boxFolder, SHOT, 'pid'), 'utf8'));
	const runs = (before) => eventually('its picture is being taken', () => pid() !== before && pid(), { timeout: LONG, every: 50 });
	let now = await runs(0);
	for (const name of ['keep', 'launch']) {
		process.kill(carrel.programs(name)[0].pid, 'SIGKILL');
		now = await runs(now);
		assert.equal(shot(endless), '0');
	}
	assert.equal((await carrel.post(`/api/app/${endless}/delete`, {})).status, 200);
	await eventually('it has ended', () => !carrel.boxes().includes(SHOT), { timeout: 20000 });
	await eventually('its files are gone', () => !fs.existsSync(path.dirname(path.dirname(file(endless)))), { timeout: 20000 });
	// A program that was started again has another bell.
	for (const what of Object.keys(census(carrel)).filter((name) => name.startsWith('in bell/')))
		before[what] ??= 1;
	await nothingLeaked(carrel, before, 60000);
});

test('a picture is gone with its app', async () => {
	assert.ok(fs.existsSync(file(id, 2)));
	assert.equal((await carrel.post(`/api/app/${id}/delete`, {})).status, 200);
	assert.equal((await carrel.get(`/app/${id}/card/2`)).status, 404);
	await eventually('its files are gone', () => !fs.existsSync(path.dirname(path.dirname(file(id)))), { timeout: 20000 });
	assert.deepEqual((await carrel.stop()).left, []);
});
