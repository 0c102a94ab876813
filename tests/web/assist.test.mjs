// The assistant of notebooks, all the way: a fake model, and a real kernel in its sandbox.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, eventually, NO_SUCH_ID, start } from '../lib/carrel.mjs';
import { assertError, assertHtml, assertJson, HTML } from '../lib/say.mjs';

const models = await startModels();
const carrel = await start({ env: anthropicEnv(models) });
after(async () => { await carrel.remove(); await models.stop(); });

let id;
const at = (rest) => `/workspaces/${id}${rest}`;
const ask = async (kind, fields) => {
	const reply = await carrel.post(at(`/${kind}`), fields);
	assert.equal(reply.status, 202, reply.text);
	const { assist } = JSON.parse(reply.text);
	assert.equal(reply.headers.location, at(`/assists/${assist}`));
	return assist;
};
const show = async (assist) => assertJson(await carrel.get(at(`/assists/${assist}`)));
const ended = (assist) => eventually('its end', async () => {
	const now = await show(assist);
	return now.ended_at && now;
}, 90000);
// All events up to the end: [[name, data], …].
async function events(assist) {
	const reply = await carrel.get(at(`/assists/${assist}/events`));
	assert.match(reply.headers['content-type'], /^text\/event-stream/);
	return [...reply.text.matchAll(/^event: (\w+)\ndata: (.*)$/gm)].map(([, name, data]) => [name, JSON.parse(data)]);
}
async function run(code) {
	const reply = await carrel.post(at('/run'), { code });
	assert.equal(reply.status, 200, reply.text);
	return { text: reply.text, ...JSON.parse(/^event: done\ndata: (.*)$/m.exec(reply.text)[1]) };
}

before(async () => {
	id = assertJson(await carrel.post('/workspaces', { title: 'Helped', template: 'blank' })).id;
});

test('a cell is proposed, and put into the live notebook', async () => {
	const assist = await ask('assist', { prompt: 'A frame [[cell:import pandas as pd\\ntea = pd.DataFrame(dict(leaf=("oolong", "sencha"), minutes=(4, 2)))\\ntea]]' });
	const told = await events(assist);
	const proposal = told.find(([name]) => name === 'proposal')[1];
	assert.match(proposal.code, /^import pandas as pd\ntea = /);
	assert.deepEqual(told.at(-1), ['done', { status: 'ok' }]);
	const done = await show(assist);
	assert.equal(done.state, 'done');
	assert.ok(done.input_tokens > 0 && done.input_tokens + done.output_tokens <= done.tokens_max);
	const added = assertJson(await carrel.post(at(`/assists/${assist}/accept`), { run: 'yes' }));
	assert.equal(added.status, 'added');
	await eventually('the cell to have run', async () => (await run('len(tea)')).success, 30000);
	const next = await ask('assist', { prompt: 'What is there? [[cell:1]]' });
	await ended(next);
	const asked = JSON.stringify(models.about('What is there?').at(-1).body);
	assert.match(asked, /The data frame tea has 2 rows and 2 columns/);
	assert.match(asked, /- minutes: int64/);
	assert.match(asked, /oolong/);
});

test('an agent works in the kernel, step by step', async () => {
	const assist = await ask('agent', { goal: 'Add up [[agent:print(tea.minutes.sum());;tea.nothing;;tea.minutes.max()]] [[keep:tea.describe()]]', steps: 4 });
	const told = await events(assist);
	const done = await show(assist);
	assert.equal(done.state, 'done', done.detail);
	assert.deepEqual(done.steps.map((s) => s.success), [true, false, true]);
	assert.equal(done.steps[0].output, '6\n');
	assert.match(done.steps[1].output, /AttributeError/);
	assert.match(done.steps[2].output, /4/);
	assert.equal(done.code, 'tea.describe()');
	assert.equal(told.filter(([name, data]) => name === 'step' && 'success' in data).length, 3);
	assert.equal(told.findLast(([name]) => name === 'budget')[1].steps, 3);
	assert.match(JSON.stringify(models.about('Add up').at(-1).body), /AttributeError/);
});

test('what an agent runs is interrupted when it is stopped', async () => {
	const assist = await ask('agent', { goal: 'For ever [[agent:import time\\nprint("begun", flush=True)\\ntime.sleep(500)]]' });
	await eventually('its step', async () => (await show(assist)).steps.length === 1);
	assert.equal((await carrel.post(at(`/assists/${assist}/cancel`), {})).status, 202);
	const done = await ended(assist);
	assert.equal(done.state, 'cancelled');
	assert.equal(done.steps[0].output, 'It was stopped.');
	assert.deepEqual((await events(assist)).at(-1), ['done', { status: 'cancelled' }]);
	const next = await run('print("free")');
	assert.equal(next.success, true, next.text);
	assertError(await carrel.post(at(`/assists/${assist}/cancel`), {}), 409);
});

test('an agent that is stopped while the kernel starts leaves it free', async () => {
	const before = id;
	id = assertJson(await carrel.post('/workspaces', { title: 'Early', template: 'blank' })).id;
	const assist = await ask('agent', { goal: 'Too early [[agent:import time\\ntime.sleep(500)]]' });
	await eventually('its step', async () => (await show(assist)).steps.length === 1);
	await carrel.post(at(`/assists/${assist}/cancel`), {});
	assert.equal((await ended(assist)).state, 'cancelled');
	const next = await run('print("free")');
	assert.equal(next.success, true, next.text);
	id = before;
});

test('its page shows it, without scripts too', async () => {
	const assist = await ask('assist', { prompt: '<b>Bold</b> & "quoted" [[cell:x = "</pre><script>"]]' });
	await ended(assist);
	const html = assertHtml(await carrel.get(`/notebook/${id}`, { headers: HTML }));
	assert.match(html, /&lt;b&gt;Bold&lt;\/b&gt; &amp; &quot;quoted&quot;/);
	assert.match(html, /x = &quot;&lt;\/pre&gt;&lt;script&gt;&quot;/);
	assert.ok(html.includes(`action="/workspaces/${id}/assists/${assist}/accept"`));
	const reply = await carrel.form(at(`/assists/${assist}/accept`), { run: 'no' }, { headers: HTML });
	assert.equal(reply.status, 303);
	assert.equal(reply.headers.location, `/notebook/${id}`);
});

test('what is not there, and what is wrong', async () => {
	assertError(await carrel.post(`/workspaces/${NO_SUCH_ID}/assist`, { prompt: 'x' }), 404);
	assertError(await carrel.post(at('/agent'), { goal: 'x', steps: 31 }), 400, { field: 'steps' });
	assertError(await carrel.get(at(`/assists/${NO_SUCH_ID}`)), 404);
	assertError(await carrel.get(at(`/assists/${NO_SUCH_ID}/events`)), 404);
	assertError(await carrel.post(at(`/assists/${NO_SUCH_ID}/accept`), {}), 404);
});
