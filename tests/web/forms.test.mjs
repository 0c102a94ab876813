// The same POSTs from plain HTML forms: answered with 303 to a page that shows what came of it.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, eventually, start } from '../lib/carrel.mjs';
import { assertHtml, HTML } from '../lib/say.mjs';

const models = await startModels();
const carrel = await start({ env: { ...anthropicEnv(models), ADMIN_SECRET: 'open sesame' } });
after(async () => { await carrel.remove(); await models.stop(); });

const own = `http://localhost:${carrel.port}`;
const browser = { headers: { ...HTML, origin: own, 'sec-fetch-site': 'same-origin' } };

function seeOther(reply, where) {
	assert.equal(reply.status, 303, `${reply.status} ${reply.text.slice(0, 300)}`);
	const at = new URL(reply.headers.location, own);
	assert.equal(at.origin, own);
	if (where)
		assert.match(at.pathname, where);
	return at.pathname + at.search;
}

function multipart(fields, file) {
	const parts = Object.entries(fields).map(([name, value]) =>
		Buffer.from(`--edge\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`));
	if (file)
		parts.push(Buffer.from(`--edge\r\nContent-Disposition: form-data; name="image"; filename="${file.name}"\r\nContent-Type: ${file.type}\r\n\r\n`),
			file.bytes, Buffer.from('\r\n'));
	parts.push(Buffer.from('--edge--\r\n'));
	return { body: Buffer.concat(parts), method: 'POST', headers: { ...browser.headers, 'content-type': 'multipart/form-data; boundary=edge' } };
}

// A red dot: 1 by 1, a whole and valid PNG.
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64');

let id;
test('create leads to the page of the app', async () => {
	const to = seeOther(await carrel.form('/api/create', { prompt: 'By form [[text:Form]]' }, browser), /^\/app\/[a-z2-7]{26}$/);
	id = to.slice(5);
	const page = assertHtml(await carrel.get(to, browser));
	assert.match(page, /By form/);
	await carrel.waitStatus(id, 'active');
	assert.match(assertHtml(await carrel.get(to, browser)), new RegExp(`src="http://${id}\\.localhost:${carrel.port}/"`));
});

test('create from the multipart form the page has, with the picture left empty', async () => {
	const to = seeOther(await carrel.get('/api/create', multipart({ prompt: 'Empty picture [[image]]' },
		{ name: '', type: 'application/octet-stream', bytes: Buffer.alloc(0) })), /^\/app\//);
	await carrel.waitStatus(to.slice(5), 'active');
	assert.match(await carrel.served(to.slice(5)), /pictures: 0/);
});

test('a picture reaches the model', async () => {
	const to = seeOther(await carrel.get('/api/create', multipart({ prompt: 'Like this [[image]]' }, { name: 'dot.png', type: 'image/png', bytes: PNG })));
	await carrel.waitStatus(to.slice(5), 'active');
	assert.match(await carrel.served(to.slice(5)), /pictures: 1/);
	const block = models.about('Like this')[0].body.messages.flatMap((m) => Array.isArray(m.content) ? m.content : []).find((b) => b.type === 'image');
	assert.equal(block.source.media_type, 'image/png');
	assert.equal(block.source.data, PNG.toString('base64'));
	const page = assertHtml(await carrel.get(to, browser));
	const src = /<img src="([^"]+)" alt="The picture/.exec(page)?.[1];
	assert.ok(src, 'the page does not show it');
	const shown = await carrel.get(src.replaceAll('&amp;', '&'), { headers: { 'sec-fetch-dest': 'image' } });
	assert.equal(shown.status, 200);
	assert.equal(shown.headers['content-type'], 'image/png');
	assert.equal(shown.headers['x-content-type-options'], 'nosniff');
	assert.deepEqual(shown.body, PNG);
});

