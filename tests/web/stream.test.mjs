// Progress of a job as an event stream: what is sent, in which order, when, and how a client takes it up again.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, eventually, ID, start } from '../lib/carrel.mjs';
import { assertError } from '../lib/say.mjs';

const models = await startModels();
const carrel = await start({ env: anthropicEnv(models) });
after(async () => { await carrel.remove(); await models.stop(); });

const id = await carrel.make('Streams [[text:Brook]]');
const later = { headers: { prefer: 'respond-async' } };
const PHASES = ['queued', 'starting', 'reading', 'writing', 'compiling', 'repairing', 'publishing'];

async function begin(text) {
	const reply = await carrel.write(id, text, later);
	assert.equal(reply.status, 202, reply.text);
	return reply;
}

test('a job streams phases, tokens, a verdict, a version and done, then the server closes', async () => {
	await begin('River [[reply:edit]] [[text:River]] [[hold:river]]');
	const stream = await carrel.events(id).open;
	assert.equal(stream.status, 200);
	assert.match(stream.headers['content-type'], /^text\/event-stream/);
	assert.match(stream.headers['cache-control'], /no-(store|cache)/);
	await stream.until('token');
	assert.ok(!stream.events.some((e) => e.event === 'done'), 'tokens came only at the end');
	models.release('river');
	const events = await stream.ended;
	const kinds = events.map((e) => e.event);
	assert.deepEqual(kinds.filter((k) => !['phase', 'token', 'verdict', 'version', 'error', 'done'].includes(k)), []);
	const order = ['phase', 'token', 'verdict', 'version', 'done'].map((k) => kinds.indexOf(k));
	assert.ok(order.every((at, i) => at >= 0 && (i === 0 || at > order[i - 1])), kinds.join(' '));
	for (const { event, data, id: at } of events) {
		assert.match(at ?? '', /^[a-z2-7]{26}\.\d+$/, `${event} has id ${at}`);
		if (event === 'phase') {
			assert.ok(PHASES.includes(data.phase), `phase ${data.phase}`);
			assert.match(data.job, ID);
		}
		if (event === 'token')
			assert.equal(typeof data.text, 'string');
	}
	const find = (kind) => events.find((e) => e.event === kind).data;
	assert.strictEqual(find('verdict').ok, true);
	assert.equal(find('version').version, await carrel.current(id));
	assert.match(find('version').summary, /Changed the words/);
	assert.deepEqual(find('done'), { status: 'ok' });
	assert.match(events.filter((e) => e.event === 'token').map((e) => e.data.text).join(''), /const label = "River";/);
});

test('it can be taken up again after any event, and nothing is lost or doubled', async () => {
	await begin('Lake [[text:Lake]] [[lines:40]] [[hold:lake]]');
	const whole = await carrel.events(id).open;
	await whole.until('token');
	const early = await carrel.events(id, { headers: { 'last-event-id': whole.events[0].id } }).open;
	models.release('lake');
	const all = await whole.ended;
	const strip = (list) => JSON.stringify(list.map((e) => [e.id, e.event, e.data]));
	assert.equal(strip(await early.ended), strip(all.slice(1)));
	for (const at of [0, Math.floor(all.length / 2), all.length - 2]) {
		const again = await carrel.events(id, { headers: { 'last-event-id': all[at].id } }).open;
		assert.equal(strip(await again.ended), strip(all.slice(at + 1)), `after event ${at}`);
	}
	const over = await carrel.events(id, { headers: { 'last-event-id': all.at(-1).id } }).open;
	assert.equal(over.status, 204);
});

test('with no job running the last outcome and done are sent', async () => {
	const events = await carrel.events(id).ended;
	assert.equal(events.at(-1).event, 'done');
	assert.deepEqual(events.at(-1).data, { status: 'ok' });
	assert.equal(events.find((e) => e.event === 'version').data.version, await carrel.current(id));
});

test('an event id that is gone replays the outcome; a senseless one does no harm', async () => {
	const gone = await carrel.events(id, { headers: { 'last-event-id': `${'b'.repeat(26)}.12` } }).open;
	assert.equal(gone.status, 200);
	assert.equal((await gone.ended).at(-1).event, 'done');
	for (const bad of ['x', '../../etc/passwd.1', `${'b'.repeat(26)}.-1`, `${'b'.repeat(26)}.99999999999999999999`, 'a'.repeat(5000)]) {
		const stream = await carrel.events(id, { headers: { 'last-event-id': bad } }).open;
		assert.ok([200, 400, 431].includes(stream.status), `${bad.slice(0, 40)} answered ${stream.status}`);
		stream.stop();
	}
});

