#!/usr/bin/env node
// Two model services in one small program, for tests: Anthropic's Messages at /v1/messages and an OpenAI-compatible
// /v1/chat/completions. What they answer is scripted by the prompt (script.mjs); what they are asked is judged as strictly
// as the real ones would (check.mjs) and kept for tests to read:
//   GET /__requests · GET /__state · POST /__reset · POST /__release?name=N (lets go what [[hold:N]] holds)
import http from 'node:http';
import { pathToFileURL } from 'node:url';
import * as check from './check.mjs';
import { plan as planFor } from './script.mjs';
import * as wire from './wire.mjs';

const LIMIT_BYTES = 32 * 1024 * 1024;

function readBody(request) {
	return new Promise((resolve, reject) => {
		const parts = [];
		let size = 0;
		request.on('data', (part) => (size += part.length) > LIMIT_BYTES ? reject(new Error('too large')) : parts.push(part));
		request.on('end', () => resolve(Buffer.concat(parts)));
		request.on('error', reject);
		request.on('aborted', () => reject(new Error('aborted')));
	});
}

function redacted(headers) {
	const copy = { ...headers };
	for (const name of ['x-api-key', 'authorization'])
		if (name in copy)
			copy[name] = '(present)';
	return copy;
}

function parsed(bytes) {
	try {
		return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
	} catch {
		return undefined;
	}
}

class Models {
	constructor() {
		this.active = 0;
		this.maxActive = 0;
		this.reset();
	}

	reset() {
		this.requests = [];
		this.seen = new Map();
		for (const resolve of [...(this.gates?.values() ?? [])].flatMap((g) => g.waiting))
			resolve();
		this.gates = new Map();
		this.maxActive = this.active;
	}

	gate(name) {
		if (!this.gates.has(name))
			this.gates.set(name, { open: false, waiting: [] });
		return this.gates.get(name);
	}

	release(name) {
		const gate = this.gate(name);
		gate.open = true;
		gate.waiting.splice(0).forEach((resolve) => resolve());
	}

	held(name, reply) {
		const gate = this.gate(name);
		return gate.open ? null : new Promise((resolve) => {
			gate.waiting.push(resolve);
			reply.once('close', resolve);
		});
	}

	json(reply, status, value, headers = {}) {
		const text = JSON.stringify(value);
		reply.writeHead(status, { 'content-type': 'application/json', 'request-id': `req_fake_${this.requests.length}`, ...headers });
		reply.end(text);
	}

	refuse(reply, dialect, { status, type, message, headers, param = null, code = null, spend }) {
		if (dialect === 'anthropic')
			return this.json(reply, status, { type: 'error', error: { type, message },
				request_id: `req_fake_${this.requests.length}` }, headers);
		const known = status === 529 ? 503 : spend ? 429 : status;
		return this.json(reply, known, { error: { message, type: spend ? 'insufficient_quota' : type, param,
			code: spend ? 'insufficient_quota' : code } }, headers);
	}

	async answer(dialect, request, reply) {
		const entry = { dialect, path: request.url, headers: redacted(request.headers), started: Date.now(), outcome: 'open' };
		this.requests.push(entry);
		const body = parsed(await readBody(request));
		entry.body = body;
		const wrong = check[dialect](request.headers, body);
		if (wrong) {
			entry.outcome = `refused: ${wrong.message}`;
			entry.invalid = true;
			return this.refuse(reply, dialect, wrong);
		}
		const script = planFor(body.messages, 0).line;
		const seen = this.seen.get(script) ?? 0;
		const plan = planFor(body.messages, seen);
		this.seen.set(script, seen + 1);
		entry.script = script;
		entry.attempt = seen + 1;
		if (plan.refused) {
			entry.outcome = `scripted ${plan.refused.status}`;
			return this.refuse(reply, dialect, plan.refused);
		}
		this.maxActive = Math.max(this.maxActive, ++this.active);
		try {
			entry.outcome = await this.speak(dialect, body, plan, reply);
		} finally {
			entry.ended = Date.now();
			this.active--;
		}
	}

	async speak(dialect, body, plan, reply) {
		const id = `fake_${this.requests.length}`;
		let closed = false;
		reply.on('close', () => { closed = !reply.writableFinished; });
		if (plan.fault === 'redirect') {
			reply.writeHead(302, { location: 'http://127.0.0.1:1/elsewhere' }).end();
			return 'redirect';
		}
		if (plan.fault === 'html') {
			reply.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Captive portal</title>');
			return 'html';
		}
		if (plan.fault === 'mute') {
			await new Promise((resolve) => reply.once('close', resolve));
			return 'aborted';
		}
		if (!body.stream) {
			this.json(reply, 200, wire.whole(dialect, plan, body, id));
			return 'finished';
		}
		reply.socket.setNoDelay(true);
		reply.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
		return wire.pour(reply, dialect, wire[dialect](plan, body, id), plan,
			{ gate: (name) => this.held(name, reply), gone: () => closed });
	}

	async handle(request, reply) {
		const { pathname, searchParams } = new URL(request.url, 'http://fake');
		const at = `${request.method} ${pathname}`;
		if (at === 'GET /__requests')
			return this.json(reply, 200, this.requests);
		if (at === 'GET /__state')
			return this.json(reply, 200, { active: this.active, maxActive: this.maxActive });
		if (at === 'POST /__reset') {
			this.reset();
			return this.json(reply, 200, {});
		}
		if (at === 'POST /__release') {
			this.release(searchParams.get('name') ?? '');
			return this.json(reply, 200, {});
		}
		if (at === 'GET /v1/models')
			return this.list(request, reply);
		if (at === 'POST /v1/messages')
			return this.answer('anthropic', request, reply);
		if (at === 'POST /v1/chat/completions')
			return this.answer('openai', request, reply);
		return this.json(reply, 404, { type: 'error', error: { type: 'not_found_error', message: at } });
	}

	list(request, reply) {
		if (request.headers['anthropic-version'])
			return this.json(reply, 200, { has_more: false, data: check.ANTHROPIC_MODELS.map((id) =>
				({ type: 'model', id, display_name: id, created_at: '2026-01-01T00:00:00Z' })) });
		return this.json(reply, 200, { object: 'list', data: check.OPENAI_MODELS.map((id) =>
			({ id, object: 'model', created: 1790000000, owned_by: 'fake' })) });
	}
}

// Starts the services on loopback and returns their address and the handles tests use.
export async function startModels({ port = 0 } = {}) {
	const models = new Models();
	const server = http.createServer((request, reply) => models.handle(request, reply).catch((error) => {
		if (!reply.headersSent)
			models.json(reply, 500, { error: { message: String(error) } });
		else
			reply.destroy();
	}));
	server.keepAliveTimeout = 30000;
	await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${server.address().port}`;
	return {
		url, port: server.address().port, server,
		get requests() { return models.requests; },
		get state() { return { active: models.active, maxActive: models.maxActive }; },
		about: (word) => models.requests.filter((r) => JSON.stringify(r.body ?? '').includes(word)),
		reset: () => models.reset(),
		release: (name) => models.release(name),
		stop: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }),
	};
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
	const at = process.argv.indexOf('--port');
	const models = await startModels({ port: at < 0 ? 0 : Number(process.argv[at + 1]) });
	console.log(models.port);
	for (const signal of ['SIGINT', 'SIGTERM'])
		process.on(signal, () => models.stop().then(() => process.exit(0)));
}
