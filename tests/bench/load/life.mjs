// One app, or one notebook, from the wish to the page that shows it: as a program does it that behaves well. What it is asked to
// wait for it waits for (Retry-After), what breaks off it takes up again, and it gives up at its deadline with a cause.
import { follow, request } from '../../lib/http.mjs';

const PAUSE_MS = 250;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Cause extends Error {}

// Ids and numbers differ from case to case; causes are counted by what is left.
export const plain = (text) => String(text).replace(/\b[a-z2-7]{26}\b/g, '…').replace(/\d+/g, 'N').replace(/\s+/g, ' ').trim().slice(0, 200);

// Asks until it is answered with less than 500 or the deadline is over. `told` counts what was refused on the way.
async function insist(server, url, options, told, until) {
	for (;;) {
		let wait = PAUSE_MS, cause;
		try {
			const reply = await request(server.port, url, { ...options, timeout: Math.max(1000, until - performance.now()) });
			if (reply.status < 400)
				return reply;
			const after = Number(reply.headers['retry-after']);
			cause = `${options.method ?? 'GET'} ${plain(url)} answered ${reply.status} ${plain(reply.text)}`;
			if (![429, 502, 503, 504].includes(reply.status))
				throw new Cause(cause);
			told.refused[reply.status] = (told.refused[reply.status] ?? 0) + 1;
			wait = after ? after * 1000 : PAUSE_MS;
		} catch (error) {
			if (error instanceof Cause)
				throw error;
			cause = `${plain(url)}: ${error.code ?? error.message}`;
			told.refused[error.code ?? 'cut'] = (told.refused[error.code ?? 'cut'] ?? 0) + 1;
		}
		if (performance.now() + wait > until)
			throw new Cause(cause);
		await pause(wait);
	}
}

// Follows the events of an app until they say that they are done; EventSource's way when they break off.
async function watch(server, id, mark, told, until) {
	let last, done;
	const hear = ({ event, data, id: at }) => {
		last = at ?? last;
		if (event === 'phase') {
			mark(data.phase);
			if (data.phase === 'queued' && /in line|waiting/i.test(data.detail ?? ''))
				told.places.push(data.detail);
		} else if (event === 'version' || event === 'error') {
			mark(event);
			told.error = event === 'error' ? data.detail : undefined;
		} else if (event === 'done') {
			done = data.status;
		}
	};
	while (!done) {
		const stream = follow(server.port, `/api/app/${id}/events`, { headers: { ...server.headers, ...(last ? { 'last-event-id': last } : {}) }, hear });
		const timer = setTimeout(() => stream.stop(), Math.max(1, until - performance.now()));
		await stream.ended.catch(() => {});
		clearTimeout(timer);
		if (stream.status === 204)
			break;
		if (done)
			break;
		if (performance.now() > until)
			throw new Cause(`not done in time; last heard: ${told.last ?? 'nothing'}`);
		if (stream.status >= 400 && ![429, 502, 503, 504].includes(stream.status))
			throw new Cause(`events answered ${stream.status}`);
		await pause(PAUSE_MS);
	}
	if (done && done !== 'ok')
		throw new Cause(`the job ended with ${done}: ${plain(told.error ?? '')}`);
}

// The page and the first script that it names, which a browser would run next.
async function open(server, id, mark, told, until) {
	const host = `${id}.${server.apps}`;
	const page = await insist(server, '/', { host, headers: { accept: 'text/html', 'sec-fetch-dest': 'document' } }, told, until);
	mark('page');
	const script = [...page.text.matchAll(/<script\b[^>]*\bsrc="([^"]+)"/g)].map((m) => m[1]).find((src) => !/@vite\/client/.test(src));
	if (!script)
		throw new Cause(`the page names no script: ${plain(page.text)}`);
	const { pathname, search } = new URL(script, `http://${host}/`);
	const module = await insist(server, pathname + search, { host, headers: { accept: '*/*', 'sec-fetch-dest': 'script' } }, told, until);
	if (!/javascript/.test(module.headers['content-type'] ?? ''))
		throw new Cause(`the page's script is ${module.headers['content-type']}`);
	mark('module');
}

export async function app(server, { prompt, mark, told, until }) {
	const reply = await insist(server, '/api/create', { json: { prompt }, method: 'POST', headers: server.headers }, told, until);
	const id = reply.json.app_id;
	told.id = id;
	mark('accepted');
	await watch(server, id, (step) => { told.last = step; mark(step); }, told, until);
	await open(server, id, mark, told, until);
}

export async function notebook(server, { prompt, mark, told, until }) {
	const made = await insist(server, '/workspaces', { json: { title: prompt }, method: 'POST', headers: server.headers }, told, until);
	const { id, token } = made.json;
	told.id = id;
	mark('accepted');
	const headers = { ...server.headers, authorization: `Bearer ${token}` };
	const ran = await insist(server, `/workspaces/${id}/run`, { json: { code: '1', timeout: 60 }, method: 'POST', headers }, told, until);
	const done = /^event: done\ndata: (.*)$/m.exec(ran.text)?.[1];
	if (!done || !JSON.parse(done).success)
		throw new Cause(`its kernel said ${plain(done ?? ran.text)}`);
	mark('kernel');
	const page = await insist(server, '/', { host: `${id}.${server.apps}`, headers: { authorization: `Bearer ${token}`, accept: 'text/html' } }, told, until);
	if (!/marimo/.test(page.text))
		throw new Cause('its page is another one');
	mark('page');
}
