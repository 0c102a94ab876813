// Frozen apps: how long it takes until a version is one, and how fast it is handed out, in turn with a file of the
// web server's own.
import fs from 'node:fs';
import path from 'node:path';
import { eventually } from '../lib/carrel.mjs';
import { wrk } from './reads.mjs';
import { end, ROOT, WEB, withCarrel } from './setup.mjs';
import { atMost, row } from './stats.mjs';

const SAMPLES = ['dashboard', 'kanban', 'expenses', 'todo', 'timer', 'landing'];
const admin_secret = 'bench';

// A file of the web server's own, about as large as the script of an app.
function ownFile() {
	const folder = path.join(process.env.CARREL_BUILD ?? path.join(ROOT, 'build'), 'www', 'static');
	const names = fs.readdirSync(folder, { recursive: true }).filter((name) => /\.[0-9a-f]{10}\.js$/.test(name));
	const size = (name) => Math.abs(fs.statSync(path.join(folder, name)).size - 12000);
	return `/static/${names.sort((a, b) => size(a) - size(b))[0]}`;
}

export async function frozen({ seconds = 3, rounds = 4 } = {}) {
	return withCarrel(async (carrel) => {
		const newest = async (id) => (await carrel.versions(id)).at(-1);
		const took = [];
		let id;
		for (const name of SAMPLES) {
			if (id)
				await end(carrel, id);
			id = await carrel.make(`a ${name}`);
			const began = performance.now();
			await eventually('it is frozen', async () => (await newest(id)).frozen, { timeout: 60000, every: 10 });
			took.push(performance.now() - began);
		}
		await carrel.post(`/api/app/${id}/terminate`, { admin_secret });
		await eventually('it is asleep', async () => (await carrel.get(`/api/app/${id}`)).json.sandbox === 'absent');
		const host = `${id}.localhost:${carrel.port}`;
		const page = (await carrel.app(id, '/', { headers: { accept: 'text/html' } })).text;
		const urls = { 'its page': ['/', host], 'its script': [/src="([^"]+\.js)"/.exec(page)[1], host],
			'its packages': [/modulepreload" href="([^"]+)"/.exec(page)[1], host], [`a file of ${WEB}'s own`]: [ownFile(), undefined] };
		const found = Object.fromEntries(Object.keys(urls).map((name) => [name, []]));
		for (let i = 0; i <= rounds; i++)
			for (const [name, [url, at]] of Object.entries(urls)) {
				const result = await wrk(carrel.port, url, i ? seconds : 1, at);
				if (result.failed)
					throw new Error(`${result.failed} of the requests to ${url} failed`);
				if (i)
					found[name].push(result);
			}
		return [row('a version is live → it is frozen', 'ms', took, atMost(1000, 'ms')),
			...Object.entries(found).flatMap(([name, list]) => [row(`${name}: requests`, '1/s', list.map((r) => r.rate)),
				row('  99th percentile of its latency', 'ms', list.map((r) => r.p99_ms), name === 'its page' ? atMost(20, 'ms') : null)])];
	}, { ADMIN_SECRET: admin_secret, CARREL_MODEL: 'sample' });
}
