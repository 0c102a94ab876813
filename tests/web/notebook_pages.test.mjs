// The pages of notebooks, GET /notebooks and GET /notebook/{id}, over rows that a store may hold: what they say, where their forms lead
// without scripts, and that no title gets out of its place.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { eventually, NO_SUCH_ID, ROOT, start } from '../lib/carrel.mjs';
import { assertError, assertHtml, HTML } from '../lib/say.mjs';

const carrel = await start();
after(() => carrel.remove());

const HOSTILE = '</title></textarea><script>alert(1)</script> "quoted" \'single\' & <b>bold</b> {{id}}';
const MB = 1 << 20, HOUR = 3600000;
const quoted = (text) => `'${String(text).replaceAll("'", "''")}'`;
const newId = () => Array.from(crypto.randomBytes(26), (b) => 'abcdefghijklmnopqrstuvwxyz234567'[b & 31]).join('');
const page = async (url, status) => assertHtml(await carrel.get(url, { headers: HTML }), status);

// A notebook as it stands in the store; state "": it never had a sandbox.
function book({ title = 'Some title', template = 'blank', state = '', want = 'asleep', reason = '', memory = 0, ago = 0, disk = 0, notice = '',
	held = 0, files = {} } = {}) {
	const id = newId(), at = Date.now() - ago;
	carrel.sql(`BEGIN; INSERT INTO workspace (id, kind, title, owner, created_at, updated_at) VALUES ('${id}', 'notebook', ${quoted(title)}, 'local', ${at}, ${at});
		INSERT INTO notebook (workspace, token_hash, template, tier, disk_mb, disk_files, disk_bytes, notice, held_until)
			VALUES ('${id}', randomblob(32), '${template}', 'own', 4096, 200000, ${disk}, ${quoted(notice)}, ${held ? Date.now() + held : 0});
		${state && `INSERT INTO sandbox (workspace, state, want, reason, memory_now, last_activity_at)
			VALUES ('${id}', '${state}', '${want}', ${quoted(reason)}, ${memory}, ${at});`}
		${Object.entries(files).map(([name, text]) => `INSERT INTO notebook_file VALUES ('${id}', ${quoted(name)}, ${quoted(text)});`).join('')} COMMIT;`);
	return id;
}

