// How many JSON reads a second, while somebody writes all the time.
import { execFileSync, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { WEB, withCarrel } from './setup.mjs';
import { atLeast, atMost, row } from './stats.mjs';

const APPS = 50, WRITES_A_SECOND = 200, CONNECTIONS = 32;
const SERVERS = { lighttpd: 'lighttpd', apache: 'apache2' };
const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
const newId = () => [...crypto.randomBytes(26)].map((b) => LETTERS[b & 31]).join('');

// More apps like the one there is, in the store only: fifty sandboxes would be a test of the machine.
function addApps(carrel, id, count) {
	const ids = Array.from({ length: count }, newId);
	const copy = (to) => `
		INSERT INTO w SELECT * FROM workspace WHERE id = '${id}'; UPDATE w SET id = '${to}', title = 'App ' || '${to}';
		INSERT INTO v SELECT * FROM version WHERE workspace = '${id}'; UPDATE v SET workspace = '${to}';
		INSERT INTO workspace SELECT * FROM w; INSERT INTO version SELECT * FROM v; DELETE FROM w; DELETE FROM v;`;
	execFileSync('sqlite3', ['-bail', path.join(carrel.folder, 'var', 'carrel.db')], { input: `
		PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = ON;
		CREATE TEMP TABLE w AS SELECT * FROM workspace WHERE 0; CREATE TEMP TABLE v AS SELECT * FROM version WHERE 0;
		BEGIN IMMEDIATE; ${ids.map(copy).join('')} COMMIT;`, stdio: ['pipe', 'ignore', 'inherit'] });
	return ids;
}

// Processor time of one program so far, in µs: the figure that other people's work on the machine moves least.
const TICK_US = 10000;
function cpuUs(carrel, name) {
	return carrel.programs(name).reduce((sum, { pid }) => {
		const fields = fs.readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /s, '').split(' ');
		return sum + (Number(fields[11]) + Number(fields[12])) * TICK_US;
	}, 0);
}

// Renames one app after the other at a steady rate; late ones are not made up for. stop() resolves to how many were made.
function writer(carrel, ids) {
	const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
	let made = 0, broken = null, inFlight = 0;
	const timer = setInterval(async () => {
		if (inFlight >= 8 || broken)
			return;
		inFlight++;
		try {
			const reply = await carrel.get(`/api/app/${ids[made % ids.length]}`, { method: 'PATCH', json: { title: `Renamed ${made}` }, agent });
			if (reply.status !== 200)
				broken = new Error(`PATCH answered ${reply.status} ${reply.text}`);
			made++;
		} catch (error) {
			broken = error;
		} finally {
			inFlight--;
		}
	}, 1000 / WRITES_A_SECOND);
	return { stop() {
		clearInterval(timer);
		agent.destroy();
		if (broken)
			throw broken;
		return made;
	} };
}

export function wrk(port, url, seconds, host = `localhost:${port}`) {
	const child = spawn('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-H', `Host: ${host}`, '-H', 'Accept: application/json',
		'-s', fileURLToPath(new URL('wrk.lua', import.meta.url)), `http://127.0.0.1:${port}${url}`], { stdio: ['ignore', 'pipe', 'inherit'] });
	let out = '';
	child.stdout.setEncoding('utf8').on('data', (part) => { out += part; });
	return new Promise((resolve, reject) => child.on('error', reject).on('exit', (code) => {
		const line = /^RESULT (.*)$/m.exec(out);
		if (code !== 0 || !line)
			reject(new Error(`wrk ended with ${code}: ${out.slice(-500)}`));
		else
			resolve(JSON.parse(line[1]));
	}));
}

export async function reads({ seconds = 5, rounds = 3, env = {} } = {}) {
	const web = env.CARREL_WEB ?? WEB;
	return withCarrel(async (carrel) => {
		const id = await carrel.make('[[text:reads]]');
		const ids = [id, ...addApps(carrel, id, APPS - 1)];
		const listed = Object.keys((await carrel.get('/api/apps')).json.apps).length;
		if (listed !== APPS)
			throw new Error(`there are ${listed} apps, not ${APPS}`);
		const rows = [];
		for (const [name, url] of [['GET /api/apps', '/api/apps'], ['GET /api/app/{id}', `/api/app/${id}`], ['GET …/status', `/api/app/${id}/status`]]) {
			await wrk(carrel.port, url, 1);
			const list = [], began = performance.now(), writes = writer(carrel, ids.slice(1));
			const before = [SERVERS[web], 'apps.fcgi'].map((program) => cpuUs(carrel, program));
			for (let i = 0; i < rounds; i++)
				list.push(await wrk(carrel.port, url, seconds));
			const requests = list.reduce((sum, r) => sum + r.requests, 0);
			const used = [SERVERS[web], 'apps.fcgi'].map((program, i) => (cpuUs(carrel, program) - before[i]) / requests);
			const rate = writes.stop() / (performance.now() - began) * 1000;
			const failed = list.reduce((sum, r) => sum + r.failed, 0);
			if (failed)
				throw new Error(`${failed} of the requests to ${url} failed`);
			const target = web === 'lighttpd' ? [atLeast(8000, '/s'), atMost(10, 'ms')] : [null, null];
			rows.push(row(`${name} through ${web}`, '1/s', list.map((r) => r.rate), target[0]),
				row('  99th percentile of its latency', 'ms', list.map((r) => r.p99_ms), target[1]),
				row('  median of its latency', 'ms', list.map((r) => r.p50_ms)),
				row(`  processor time of ${web}, each`, 'µs', used[0]),
				row('  processor time of apps.fcgi, each (renames included)', 'µs', used[1]),
				row('  renames beside it', '1/s', rate));
		}
		return rows;
	}, env);
}