test('a broken answer shows its verdict with place and frame, the repair, and ends well', async () => {
	await begin('Needs mending [[broken:1]] [[text:Mended]]');
	const events = await carrel.events(id).ended;
	const verdicts = events.filter((e) => e.event === 'verdict').map((e) => e.data);
	assert.deepEqual(verdicts.map((v) => v.ok), [false, true]);
	const { error } = verdicts[0];
	assert.equal(error.file, 'src/LLMComponent.tsx');
	assert.ok(Number.isInteger(error.line) && error.line > 5 && error.line < 20, `line ${error.line}`);
	assert.ok(error.message.length > 5);
	// eslint-disable-next-line no-control-regex
	assert.doesNotMatch(JSON.stringify(error), /\\u001b|\/app\//, 'colours or inner paths leak');
	assert.ok(events.some((e) => e.event === 'phase' && e.data.phase === 'repairing'));
	assert.equal(events.at(-1).data.status, 'ok');
	const [first, repair] = models.about('Needs mending');
	assert.ok(first && repair, 'no repair was asked for');
	const told = JSON.stringify(repair.body);
	const piece = JSON.stringify(error.message.split('\n')[0].slice(0, 40)).slice(1, -1);
	assert.ok(told.includes(piece), `the repair does not carry the compiler's words ${piece}`);
});

test('an answer that never compiles ends as an error, with the reason', async () => {
	const before = await carrel.current(id);
	await begin('Never [[missing-export:always]]');
	const events = await carrel.events(id).ended;
	const verdicts = events.filter((e) => e.event === 'verdict');
	assert.equal(verdicts.length, 3);
	assert.ok(verdicts.every((v) => v.data.ok === false && /NoSuchIconAnywhere/.test(v.data.error.message)));
	assert.match(events.find((e) => e.event === 'error').data.detail, /\w+/);
	assert.deepEqual(events.at(-1).data, { status: 'error' });
	assert.ok(!events.some((e) => e.event === 'version'));
	assert.equal(await carrel.current(id), before);
});

test('cancel stops the job and the bill, and then there is nothing to cancel', async () => {
	const before = await carrel.current(id);
	await begin('Endless [[hold:never]] [[text:Endless]]');
	const stream = await carrel.events(id).open;
	await stream.until('token');
	const cancelled = await carrel.post(`/api/app/${id}/cancel`, {});
	assert.equal(cancelled.status, 202);
	const events = await stream.ended;
	assert.deepEqual(events.at(-1).data, { status: 'cancelled' });
	await eventually('the model saw the line go dead', () => models.about('Endless').every((r) => r.outcome === 'aborted'), { timeout: 5000 });
	assertError(await carrel.post(`/api/app/${id}/cancel`, {}), 409);
	assert.equal(await carrel.current(id), before);
	assert.equal(await carrel.status(id), 'active');
});

test('two hundred parked streams leave the pages quick', async () => {
	await begin('Crowd [[text:Crowd]] [[hold:crowd]]');
	const streams = await Promise.all(Array.from({ length: 200 }, () => carrel.events(id).open));
	assert.ok(streams.every((s) => s.status === 200));
	const began = Date.now();
	for (let i = 0; i < 20; i++)
		assert.equal((await carrel.get('/api/apps')).status, 200);
	assert.ok(Date.now() - began < 2000, `20 reads took ${Date.now() - began} ms`);
	models.release('crowd');
	for (const events of await Promise.all(streams.map((s) => s.ended)))
		assert.deepEqual(events.at(-1).data, { status: 'ok' });
});

test('clients that hang up are forgotten', async () => {
	await begin('Leavers [[text:Leavers]] [[hold:leavers]]');
	const worker = carrel.programs('apps.fcgi')[0];
	assert.ok(worker, 'no process called apps.fcgi');
	for (let i = 0; i < 100; i++)
		(await carrel.events(id).open).stop();
	models.release('leavers');
	assert.equal((await carrel.events(id).ended).at(-1).data.status, 'ok');
	assert.ok(carrel.programs('apps.fcgi').some((p) => p.pid === worker.pid), 'the worker did not survive');
});