// All forms of a page: "METHOD address", with the names of their fields.
const forms = (html) => [...html.matchAll(/<form\b([^>]*)>([^]*?)<\/form>/g)].map(([, head, inner]) => ({
	method: /method="(\w+)"/.exec(head)?.[1], action: /action="([^"]*)"/.exec(head)?.[1], type: /enctype="([^"]*)"/.exec(head)?.[1],
	fields: [...inner.matchAll(/\bname="([^"]*)"/g)].map((m) => m[1]), inner }));
const formTo = (html, action) => forms(html).find((f) => f.action === action);

function assertSound(html) {
	const ids = [...html.matchAll(/\sid="([^"]*)"/g)].map((m) => m[1]);
	assert.deepEqual(ids.filter((id, i) => ids.indexOf(id) !== i), [], 'ids that are there twice');
	for (const [, id] of html.matchAll(/<label[^>]*\sfor="([^"]*)"/g))
		assert.ok(ids.includes(id), `a label is for ${id}, which is not there`);
	assert.equal(html.match(/<h1\b/g).length, 1, 'one h1');
	assert.equal(html.match(/<main\b/g).length, 1, 'one main');
	assert.ok(!html.includes('{{') && !html.includes('undefined'), 'a value was left open');
	for (const tag of ['a', 'button', 'details', 'summary', 'form', 'ul', 'li', 'p', 'span', 'div', 'template', 'section', 'nav', 'svg'])
		assert.equal((html.match(new RegExp(`<${tag}[\\s>]`, 'g')) ?? []).length, (html.match(new RegExp(`</${tag}>`, 'g')) ?? []).length, `<${tag}> is not closed as often as opened`);
	for (const [, attributes, inner] of html.matchAll(/<(?:button|summary)\b([^>]*)>([^]*?)<\/(?:button|summary)>/g))
		assert.ok(/aria-label/.test(attributes) || inner.replace(/<svg[^]*?<\/svg>/g, '').replace(/<[^>]*>/g, '').trim()
			|| /class="sr"/.test(inner), `a button has no name: ${inner.slice(0, 80)}`);
	assert.doesNotMatch(html, /<[^>]+\s(on\w+|style)=/, 'what the policy forbids');
	return html;
}

test('with no notebook at all the page offers to make one, as every starter', async () => {
	const html = assertSound(await page('/notebooks'));
	const form = formTo(html, '/workspaces');
	assert.equal(form.method, 'post');
	assert.deepEqual([...new Set(form.fields)].sort(), ['python', 'template', 'title']);
	const starters = [...fs.readFileSync(path.join(ROOT, 'cgi/notebooks/starter.def'), 'utf8').matchAll(/^STARTER\("(\w+)", "([^"]*)", "([^"]*)"/gm)];
	assert.ok(starters.length >= 5);
	for (const [, name, title, sentence] of starters)
		assert.match(form.inner, new RegExp(`<button[^>]*type="submit"[^>]*name="template" value="${name}">[^]*?${title}[^]*?${sentence}`));
	assert.match(html, /<details[^>]*id="new"[^>]* open/);
	assert.ok(!html.includes('role="search"'), 'there is nothing to search');
});

test('the bar leads there, and the home page too', async () => {
	assert.match(await page('/apps'), /<a href="\/notebooks">Notebooks<\/a>/);
	assert.match(await page('/notebooks'), /<a href="\/notebooks" aria-current="page">Notebooks<\/a>/);
	assert.match(await page('/'), /<a href="\/notebooks\?new=1">open a notebook<\/a>/);
});

test('the list says how each is', async () => {
	const cases = [
		[{ title: 'One', state: 'running', want: 'awake', memory: 312 * MB, template: 'plot' }, 'awake', 'awake · 312 MB'],
		[{ title: 'Two', state: 'hibernated', ago: 2 * HOUR }, 'asleep', 'asleep, variables kept'],
		[{ title: 'Three', state: 'failed', reason: 'It ran out of memory: 2.0 of 2 GB.' }, 'failed', 'stopped: ran out of memory: 2.0 of 2 GB'],
		[{ title: 'Four', state: 'evicted', ago: 200 * HOUR }, 'asleep', 'put away, files kept'],
		[{ title: 'Five' }, 'asleep', 'asleep'],
	];
	const ids = cases.map(([row]) => book(row));
	const html = assertSound(await page('/notebooks'));
	assert.match(html, /5 notebooks/);
	cases.forEach(([row, dot, words], i) => {
		const item = new RegExp(`<a class="book" href="/notebook/${ids[i]}">([^]*?)</a>`).exec(html)[1];
		assert.match(item, new RegExp(`<i class="dot ${dot}">`));
		assert.ok(item.includes(words), `${row.title}: ${item}`);
		assert.ok(item.includes(row.title));
	});
	assert.match(html, />Interactive plot</);
	assert.match(html, /<time datetime="20\d\d-[^"]*Z">[^]*?2 h ago/);
	assert.ok(html.indexOf('>One<') < html.indexOf('>Two<') && html.indexOf('>Two<') < html.indexOf('>Four<'), 'the last used first');
});

test('it is searched, narrowed and sorted', async () => {
	const titles = async (query) => [...(await page(`/notebooks?${query}`)).matchAll(/class="book-title">([^<]*)</g)].map((m) => m[1]);
	assert.deepEqual(await titles('q=thre'), ['Three']);
	assert.deepEqual(await titles('state=awake'), ['One']);
	assert.deepEqual((await titles('state=asleep')).sort(), ['Five', 'Four', 'Three', 'Two']);
	assert.deepEqual(await titles('sort=title'), ['Five', 'Four', 'One', 'Three', 'Two']);
	assert.deepEqual(await titles('q=nowhere'), []);
	assert.match(await page('/notebooks?q=nowhere'), /No notebook matches[^]*Show all notebooks/);
	// What is not known is as if it were not said.
	assert.equal((await titles('sort=%22%3E&state=%27')).length, 5);
	assert.match(await page('/notebooks?q=%22%3E%3Cscript%3E'), /value="&quot;&gt;&lt;script&gt;"/);
});

test('more than a page has a pager that keeps the question', async () => {
	for (let i = 0; i < 42; i++)
		book({ title: `Many & ${String(i).padStart(2, '0')}`, ago: 900 * HOUR });
	const html = await page('/notebooks?q=Many%20%26&sort=title');
	const next = /<a class="button" href="([^"]*)">After/.exec(html)[1].replaceAll('&amp;', '&');
	assert.equal(next, '/notebooks?page=2&sort=title&q=Many%20%26');
	assert.ok(!html.includes('> Before</a>'));
	const second = await page(next);
	assert.deepEqual([...second.matchAll(/class="book-title">([^<]*)</g)].map((m) => m[1]), ['Many &amp; 40', 'Many &amp; 41']);
	assert.match(second, /href="\/notebooks\?page=1[^"]*"/);
	carrel.sql("DELETE FROM workspace WHERE title LIKE 'Many%'");
});

test('one that runs is framed, and its forms lead to the API', async () => {
	const id = book({ title: 'Lively', state: 'running', want: 'awake', memory: 200 * MB, disk: 1300 * MB, held: 3 * HOUR,
		notice: 'The last kernel ended: <out of memory>.', files: { 'requirements.txt': 'scipy<2\nnetworkx' } });
	const html = assertSound(await page(`/notebook/${id}`));
	assert.match(html, new RegExp(`<iframe class="editor" title="Lively, the editor" src="/open/${id}" allow="[^"]*clipboard-write; fullscreen"></iframe>`));
	assert.ok(!/<iframe[^>]*sandbox/.test(html), 'marimo needs its origin');
	assert.match(html, /The last kernel ended: &lt;out of memory&gt;\./);
	assert.match(html, /1\.3 GB of 4 GB|1\.2 GB of 4 GB/);
	assert.match(html, /3 h more/);
	assert.match(html, /scipy&lt;2\nnetworkx/);
	assert.ok(!html.includes('id="cover"') && !html.includes('http-equiv'));
	const at = `/workspaces/${id}`;
	for (const [action, ...fields] of [['sleep'], ['hold', 'minutes'], ['snapshot'], ['rename', 'title'], ['delete'], ['share', 'kind'], ['token']]) {
		const form = formTo(html, `${at}/${action}`);
		assert.equal(form?.method, 'post', action);
		assert.deepEqual([...new Set(form.fields)].sort(), fields, action);
	}
	assert.deepEqual([...html.matchAll(/name="minutes" value="(\d+)"/g)].map((m) => m[1]), ['60', '240', '480', '1440', '0']);
	assert.deepEqual([...html.matchAll(/name="kind" value="(\w+)"/g)].map((m) => m[1]), ['view', 'app', 'edit']);
	const upload = formTo(html, `/upload/${id}`);
	assert.deepEqual([upload.method, upload.type, upload.fields[0]], ['post', 'multipart/form-data', 'file']);
	for (const format of ['html', 'ipynb', 'script', 'markdown'])
		assert.ok(html.includes(`href="${at}/export/${format}"`), format);
	assert.ok(html.includes(`href="/download/${id}/requirements.lock"`));
	assert.ok(html.includes(`<noscript> As scripts are off, the list is given <a href="${at}/files">`));
});

test('the page may frame what it frames', async () => {
	const id = book({ state: 'running', want: 'awake' });
	const policy = (await carrel.get(`/notebook/${id}`, { headers: HTML })).headers['content-security-policy'];
	assert.match(policy, /frame-src 'self' http:\/\/\*\.localhost:\d+;/);
	assert.match(policy, /frame-ancestors 'none'/);
});

test('one that sleeps says what is kept and has one button', async () => {
	const cases = [
		[{ state: 'hibernated', reason: 'Put to sleep by hand.' }, 'Asleep. Its variables are kept.', 'Wake it'],
		[{ state: 'absent', reason: 'Its kernel was too big to keep.' }, 'Asleep. Its files are kept.', 'Start it'],
		[{}, 'Asleep. Its files are kept.', 'Start it'],
		[{ state: 'evicted' }, 'Put away. Its files are kept.', 'Start it'],
		[{ state: 'failed', reason: 'It ran out of memory: 2.0 of 2 GB.' }, 'It stopped.', 'Run it again'],
	];
	for (const [row, heading, action] of cases) {
		const id = book(row);
		const html = assertSound(await page(`/notebook/${id}`));
		const form = formTo(html, `/workspaces/${id}/wake`);
		assert.ok(html.includes(`<h2>${heading}</h2>`), JSON.stringify(row));
		assert.equal(form.method, 'post');
		assert.ok(form.inner.includes(action));
		assert.ok(!row.reason || html.includes(row.reason));
		assert.ok(html.includes(`href="/workspaces/${id}/preview"`), 'the last outputs can be seen');
		assert.ok(!html.includes('<iframe'), 'looking would wake it');
		assert.ok(!formTo(html, `/workspaces/${id}/sleep`) && !formTo(html, `/workspaces/${id}/snapshot`));
	}
	assert.match(await page(`/notebook/${book({ state: 'failed', reason: 'It crashed.' })}`), /Your notebook and its files are intact\./);
});

test('one on its way says how far it is, and looks again without scripts', async () => {
	const waiting = await page(`/notebook/${book({ state: 'absent', want: 'awake' })}`);
	assert.match(assertSound(waiting), /<noscript><meta http-equiv="refresh" content="2"><\/noscript>/);
	assert.match(waiting, /asking for a place on this machine/);
	const starting = await page(`/notebook/${book({ state: 'provision', want: 'awake', files: { 'requirements.txt': 'scipy' } })}`);
	assert.match(starting, /class="step done"[^]*has a place[^]*installing its packages/);
	assert.ok(!starting.includes('<iframe'));
});

test('snapshots and links are listed, with their forms', async () => {
	const id = book({ state: 'running', want: 'awake' }), now = Date.now();
	const [good, wanted, failed, asleep, share] = Array.from({ length: 5 }, newId);
	carrel.sql(`INSERT INTO snapshot VALUES ('${good}', '${id}', 'hand', 'good', ${104 * MB}, '', ${now - 3 * HOUR}, ${now - 3 * HOUR});
		INSERT INTO snapshot VALUES ('${failed}', '${id}', 'hand', 'failed', 0, 'Too big: 5 of 4 GB & more.', ${now - 4 * HOUR}, ${now - 4 * HOUR});
		INSERT INTO snapshot VALUES ('${wanted}', '${id}', 'hand', 'wanted', 0, '', ${now}, NULL);
		INSERT INTO snapshot VALUES ('${asleep}', '${id}', 'sleep', 'good', 1, '', ${now}, ${now});
		INSERT INTO share VALUES ('${share}', '${id}', 'app', randomblob(32), ${now});`);
	const html = assertSound(await page(`/notebook/${id}`));
	const restores = forms(html).filter((f) => f.action === `/workspaces/${id}/restore`);
	assert.deepEqual(restores.map((f) => /value="(\w+)"/.exec(f.inner)[1]), [good]);
	assert.match(restores[0].inner, /will be lost/);
	assert.deepEqual(forms(html).filter((f) => f.action === `/workspaces/${id}/forget`).map((f) => /value="(\w+)"/.exec(f.inner)[1]), [good, failed]);
	assert.ok(html.includes('104 MB') && html.includes('Too big: 5 of 4 GB &amp; more.') && html.includes('being made') && !html.includes(asleep));
	const revoke = formTo(html, `/workspaces/${id}/unshare`);
	assert.match(revoke.inner, new RegExp(`name="share" value="${share}"`));
});

test('a link that was just made is shown, this once; nothing else that stands in the address is', async () => {
	const id = book({ state: 'hibernated' }), other = book();
	const shown = async (query) => /id="given"( hidden)?[^]*?value="([^"]*)"/.exec(await page(`/notebook/${id}?${query}`)).slice(1);
	// The hash of a token is the store's own, so what a stranger writes is never one.
	for (const query of ['', `share=${newId()}&link=${newId()}${newId()}`, `token=${newId()}${newId()}`, 'link=%22%3E%3Cscript%3E', `link=${'x'.repeat(60)}`])
		assert.deepEqual(await shown(query), [' hidden', ''], query);
	assert.equal((await carrel.get(`/notebook/${other}?link=${'x'.repeat(61)}`, { headers: HTML })).status, 413);
});

