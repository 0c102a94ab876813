// Drives load against a Carrel: arrivals come by a schedule that does not wait for answers, and every time is counted from the moment
// an arrival was due, so that a server that stalls is charged for all who would have come meanwhile.
import { summary } from '../stats.mjs';
import { prompt } from './prompts.mjs';
import * as lives from './life.mjs';

// When the n-th is due, in ms from the start. sequential: when the one before has ended.
export const MODES = {
	sequential: () => 0,
	staggered: (n, { rate }) => n * 1000 / rate,
	burst: () => 0,
};

class Timeline {
	constructor() {
		this.seconds = [];
		this.began = performance.now();
	}

	count(what, by = 1) {
		const at = Math.floor((performance.now() - this.began) / 1000);
		while (this.seconds.length <= at)
			this.seconds.push({ due: 0, sent: 0, done: 0, failed: 0 });
		this.seconds[at][what] += by;
	}

	// With how many were under way at the end of each second.
	rows() {
		let active = 0;
		return this.seconds.map((s, second) => ({ second, ...s, active: active += s.sent - s.done - s.failed }));
	}
}

async function one(server, n, due, { kind, deadlineMs, promptOf }, timeline) {
	const marks = {}, told = { places: [], refused: {} }, sent = performance.now();
	const mark = (step) => { marks[step] ??= performance.now() - due; };
	timeline.count('sent');
	const result = { n, waitedHere: sent - due, marks, told };
	try {
		await lives[kind](server, { prompt: promptOf(n), mark, told, until: due + deadlineMs });
		result.ms = performance.now() - due;
	} catch (error) {
		result.cause = lives.plain(error.message);
	}
	timeline.count(result.cause ? 'failed' : 'done');
	return result;
}

// server: { port, apps ("localhost:8080", what stands behind an app's id), headers }. Resolves to { results, seconds, tookMs }.
export async function drive(server, { kind = 'app', mode = 'burst', count = 1, inFlight = 120, rate = 2, deadlineMs = 600000, promptOf = prompt, onEnd } = {}) {
	const timeline = new Timeline(), results = [], waiting = [];
	let active = 0;
	const limit = mode === 'sequential' ? 1 : inFlight;
	await new Promise((resolve) => {
		const next = () => {
			while (active < limit && waiting.length) {
				const { n, due } = waiting.shift();
				active++;
				one(server, n, mode === 'sequential' ? performance.now() : due, { kind, deadlineMs, promptOf }, timeline).then((result) => {
					active--;
					results.push(result);
					onEnd?.(result);
					if (results.length === count)
						resolve();
					next();
				});
			}
		};
		for (let n = 0; n < count; n++) {
			const after = MODES[mode](n, { rate });
			setTimeout(() => {
				timeline.count('due');
				waiting.push({ n, due: timeline.began + after });
				next();
			}, after);
		}
	});
	return { results, seconds: timeline.rows(), tookMs: performance.now() - timeline.began };
}

const tally = (list) => {
	const counts = {};
	for (const item of list)
		counts[item] = (counts[item] ?? 0) + 1;
	return counts;
};

// What it all came to: times in ms from when each was due.
export function report({ results, seconds, tookMs }) {
	const good = results.filter((r) => !r.cause);
	const steps = {};
	for (const step of new Set(good.flatMap((r) => Object.keys(r.marks)))) {
		const times = good.map((r) => r.marks[step]).filter(Number.isFinite);
		steps[step] = summary(times);
	}
	return {
		count: results.length, succeeded: good.length, failed: results.length - good.length, seconds_in_all: tookMs / 1000,
		a_second: good.length / tookMs * 1000,
		latency_ms: good.length ? summary(good.map((r) => r.ms)) : null,
		waited_for_a_turn_ms: summary(results.map((r) => r.waitedHere)),
		steps_ms: steps,
		causes: tally(results.filter((r) => r.cause).map((r) => r.cause)),
		refused: tally(results.flatMap((r) => Object.entries(r.told.refused).flatMap(([why, n]) => Array(n).fill(why)))),
		told_their_place: results.filter((r) => r.told.places.length).length,
		places: tally(results.flatMap((r) => r.told.places).map(lives.plain)),
		timeline: seconds,
	};
}