test('write leads back at once and the page shows the work, without scripts', async () => {
	const to = seeOther(await carrel.form(`/api/app/${id}/write`, { text: 'By form again [[reply:edit]] [[text:Again]] [[hold:form]]' }, browser), new RegExp(`^/app/${id}`));
	await eventually('the model is asked', () => models.about('By form again').length > 0);
	const page = assertHtml(await carrel.get(to, browser));
	assert.match(page, /By form again/);
	assert.match(page, /http-equiv="refresh"|<noscript>/i, 'without scripts nobody would look again');
	models.release('form');
	await eventually('version 2', async () => await carrel.current(id) === 2);
	assert.match(assertHtml(await carrel.get(to, browser)), /Changed the words/);
	assert.match(await carrel.served(id), /Again/);
});

test('line breaks of a text area arrive as line feeds', async () => {
	seeOther(await carrel.form(`/api/app/${id}/write`, { text: 'line one\r\nline two [[reply:edit]] [[text:Lines]]' }, browser));
	await eventually('version 3', async () => await carrel.current(id) === 3);
	assert.equal((await carrel.versions(id))[2].prompt, 'line one\nline two [[reply:edit]] [[text:Lines]]');
});

test('going back', async () => {
	seeOther(await carrel.form(`/api/app/${id}/restore`, { version: '1' }, browser), new RegExp(`^/app/${id}`));
	await eventually('version 4', async () => await carrel.current(id) === 4);
	assert.match(await carrel.served(id), /Form/);
});

test('cancel', async () => {
	seeOther(await carrel.form(`/api/app/${id}/write`, { text: 'Never mind [[hold:cancelled]]' }, browser));
	await eventually('the model is asked', () => models.about('Never mind').length > 0);
	seeOther(await carrel.form(`/api/app/${id}/cancel`, {}, browser), new RegExp(`^/app/${id}`));
	assert.equal((await carrel.events(id).ended).at(-1).data.status, 'cancelled');
	assert.match(assertHtml(await carrel.get(`/app/${id}`, browser)), /[Cc]ancelled/);
});

test('rename', async () => {
	seeOther(await carrel.form(`/api/app/${id}/rename`, { title: 'Ü <b>bold</b>' }, browser), new RegExp(`^/app/${id}`));
	assert.equal((await carrel.get('/api/apps')).json.apps[id].title, 'Ü <b>bold</b>');
	assert.match(assertHtml(await carrel.get(`/app/${id}`, browser)), /Ü &lt;b&gt;bold/);
});

test('feature', async () => {
	seeOther(await carrel.form(`/api/app/${id}/toggle-feature`, { admin_secret: 'open sesame' }, browser));
	assert.strictEqual((await carrel.get('/api/apps')).json.apps[id].is_featured, true);
	assert.match(assertHtml(await carrel.get('/', browser)), /Gallery/);
});

test('duplicate leads to the copy', async () => {
	const to = seeOther(await carrel.form(`/api/app/${id}/duplicate`, {}, browser), /^\/app\/[a-z2-7]{26}/);
	assert.notEqual(to, `/app/${id}`);
	await carrel.waitStatus(to.slice(5, 31), 'active');
});

test('delete leads home', async () => {
	seeOther(await carrel.form(`/api/app/${id}/delete`, {}, browser), /^\/(apps)?$/);
	assert.equal((await carrel.get(`/api/app/${id}`)).status, 404);
});

test('a mistake is told on a page, and what was typed is not lost', async () => {
	const long = `begin ${'x'.repeat(20001)}`;
	const page = await carrel.form('/api/create', { prompt: long }, browser);
	assert.ok([400, 413].includes(page.status));
	assert.match(assertHtml(page, page.status), /20.000|characters/);
	assert.ok(page.text.includes('begin xxx'), 'the text is gone');
});

test('a form of another site is refused with a page', async () => {
	const reply = await carrel.form('/api/create', { prompt: 'x' }, { headers: { ...HTML, origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' } });
	assert.equal(reply.status, 403);
	assertHtml(reply, 403);
});

test('the same endpoint answers a program that asks for JSON with JSON', async () => {
	const reply = await carrel.form('/api/create', { prompt: '' }, { headers: { accept: 'application/json' } });
	assert.equal(reply.status, 400);
	assert.match(reply.headers['content-type'], /json/);
});
