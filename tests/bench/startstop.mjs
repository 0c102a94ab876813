// `make run` of what is built until the ready line, and its end.
import { start } from '../lib/carrel.mjs';
import { atMost, row } from './stats.mjs';

export async function startstop({ runs = 10 } = {}) {
	const starts = [], stops = [];
	for (let i = 0; i < runs; i++) {
		const carrel = await start();
		const { ms, left } = await carrel.remove();
		if (left.length)
			throw new Error(`left after a stop: ${left.join(', ')}`);
		starts.push(carrel.startMs);
		stops.push(ms);
	}
	return [row('make run → ready', 'ms', starts, atMost(3000, 'ms', 'p95')), row('SIGTERM → all gone', 'ms', stops, atMost(5000, 'ms', 'p95'))];
}
