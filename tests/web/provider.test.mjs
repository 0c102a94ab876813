// Model services at their best and at their worst: whatever comes, the live app stays whole and the person is told the truth.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, eventually, openaiEnv, start } from '../lib/carrel.mjs';
import { assertJson } from '../lib/say.mjs';

// words in the prompt, and how often the model is asked
const GOOD = [
	['[[reply:bare]]', 1], ['[[reply:fence]]', 1], ['[[reply:files]]', 1], ['[[reply:two]]', 1], ['[[reply:edit]]', 1],
	['[[thinking]]', 1], ['[[ping]]', 1], ['[[crlf]]', 1], ['[[cr]]', 1], ['[[unknown-events]]', 1], ['[[split-utf8]]', 1],
	['[[huge-line:200000]]', 1], ['[[lines:3000]]', 1], ['[[many-files:40]]', 1],
	['[[429:retry-after=1]]', 2], ['[[529:once]]', 2], ['[[500:once]]', 2], ['[[503:2]]', 3],
	['[[broken:1]]', 2], ['[[broken:2]]', 3], ['[[missing-export]]', 2], ['[[missing-package]]', 2], ['[[missing-sibling]]', 2], ['[[no-default]]', 2],
	['[[thinking]] [[ping]] [[crlf]] [[split-utf8]] [[reply:fence]]', 1],
];
// words, and the least and most the model may be asked for them
const BAD = [
	['[[401]]', 1, 1], ['[[403]]', 1, 1], ['[[404]]', 1, 1], ['[[413]]', 1, 1], ['[[spend-limit]]', 1, 3], ['[[429:always]]', 1, 3], ['[[529]]', 3, 3],
	['[[500]]', 3, 3], ['[[529]] [[no-retry]]', 1, 1], ['[[refusal]]', 1, 3], ['[[max-tokens]]', 1, 3], ['[[tool-use]]', 1, 3], ['[[empty]]', 1, 3],
	['[[error-after-200]]', 1, 3], ['[[cut]]', 1, 3], ['[[redirect]]', 1, 3], ['[[html]]', 1, 3], ['[[huge-line:3000000]]', 1, 3],
	['[[bad-path:../../escape.tsx]]', 1, 3], ['[[bad-path:/etc/cron.d/x]]', 1, 3], ['[[bad-path:src/../package.json]]', 1, 3], ['[[bad-path:src/.env]]', 1, 3],
	['[[bad-path:src/a/../../x.ts]]', 1, 3], ['[[not-src]]', 1, 3], ['[[many-files:41]]', 1, 3], ['[[big:270000]]', 1, 3],
	['[[lost-edit]]', 1, 3], ['[[double-edit]]', 1, 3], ['[[broken:always]]', 3, 3], ['[[missing-export:always]]', 3, 3],
];

