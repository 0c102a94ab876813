// The fake services are themselves measured: tests that stand on them are worth no more than they are.
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import http from 'node:http';
import { startModels } from './models.mjs';

const models = await startModels();
after(() => models.stop());
beforeEach(() => models.reset());

const ANTHROPIC = { 'x-api-key': 'k', 'anthropic-version': '2023-06-01', 'content-type': 'application/json' };
const claude = (text, more = {}) => ({ model: 'claude-sonnet-5', max_tokens: 1000, stream: true,
	messages: [{ role: 'user', content: text }], ...more });
const gpt = (text, more = {}) => ({ model: 'local-coder', stream: true, messages: [{ role: 'user', content: text }], ...more });

function call(path, headers, body) {
	return new Promise((resolve) => {
		const asked = http.request(models.url + path, { method: 'POST', headers, agent: false }, (reply) => {
			const parts = [];
			reply.on('data', (p) => parts.push(p));
			const end = (complete) => resolve({ status: reply.statusCode, headers: reply.headers, parts, complete,
				text: Buffer.concat(parts).toString() });
			reply.on('end', () => end(true));
			reply.on('error', () => end(false));
		});
		asked.on('error', () => resolve({ status: 0 }));
		asked.end(typeof body === 'string' ? body : JSON.stringify(body));
	});
}
const ask = (text, more) => call('/v1/messages', ANTHROPIC, claude(text, more));
const askOpen = (text, more) => call('/v1/chat/completions', { 'content-type': 'application/json' }, gpt(text, more));

