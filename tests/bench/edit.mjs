// How long it takes from an accepted edit until an open page is told of it, over a WebSocket through the web server and gate.
import * as ws from '../lib/ws.mjs';
import { ENTRY, logLines, withCarrel } from './setup.mjs';
import { atMost, row } from './stats.mjs';

// What a browser asks for: only modules that a page has loaded are updated.
async function openPage(carrel, id) {
	const host = `${id}.localhost:${carrel.port}`;
	let client = '';
	for (const url of ['/', '/@vite/client', '/src/main.tsx', ENTRY, '/src/index.css']) {
		const reply = await carrel.app(id, url, { headers: { accept: '*/*', 'sec-fetch-dest': url === '/' ? 'document' : 'script' } });
		if (reply.status !== 200)
			throw new Error(`${url} answered ${reply.status}`);
		client += url === '/@vite/client' ? reply.text : '';
	}
	const token = /wsToken = "([^"]+)"/.exec(client)?.[1] ?? '';
	const { status, socket } = await ws.open(carrel.port, `/?token=${token}`, { host, origin: `http://${host}` });
	if (status !== 101)
		throw new Error(`the WebSocket was answered with ${status}`);
	await socket.until((m) => m.type === 'connected');
	return socket;
}

async function once(carrel, id, page, label) {
	const sent = Date.now(), began = performance.now();
	const since = () => performance.now() - began;
	page.messages.length = 0;
	const told = page.until((m) => m.type === 'update' && m.updates.some((u) => u.path === ENTRY)).then(since);
	const reply = await carrel.write(id, `[[text:${label}]]`, { headers: { prefer: 'respond-async' } });
	const marks = { accepted: since() };
	if (reply.status !== 202)
		throw new Error(`write answered ${reply.status} ${reply.text}`);
	const stream = carrel.events(id, { headers: { 'last-event-id': `${reply.json.job}.0` } });
	marks.update = await told;
	await stream.until('done');
	marks.done = since();
	stream.stop();
	for (const line of logLines(carrel).filter((l) => l.at >= sent - 1)) {
		if (/ answered, /.test(line.message))
			marks.answer ??= line.at - sent;
		if (/candidate of/.test(line.message))
			marks.candidate ??= line.at - sent;
	}
	const module = await carrel.app(id, ENTRY, { headers: { accept: '*/*', 'sec-fetch-dest': 'script' } });
	if (!module.text.includes(label))
		throw new Error('the page was told of a change that is not there');
	return marks;
}

export async function edit({ runs = 100, env = {} } = {}) {
	const all = await withCarrel(async (carrel) => {
		const id = await carrel.make('[[text:edit]]');
		const page = await openPage(carrel, id);
		const list = [];
		for (let i = -3; i < runs; i++) {
			const marks = await once(carrel, id, page, `edit ${i}`);
			if (i >= 0)
				list.push(marks);
		}
		page.close();
		return list;
	}, { CARREL_VERBOSE: 'yes', ...env });
	const steps = [['request accepted', null, 'accepted'], ['model answered', 'accepted', 'answer'], ['candidate stored', 'answer', 'candidate'],
		['judged, in place, page told', 'candidate', 'update'], ['version committed, “done” heard', 'update', 'done']];
	return [
		row('edit accepted → HMR update at the page', 'ms', all.map((m) => m.update - m.accepted), atMost(150, 'ms')),
		row('edit sent → HMR update at the page', 'ms', all.map((m) => m.update)),
		...steps.map(([name, from, to]) => row(`  ${name}`, 'ms', all.map((m) => m[to] - (from ? m[from] : 0)))),
	];
}
