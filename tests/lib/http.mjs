// HTTP as tests need it: any Host, any header, raw bytes; nothing is followed, nothing is retried.
import http from 'node:http';
import net from 'node:net';

// Resolves to { status, headers, body (Buffer), text, json }. `json` in the options is sent as JSON; `form` as a plain
// form; `body` as it is.
export function request(port, path, options = {}) {
	const { method, host, headers = {}, json, form, body, agent, timeout = 200000 } = options;
	const sent = { host: host ?? `localhost:${port}`, ...headers };
	let payload = body;
	if (json !== undefined) {
		payload = JSON.stringify(json);
		sent['content-type'] ??= 'application/json';
	} else if (form !== undefined) {
		payload = new URLSearchParams(form).toString();
		sent['content-type'] ??= 'application/x-www-form-urlencoded';
	}
	if (payload !== undefined && sent['transfer-encoding'] === undefined)
		sent['content-length'] ??= Buffer.byteLength(payload);
	for (const name of Object.keys(sent))
		if (sent[name] === null)
			delete sent[name];
	return new Promise((resolve, reject) => {
		const asked = http.request({ host: '127.0.0.1', port, path, agent: agent ?? false, headers: sent,
			method: method ?? (payload === undefined ? 'GET' : 'POST'), setHost: false });
		asked.setTimeout(timeout, () => asked.destroy(new Error(`no answer to ${path} within ${timeout} ms`)));
		asked.on('error', reject);
		asked.on('upgrade', (reply, socket) => { socket.destroy(); resolve(wrap(reply, Buffer.alloc(0))); });
		asked.on('response', (reply) => {
			const parts = [];
			reply.on('data', (part) => parts.push(part));
			reply.on('end', () => resolve(wrap(reply, Buffer.concat(parts))));
			reply.on('error', reject);
			reply.on('aborted', () => reject(new Error(`the answer to ${path} was cut off`)));
		});
		asked.end(payload);
	});
}

function wrap(reply, body) {
	return {
		status: reply.statusCode, headers: reply.headers, raw: reply.rawHeaders, body,
		get text() { return body.toString(); },
		get json() {
			try {
				return JSON.parse(body.toString());
			} catch {
				throw new Error(`not JSON (${reply.statusCode}): ${body.toString().slice(0, 300)}`);
			}
		},
	};
}

// Sends bytes as they are and resolves to everything that came back until the peer closed, or `until` matched.
export function raw(port, bytes, { until, timeout = 15000 } = {}) {
	return new Promise((resolve, reject) => {
		const socket = net.connect(port, '127.0.0.1');
		let got = '';
		const timer = setTimeout(() => socket.destroy(new Error(`no end within ${timeout} ms after ${JSON.stringify(got.slice(0, 200))}`)),
			timeout);
		const done = () => { clearTimeout(timer); socket.destroy(); resolve(got); };
		socket.on('connect', () => socket.write(bytes));
		socket.on('data', (part) => { got += part.toString('latin1'); if (until?.test(got)) done(); });
		socket.on('end', done);
		socket.on('error', (error) => {
			clearTimeout(timer);
			if (got || error.code === 'ECONNRESET' || error.code === 'EPIPE')
				resolve(got);
			else
				reject(error);
		});
	});
}

export const statusOf = (text) => Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0);

// Follows an event stream. `events` fills while it runs, and `hear` is given each; `ended` resolves to them all when the server closes.
export function follow(port, path, { headers = {}, host, hear, signal } = {}) {
	const events = [];
	const waiting = new Set();
	let finished = false;
	const stream = { events, status: 0, headers: {} };
	const wake = () => waiting.forEach((check) => check());
	const asked = http.request({ host: '127.0.0.1', port, path, agent: false, setHost: false, signal,
		headers: { host: host ?? `localhost:${port}`, accept: 'text/event-stream', ...headers } });
	stream.open = new Promise((resolve, reject) => {
		asked.on('error', reject);
		asked.on('response', (reply) => {
			stream.status = reply.statusCode;
			stream.headers = reply.headers;
			resolve(stream);
		});
	});
	stream.ended = new Promise((resolve, reject) => {
		asked.on('error', (error) => { finished = true; wake(); if (stream.stopped) resolve(events); else reject(error); });
		asked.on('response', (reply) => {
			const feed = parser((event) => { events.push(event); hear?.(event); wake(); });
			const end = () => { finished = true; wake(); resolve(events); };
			reply.setEncoding('utf8');
			reply.on('data', feed);
			reply.on('end', end);
			reply.on('close', end);
		});
	});
	stream.open.catch(() => {});
	stream.ended.catch(() => {});
	stream.stop = () => { stream.stopped = true; asked.destroy(); };
	// Resolves to the first event that `wanted` accepts; rejects when the stream ends or the deadline passes without it.
	stream.until = (wanted, timeout = 60000) => new Promise((resolve, reject) => {
		const test = typeof wanted === 'string' ? (e) => e.event === wanted : wanted;
		const timer = setTimeout(() => settle(reject, new Error(`not seen within ${timeout} ms; got ${summary(events)}`)), timeout);
		const settle = (how, value) => { clearTimeout(timer); waiting.delete(check); how(value); };
		const check = () => {
			const found = events.find(test);
			if (found)
				settle(resolve, found);
			else if (finished)
				settle(reject, new Error(`the stream (${stream.status}) ended without it; got ${summary(events)}`));
		};
		waiting.add(check);
		check();
	});
	asked.end();
	return stream;
}

const summary = (events) => events.filter((e) => e.event !== 'token')
	.map((e) => `${e.event}:${JSON.stringify(e.data)}`).join(' ').slice(0, 600) || 'nothing';

function parser(emit) {
	let rest = '';
	return (text) => {
		rest += text;
		const blocks = rest.split(/\r?\n\r?\n/);
		rest = blocks.pop();
		for (const block of blocks) {
			const event = { event: 'message', id: undefined, data: '' };
			let has = false;
			for (const line of block.split(/\r?\n/)) {
				const [, name, value] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
				if (name === 'event')
					event.event = value;
				else if (name === 'id')
					event.id = value;
				else if (name === 'data') {
					event.data += (has ? '\n' : '') + value;
					has = true;
				}
			}
			if (!has)
				continue;
			try {
				event.data = JSON.parse(event.data);
			} catch { /* an event whose data is plain text */ }
			emit(event);
		}
	};
}

export async function eventually(what, check, { timeout = 30000, every = 50 } = {}) {
	const end = Date.now() + timeout;
	let last;
	for (;;) {
		try {
			last = await check();
			if (last)
				return last;
		} catch (error) {
			if (error.fatal)
				throw error;
			last = error;
		}
		if (Date.now() > end)
			throw new Error(`${what}: not within ${timeout} ms (last: ${last instanceof Error ? last.message : JSON.stringify(last)})`);
		await new Promise((resolve) => setTimeout(resolve, every));
	}
}