function said({ text }) {
	return text.split(/\r\n\r\n|\n\n|\r\r/).map((block) => /^data: (\{.*)$/m.exec(block.replace(/\r/g, '\n'))?.[1]).filter(Boolean)
		.map((json) => JSON.parse(json))
		.map((e) => e.delta?.type === 'text_delta' ? e.delta.text : e.choices?.[0]?.delta.content ?? '').join('');
}

test('streams a component that carries the words asked for, in both dialects', async () => {
	const a = await ask('please [[text:Kettle]]');
	assert.equal(a.status, 200);
	assert.match(said(a), /<file path="src\/LLMComponent.tsx">[\s\S]*const label = "Kettle";[\s\S]*<\/file>/);
	assert.match(a.text, /event: message_stop\ndata: \{"type":"message_stop"\}\n\n$/);
	const o = await askOpen('please [[text:Kettle]]');
	assert.equal(said(o), said(a));
	assert.match(o.text, /data: \[DONE\]\n\n$/);
});

test('answers in each of the forms', async () => {
	assert.match(said(await ask('[[reply:bare]]')), /^import \{ useState \}/);
	assert.match(said(await ask('[[reply:fence]]')), /```tsx\nimport/);
	assert.match(said(await ask('[[reply:two]]')), /src\/parts\/Title.tsx/);
	const edit = said(await ask("now\nconst label = \"Old\";\nconst colour = \"#1c6a4f\";\n[[reply:edit]] [[text:New]]"));
	assert.match(edit, /<<<<<<< SEARCH\nconst label = "Old";\n=======\nconst label = "New";\n>>>>>>> REPLACE/);
	assert.doesNotMatch(edit, /colour/);
});

test('is broken as often as it was told to be, then well', async () => {
	for (const expected of [true, true, false])
		assert.equal(/\{label<\/h1>/.test(said(await ask('[[broken:2]] one'))), expected);
	const first = said(await ask('[[missing-export]] x'));
	assert.match(first, /NoSuchIconAnywhere/);
	const repair = await ask('', { messages: [{ role: 'user', content: '[[missing-export]] x' },
		{ role: 'assistant', content: first }, { role: 'user', content: 'It failed: no such export' }] });
	assert.doesNotMatch(said(repair), /NoSuchIconAnywhere/);
});

test('a plain follow-up is not steered by an older message', async () => {
	const reply = await ask('', { messages: [{ role: 'user', content: '[[401]]' }, { role: 'assistant', content: 'no' },
		{ role: 'user', content: 'hello' }] });
	assert.equal(reply.status, 200);
});

test('refuses as scripted', async () => {
	const limited = await ask('[[429:retry-after=1]] a');
	assert.equal(limited.status, 429);
	assert.equal(limited.headers['retry-after'], '1');
	assert.equal(JSON.parse(limited.text).error.type, 'rate_limit_error');
	assert.equal((await ask('[[429:retry-after=1]] a')).status, 200);
	assert.equal((await ask('[[529]]')).status, 529);
	assert.equal((await ask('[[401]]')).status, 401);
	assert.match((await ask('[[spend-limit]]')).text, /usage limits/);
	assert.equal((await askOpen('[[spend-limit]]')).status, 429);
});

test('stops for the scripted reason', async () => {
	assert.match((await ask('[[refusal]]')).text, /"stop_reason":"refusal"/);
	assert.match((await ask('[[max-tokens]]')).text, /"stop_reason":"max_tokens"/);
	assert.match((await askOpen('[[refusal]]')).text, /"finish_reason":"content_filter"/);
	assert.match((await askOpen('[[max-tokens]]')).text, /"finish_reason":"length"/);
	const error = await ask('[[error-after-200]]');
	assert.equal(error.status, 200);
	assert.match(error.text, /event: error\n.*Overloaded/);
	assert.doesNotMatch(error.text, /message_stop/);
	const cut = await ask('[[cut]]');
	assert.equal(cut.complete, false);
	assert.doesNotMatch((await askOpen('[[no-done]]')).text, /DONE/);
});

test('cuts characters between packets, and the bytes still add up', async () => {
	const reply = await ask('[[split-utf8]] [[text:x]]');
	assert.match(said(reply), /naïve 茶 ☕ 🍵/);
	assert.ok(reply.parts.some((p) => p.length && (p[0] & 0xc0) === 0x80), 'no part begins inside a character');
});

test('speaks with pings, comments, thoughts, odd line ends and very long lines', async () => {
	const plain = said(await ask('[[text:Same]]'));
	for (const how of ['ping', 'thinking', 'crlf', 'cr', 'unknown-events']) {
		assert.equal(said(await ask(`[[text:Same]] [[${how}]]`)), plain, how);
		assert.equal(said(await askOpen(`[[text:Same]] [[${how}]]`)), plain, how);
	}
	assert.match((await ask('[[thinking]]')).text, /thinking_delta/);
	const long = await ask('[[huge-line]]');
	assert.ok(long.text.split('\n').some((l) => l.length > 200000));
});

test('holds an answer until it is released, and notices a client that hangs up', async () => {
	const held = ask('[[hold:door]] [[text:Held]]');
	models.release('door');
	assert.match(said(await held), /Held/);
	const asked = http.request(`${models.url}/v1/messages`, { method: 'POST', headers: ANTHROPIC });
	asked.on('error', () => {});
	asked.end(JSON.stringify(claude('[[stall]] hang')));
	await new Promise((resolve) => asked.on('response', (r) => r.once('data', resolve)));
	asked.destroy();
	const end = Date.now() + 5000;
	while (models.about('hang')[0].outcome === 'open' && Date.now() < end)
		await new Promise((r) => setTimeout(r, 10));
	assert.equal(models.about('hang')[0].outcome, 'aborted');
});

test('judges requests as the real services do', async () => {
	const refused = async (what, headers, body, status, path = '/v1/messages') => {
		const reply = await call(path, headers, body);
		assert.equal(reply.status, status, `${what}: ${reply.text}`);
	};
	const user = [{ role: 'user', content: 'x' }];
	await refused('no key', { ...ANTHROPIC, 'x-api-key': '' }, claude('x'), 401);
	await refused('no version', { 'x-api-key': 'k', 'content-type': 'application/json' }, claude('x'), 400);
	await refused('not JSON', ANTHROPIC, '{"model":', 400);
	await refused('bad UTF-8', ANTHROPIC, Buffer.from('{"model":"\xff"}', 'latin1').toString('latin1') + '\xff', 400);
	await refused('temperature', ANTHROPIC, claude('x', { temperature: 0.5 }), 400);
	await refused('no max_tokens', ANTHROPIC, claude('x', { max_tokens: undefined }), 400);
	await refused('unknown field', ANTHROPIC, claude('x', { stream_options: {} }), 400);
	await refused('system role', ANTHROPIC, claude('x', { messages: [{ role: 'system', content: 's' }, ...user] }), 400);
	await refused('assistant first', ANTHROPIC, claude('x', { messages: [{ role: 'assistant', content: 's' }, ...user] }), 400);
	await refused('prefill', ANTHROPIC, claude('x', { messages: [...user, { role: 'assistant', content: 's' }] }), 400);
	await refused('empty text', ANTHROPIC, claude('  '), 400);
	await refused('budget', ANTHROPIC, claude('x', { thinking: { type: 'enabled', budget_tokens: 2000 } }), 400);
	await refused('unknown model', ANTHROPIC, claude('x', { model: 'claude-9' }), 404);
	await refused('old model may', ANTHROPIC, claude('x', { model: 'claude-haiku-4-5', temperature: 0.5 }), 200);
	const png = 'iVBORw0KGgo=';
	const picture = (media_type, data) => claude('x', { messages: [{ role: 'user', content: [
		{ type: 'image', source: { type: 'base64', media_type, data } }, { type: 'text', text: 'x' }] }] });
	await refused('good image', ANTHROPIC, picture('image/png', png), 200);
	await refused('odd image type', ANTHROPIC, picture('image/svg+xml', png), 400);
	await refused('lying image', ANTHROPIC, picture('image/jpeg', png), 400);
	const json = { 'content-type': 'application/json' };
	await refused('gpt max_tokens', json, gpt('x', { model: 'gpt-5.1', max_tokens: 5 }), 400, '/v1/chat/completions');
	await refused('local max_tokens', json, gpt('x', { max_tokens: 5 }), 200, '/v1/chat/completions');
	await refused('wrong key', { ...json, authorization: 'Bearer wrong' }, gpt('x'), 401, '/v1/chat/completions');
	await refused('options without stream', json, gpt('x', { stream: false, stream_options: {} }), 400, '/v1/chat/completions');
});

test('keeps what it was asked, without the keys', async () => {
	await ask('[[text:Kept]]');
	const kept = JSON.parse((await call2('/__requests')).text);
	assert.equal(kept.length, 1);
	assert.equal(kept[0].headers['x-api-key'], '(present)');
	assert.equal(kept[0].body.messages[0].content, '[[text:Kept]]');
	assert.equal(kept[0].outcome, 'finished');
});

const call2 = (path) => new Promise((resolve) => http.get(models.url + path, (reply) => {
	let text = '';
	reply.on('data', (p) => { text += p; });
	reply.on('end', () => resolve({ status: reply.statusCode, text }));
}));