test('no title gets out of its place', async () => {
	const id = book({ title: HOSTILE, state: 'failed', reason: '<img src=x>', notice: '<img src=y>', files: { 'requirements.txt': '</pre><script>' } });
	for (const html of [await page(`/notebook/${id}`), await page('/notebooks')]) {
		assertSound(html.replaceAll('{{id}}', ''));
		assert.ok(!html.includes('<script>') && !html.includes('<b>') && !html.includes('<img') && !html.includes('"quoted"'));
		assert.ok(html.includes('&lt;script&gt;alert(1)&lt;/script&gt; &quot;quoted&quot;'));
	}
});

test('an unknown id, and that of an app, have no such page', async () => {
	const app = newId();
	carrel.sql(`INSERT INTO workspace (id, kind, title, owner, created_at, updated_at) VALUES ('${app}', 'app', 'An app', 'local', 1, 1)`);
	for (const id of [NO_SUCH_ID, app]) {
		assert.match(await page(`/notebook/${id}`, 404), /There is no notebook with this id\./);
		assertError(await carrel.get(`/notebook/${id}`, { headers: { accept: 'application/json' } }), 404);
	}
	await page(`/app/${book()}`, 404);
	assert.equal((await carrel.get('/notebook/short', { headers: HTML })).status, 404);
	assert.ok(!(await page('/notebooks')).includes(app));
});

test('asking for the pages changes nothing', async () => {
	const id = book({ state: 'hibernated' });
	const before = carrel.sql('SELECT state, want, epoch FROM sandbox ORDER BY workspace');
	await page(`/notebook/${id}`);
	await page('/notebooks');
	await eventually('nothing wakes', () => carrel.sql(`SELECT want FROM sandbox WHERE workspace = '${id}'`) === 'asleep');
	assert.equal(carrel.sql('SELECT state, want, epoch FROM sandbox ORDER BY workspace'), before);
	assert.equal((await carrel.post('/notebooks', {})).status, 405);
});
