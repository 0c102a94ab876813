// The API of notebooks behind a web server: what needs no kernel.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ID, NO_SUCH_ID, request, start } from '../lib/carrel.mjs';
import { assertError, assertJson, HTML } from '../lib/say.mjs';

const carrel = await start({});
after(() => carrel.remove());

const made = assertJson(await carrel.post('/workspaces', { title: 'Served', template: 'plot' }));
const { id } = made;
const bearer = (token) => ({ headers: { authorization: `Bearer ${token}` } });
const remove = (url) => request(carrel.port, url, { method: 'DELETE' });

test('a notebook is made, listed, shown, changed and deleted', async () => {
	assert.match(id, ID);
	assert.match(made.token, /^[a-z2-7]{52}$/);
	assert.match(made.url, new RegExp(`^http://${id}\\.`));
	const empty = assertJson(await request(carrel.port, '/workspaces', { method: 'POST' }));
	const list = assertJson(await carrel.get('/workspaces?q=serv&sort=title'));
	assert.deepEqual(list.workspaces.map((w) => w.id), [id]);
	assert.equal(assertJson(await carrel.get(`/workspaces/${id}`)).template, 'plot');
	const changed = assertJson(await request(carrel.port, `/workspaces/${id}`, { method: 'PATCH', json: { title: 'Kept' } }));
	assert.equal(changed.title, 'Kept');
	const form = await carrel.form(`/workspaces/${id}/rename`, { title: 'Served' }, { headers: HTML });
	assert.equal(form.status, 303);
	assert.equal(form.headers.location, `/notebook/${id}`);
	assert.deepEqual(assertJson(await remove(`/workspaces/${empty.id}`)), { status: 'terminated', id: empty.id });
	assertError(await carrel.post(`/workspaces/${empty.id}/delete`, {}), 404);
});

test('links are made, listed and revoked', async () => {
	const kinds = ['view', 'app', 'edit'];
	const links = [];
	for (const kind of kinds)
		links.push(assertJson(await carrel.post(`/workspaces/${id}/share`, { kind })));
	assert.match(links[0].url, /\/view\/[a-z2-7]{52}$/);
	assert.match(links[1].url, /\?access_token=[a-z2-7]{52}$/);
	assert.deepEqual(assertJson(await carrel.get(`/workspaces/${id}/shares`)).shares.map((s) => s.kind), kinds);
	assertJson(await remove(`/workspaces/${id}/shares/${links[0].id}`));
	assertJson(await carrel.post(`/workspaces/${id}/unshare`, { share: links[1].id }));
	assertError(await carrel.post(`/workspaces/${id}/unshare`, { share: links[1].id }), 404);
	assert.deepEqual(assertJson(await carrel.get(`/workspaces/${id}/shares`)).shares.map((s) => s.kind), ['edit']);
});

test('it is held awake, and free again', async () => {
	assert.equal(assertJson(await carrel.post(`/workspaces/${id}/hold`, { minutes: 5 })).status, 'held');
	assert.notEqual(assertJson(await carrel.get(`/workspaces/${id}`)).held_until, null);
	assert.deepEqual(assertJson(await carrel.post(`/workspaces/${id}/hold`, { minutes: 0 })), { status: 'free', held_until: null });
});

test('snapshots that are not there', async () => {
	assert.deepEqual(assertJson(await carrel.get(`/workspaces/${id}/snapshots`)), { snapshots: [] });
	assertError(await remove(`/workspaces/${id}/snapshots/${NO_SUCH_ID}`), 404);
	assertError(await carrel.post(`/workspaces/${id}/forget`, { snapshot: NO_SUCH_ID }), 404);
	assertError(await carrel.post(`/workspaces/${id}/restore`, { snapshot: NO_SUCH_ID }), 404, { field: 'snapshot' });
});

test('a new token takes the place of the old', async () => {
	const { token } = assertJson(await carrel.post(`/workspaces/${id}/token`, {}));
	assert.equal((await carrel.get(`/workspaces/${id}`, bearer(made.token))).status, 401);
	assert.equal((await carrel.get(`/workspaces/${id}`, bearer(token))).status, 200);
});

test('opening leads to its own address with a ticket, which our own page may frame', async () => {
	const reply = await carrel.get(`/open/${id}?as=app`);
	assert.equal(reply.status, 303);
	assert.match(reply.headers.location, new RegExp(`^http://${id}\\..*/\\?ticket=[a-z2-7]{52}$`));
	assert.equal(reply.headers['x-frame-options'], 'SAMEORIGIN');
});

test('what is not there, and what is wrong', async () => {
	const none = `/workspaces/${NO_SUCH_ID}`;
	for (const verb of ['sleep', 'wake', 'snapshot', 'token'])
		assertError(await carrel.post(`${none}/${verb}`, {}), 404, { what: verb });
	assertError(await carrel.post(`${none}/run`, { code: '1' }), 404);
	for (const format of ['html', 'ipynb', 'script', 'markdown'])
		assertError(await carrel.get(`${none}/export/${format}`), 404);
	assertError(await carrel.get(`/workspaces/${id}/export/pdf`), 404);
	assertError(await carrel.post(`/workspaces/${id}/run`, { code: '' }), 400, { field: 'code' });
	assertError(await carrel.post('/workspaces', { template: 'none' }), 400, { field: 'template' });
	assertError(await carrel.post('/workspaces', { python: '-r x' }), 400, { field: 'python' });
});
