// How long it takes from a prompt to an app, with no sandbox there before; and which part takes how much of it.
import { ENTRY, end, logLines, withCarrel } from './setup.mjs';
import { atMost, row } from './stats.mjs';

// One app: moments in milliseconds since the request was sent. Date and the log share one clock.
async function once(carrel, number) {
	const label = `cold ${number}`;
	const sent = Date.now(), began = performance.now();
	const since = () => performance.now() - began;
	const id = await carrel.create(`[[text:${label}]]`);
	const marks = { accepted: since() };
	const stream = carrel.events(id);
	const phase = (name) => stream.until((e) => e.event === 'phase' && e.data.phase === name).then(() => { marks[name] = since(); });
	const seen = phase('publishing');
	await stream.until('version');
	marks.version = since();
	await seen;
	const reply = await carrel.app(id, ENTRY);
	marks.served = since();
	stream.stop();
	if (reply.status !== 200 || !reply.text.includes(label))
		throw new Error(`${ENTRY} of ${id} answered ${reply.status}: ${reply.text.slice(0, 300)}`);
	for (const line of logLines(carrel)) {
		if (line.at < sent - 1)
			continue;
		if (/candidate of/.test(line.message))
			marks.candidate ??= line.at - sent;
		else if (line.message.includes(id) && / runs, /.test(line.message))
			marks.runs ??= line.at - sent;
		else if (line.message.includes(id) && /answers$/.test(line.message))
			marks.guest ??= line.at - sent;
		else if (line.message.includes(id) && /is ready/.test(line.message))
			marks.ready ??= line.at - sent;
	}
	await end(carrel, id);
	return marks;
}

const STEPS = [['request accepted', null, 'accepted'], ['model answered, candidate stored', 'accepted', 'candidate'],
	['sandbox runs (runsc returned)', 'accepted', 'runs'], ['guest answers', 'runs', 'guest'], ['Vite ready', 'guest', 'ready'],
	['candidate judged', 'ready', 'publishing'], ['version committed and heard of', 'publishing', 'version'],
	['first module served', 'version', 'served']];

export async function cold({ runs = 20, env = {} } = {}) {
	const all = await withCarrel(async (carrel) => {
		const list = [];
		await once(carrel, 0);	// files that were never read yet are the disk's affair
		for (let i = 1; i <= runs; i++)
			list.push(await once(carrel, i));
		return list;
	}, { CARREL_VERBOSE: 'yes', ...env });
	return [
		row('create accepted → first module served, cold', 'ms', all.map((m) => m.served - m.accepted), atMost(1800, 'ms')),
		...STEPS.map(([name, from, to]) => row(`  ${name}`, 'ms', all.map((m) => m[to] - (from ? m[from] : 0)))),
	];
}