for (const [dialect, envOf] of [['anthropic', anthropicEnv], ['openai', openaiEnv]])
	describe(dialect, () => {
		let models, carrel, id, stalled, n = 0;
		const word = () => `Word${++n}`;

		before(async () => {
			models = await startModels();
			carrel = await start({ env: { ...envOf(models), CARREL_MODEL_TIMEOUT: '20' } });
			id = await carrel.make('Base [[text:Base]]');
			// Runs beside everything else: a service that falls silent costs its whole time limit.
			const quiet = await Promise.all(['stall', 'mute'].map((how) => carrel.make(`For ${how} [[text:Quiet]]`)));
			stalled = ['stall', 'mute'].map((how, i) => carrel.write(quiet[i], `Silence [[${how}]]`).then((reply) => ({ reply, how })));
		});
		after(async () => { await carrel?.remove(); await models?.stop(); });

		for (const [words, asked] of GOOD)
			test(`${words} becomes a live version`, async () => {
				const w = word();
				assert.equal(assertJson(await carrel.write(id, `${words} [[text:${w}]] for ${dialect}`)).status, 'ok');
				assert.match((await carrel.source(id)).files['src/LLMComponent.tsx'], new RegExp(`const label = "${w}`));
				assert.match(await carrel.served(id), new RegExp(w));
				if (words.includes('split-utf8'))
					assert.match(await carrel.served(id), /naïve 茶 ☕ 🍵/);
				const requests = models.about(`[[text:${w}]]`).filter((r) => r.script?.includes(w));
				assert.equal(requests.length, asked, requests.map((r) => r.outcome).join(', '));
				assert.ok(!requests.some((r) => r.invalid));
			});

		for (const [words, least, most] of BAD)
			test(`${words} changes nothing and is explained`, async () => {
				const w = word();
				const [version, served, said] = [await carrel.current(id), await carrel.served(id), (await carrel.history(id)).length];
				const reply = await carrel.write(id, `${words} [[text:${w}]] for ${dialect}`);
				assert.ok([200, 429, 502, 503, 504].includes(reply.status), `${reply.status} ${reply.text}`);
				const body = reply.json;
				assert.equal(body.status, 'error', reply.text);
				assert.ok(body.message?.length > 8, 'no message');
				if (reply.status !== 200)
					assert.ok(body.detail?.length > 8, 'no detail');
				assert.doesNotMatch(reply.text, /test-key|127\.0\.0\.1|curl|errno|undefined|null pointer|\/run\//i);
				assert.equal(await carrel.current(id), version);
				assert.equal(await carrel.served(id), served);
				assert.equal(await carrel.status(id), 'active');
				const history = await carrel.history(id);
				assert.equal(history.length, said + 2, 'the prompt and the reason stand in the history');
				assert.equal(history.at(-1).type, 'assistant');
				const requests = models.requests.filter((r) => r.script?.includes(w));
				assert.ok(requests.length >= least && requests.length <= most, `asked ${requests.length} times: ${requests.map((r) => r.outcome).join(', ')}`);
			});

		test('the kinds of trouble have their own status', async () => {
			const statusFor = async (words) => (await carrel.write(id, `${words} [[text:${word()}]]`)).status;
			assert.equal(await statusFor('[[401]]'), 502);
			assert.equal(await statusFor('[[broken:always]]'), 200);
			assert.ok([429, 503].includes(await statusFor('[[529]]')));
			const limited = await carrel.write(id, `[[429:always,retry-after=90]] [[text:${word()}]]`);
			assert.ok([429, 503].includes(limited.status), limited.text);
			assert.match(limited.headers['retry-after'] ?? '', /^\d+$/);
		});

		test('an answer without code is shown and makes no version', async () => {
			const version = await carrel.current(id);
			const reply = await carrel.write(id, `[[prose]] [[text:${word()}]]`);
			assert.equal(reply.status, 200);
			assert.equal(await carrel.current(id), version);
			assert.match((await carrel.history(id)).at(-1).content, /weather/);
		});

		test('words around the code become the summary, on one line and without code', async () => {
			assertJson(await carrel.write(id, `[[say:A fine change was made.]] [[reply:two]] [[text:${word()}]]`));
			const { summary } = (await carrel.versions(id)).at(-1);
			assert.match(summary, /A fine change was made\./);
			assert.doesNotMatch(summary, /[\n<`]|import/);
		});

		test('thoughts are never code and never shown', async () => {
			const w = word();
			await carrel.write(id, `[[thinking]] [[reply:bare]] [[text:${w}]]`);
			assert.doesNotMatch(JSON.stringify(await carrel.history(id)), /not this|something small/);
			assert.doesNotMatch((await carrel.source(id)).files['src/LLMComponent.tsx'], /not this/);
		});

		test('bad bytes and bad JSON in the middle never make a broken app', async () => {
			for (const words of ['[[bad-json]]', '[[bad-utf8]]']) {
				const w = word();
				const reply = await carrel.write(id, `${words} [[text:${w}]]`);
				assert.ok([200, 502].includes(reply.status), reply.text);
				assert.match(await carrel.served(id), reply.json.status === 'ok' ? new RegExp(w) : /LLMComponent/);
				assert.ok((await carrel.source(id)).files['src/LLMComponent.tsx'].includes('Add one'));
			}
		});

		test('every request was one the real service would accept', () => {
			const wrong = models.requests.filter((r) => r.invalid);
			assert.deepEqual(wrong.map((r) => r.outcome), []);
			for (const r of models.requests) {
				assert.equal(r.dialect, dialect);
				assert.strictEqual(r.body.stream, true);
			}
			if (dialect === 'anthropic')
				assert.ok(models.requests.every((r) => r.body.max_tokens >= 16000), 'too small for thinking and a component');
		});

		test('earlier turns and the current source go along, and the whole stays bounded', async () => {
			const app = await carrel.make('Remember zebra [[text:Z0]]');
			for (let i = 1; i <= 6; i++)
				assert.equal((await carrel.write(app, `${'pad '.repeat(4000)}turn ${i} [[reply:edit]] [[text:Z${i}]]`)).json.status, 'ok');
			assert.equal((await carrel.write(app, 'And now? [[reply:edit]] [[text:Z7]]')).json.status, 'ok');
			const last = models.requests.filter((r) => r.script?.includes('Z7')).at(-1);
			const text = JSON.stringify(last.body);
			assert.match(text, /const label = \\"Z6\\";/, 'the current source is not there');
			assert.match(text, /turn 6/, 'the last turn is not there');
			assert.ok(text.length < 400000, `the request has ${text.length} characters`);
		});

		test('eight jobs run at once', async () => {
			models.reset();
			const apps = await Promise.all(Array.from({ length: 8 }, (_, i) => carrel.create(`Eight ${i} [[text:Eight${i}]] [[hold:eight]]`)));
			await eventually('all eight are with the model', () => models.state.active === 8);
			models.release('eight');
			for (const app of apps)
				assert.equal(await carrel.waitStatus(app, ['active', 'ready']), 'active');
		});

		test('a service that falls silent is given up in time, with a reason', async () => {
			for (const { reply, how } of await Promise.all(stalled)) {
				assert.ok([502, 503, 504].includes(reply.status), `${how}: ${reply.status} ${reply.text}`);
				assert.ok(reply.json.message.length > 8);
			}
		});

		test('nobody but the author holds the key', () => {
			const keyOf = /test-key/;
			for (const p of carrel.note()) {
				assert.doesNotMatch(p.command.join('\0'), keyOf, `${p.name} has it in its command line`);
				if (!['make', 'sh', 'bash', 'carreld', 'author'].includes(p.name))
					assert.doesNotMatch(carrel.environment(p.pid).join('\0'), keyOf, `${p.name} has it in its environment`);
			}
			assert.doesNotMatch(carrel.said(), keyOf);
		});
	});

test('a service that cannot be reached is told in plain words', async () => {
	const models = await startModels();
	const carrel = await start({ env: anthropicEnv(models) });
	try {
		const id = await carrel.make('Reachable [[text:Reach]]');
		await models.stop();
		const reply = await carrel.write(id, 'Now not');
		assert.ok([502, 503, 504].includes(reply.status), reply.text);
		assert.match(reply.json.message, /model/i);
		assert.match(await carrel.served(id), /Reach/);
	} finally {
		await carrel.remove();
	}
});

test('a wrong key is told to the person who can mend it', async () => {
	const models = await startModels();
	const carrel = await start({ env: { ...anthropicEnv(models), ANTHROPIC_API_KEY: 'wrong-key' } });
	try {
		const id = await carrel.create('Anything');
		assert.equal(await carrel.waitStatus(id, ['ready', 'active']), 'ready');
		assert.match((await carrel.history(id)).at(-1).content, /key/i);
		assert.doesNotMatch(JSON.stringify(await carrel.history(id)), /wrong-key/);
	} finally {
		await carrel.remove();
		await models.stop();
	}
});

test('which model is used when none is named', async () => {
	const models = await startModels();
	const modelFor = async (env) => {
		const carrel = await start({ env });
		try {
			models.reset();
			await carrel.make('Which [[text:Which]]');
			return models.requests.map((r) => `${r.dialect}/${r.body.model}`)[0] ?? 'sample';
		} finally {
			await carrel.remove();
		}
	};
	try {
		const { ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL } = anthropicEnv(models);
		const { OPENAI_API_KEY, OPENAI_BASE_URL } = openaiEnv(models);
		assert.equal(await modelFor({ ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL }), 'anthropic/claude-sonnet-5');
		assert.equal(await modelFor({ OPENAI_API_KEY, OPENAI_BASE_URL }), 'openai/local-coder');
		assert.equal(await modelFor({ OPENAI_BASE_URL }), 'openai/local-coder');
		assert.equal(await modelFor({ ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, OPENAI_API_KEY, OPENAI_BASE_URL }), 'anthropic/claude-sonnet-5');
		assert.equal(await modelFor({ OPENAI_API_KEY, OPENAI_BASE_URL, CARREL_MODEL: 'openai/gpt-5.1' }), 'openai/gpt-5.1');
		assert.equal(await modelFor({}), 'sample');
	} finally {
		await models.stop();
	}
});
