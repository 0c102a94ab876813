// Starts a Carrel of its own for a test file and speaks to it as a program would. CARREL_WEB chooses the web server.
import { execFileSync, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, follow, raw, request } from './http.mjs';
import * as machine from './machine.mjs';

// Another checkout, such as a clone, can be put to the test instead of this one.
export const ROOT = process.env.CARREL_TEST_ROOT ?? fileURLToPath(new URL('../../', import.meta.url));
export const WEB = process.env.CARREL_WEB ?? 'lighttpd';
export const ID = /^[a-z2-7]{26}$/;
export const NO_SUCH_ID = 'a'.repeat(26);
export { eventually, follow, raw, request };

const OURS = /^(CARREL_|ANTHROPIC_|OPENAI_|VALID_API_KEYS$|ADMIN_SECRET$|MAKEFLAGS$|MFLAGS$|MAKELEVEL$|MAKE_TERM|NODE_TEST_CONTEXT$|SSH_)/;
const READY = /^Carrel is ready: (https?:\/\/\S+?)\/\s*$/m;

// Nothing of the environment that tests run in may reach the Carrel under test, except what makes downloads work.
export function environment(extra = {}) {
	const env = {};
	for (const [name, value] of Object.entries(process.env))
		if (!OURS.test(name))
			env[name] = value;
	return { ...env, ...extra };
}

export const anthropicEnv = (models) => ({ CARREL_MODEL: 'anthropic/claude-sonnet-5', ANTHROPIC_API_KEY: 'test-key',
	ANTHROPIC_BASE_URL: models.url });
export const openaiEnv = (models) => ({ CARREL_MODEL: 'openai/local-coder', OPENAI_API_KEY: 'test-key',
	OPENAI_BASE_URL: `${models.url}/v1` });

export class Carrel {
	constructor({ env = {}, folder, port = 0, root = ROOT } = {}) {
		this.root = root;
		this.asked = port;
		this.owned = folder === undefined;
		this.folder = folder ?? fs.mkdtempSync(path.join(os.tmpdir(), 'carrel-test-'));
		this.env = environment({ CARREL_LISTEN: `127.0.0.1:${port}`, CARREL_VAR: path.join(this.folder, 'var'), CARREL_WEB: WEB,
			// It would be made in the middle of a test, and then starts are other ones: who means it says so.
			CARREL_GOLDEN: 'no', CARREL_SCREENSHOTS: 'no', ...env });
		this.output = '';
		this.seen = new Map();
		this.groups = new Set();
	}

	// Resolves when the ready line was printed; rejects with the output when the program ended or the time passed.
	async start({ timeout = 60000 } = {}) {
		this.output = '';
		this.exited = null;
		this.before = machine.groupList();
		const began = process.hrtime.bigint();
		// However a test file ends, the Carrel it started ends with it. Its process group is its own, as a terminal's job's is.
		this.child = spawn('setpriv', ['--pdeathsig', 'TERM', 'make', '--no-print-directory', 'run'], { cwd: this.root, env: this.env,
			stdio: ['ignore', 'pipe', 'pipe'], detached: true });
		const collect = (part) => { this.output += part; };
		this.child.stdout.setEncoding('utf8').on('data', collect);
		this.child.stderr.setEncoding('utf8').on('data', collect);
		this.ended = new Promise((resolve) => this.child.on('exit', (code, signal) => {
			this.exited = { code, signal };
			resolve(this.exited);
		}));
		await eventually('the ready line', () => {
			if (this.exited)
				throw Object.assign(new Error('ended'), { fatal: true });
			return READY.test(this.output);
		}, { timeout, every: 20 }).catch((error) => {
			this.child.kill('SIGTERM');
			throw new Error(`Carrel did not start (${this.exited ? JSON.stringify(this.exited) : error.message}):\n${this.said().slice(-4000)}`);
		});
		this.startMs = Number(process.hrtime.bigint() - began) / 1e6;
		this.origin = READY.exec(this.output)[1];
		this.port = this.asked || Number(new URL(this.origin).port);
		this.note();
		return this;
	}

	// Remembers who belongs to this instance now; processes that come and go are remembered too, once seen.
	note() {
		const { members, groups } = machine.family(this.child.pid, this.before);
		members.forEach((p) => this.seen.set(`${p.pid}/${p.start}`, p));
		groups.forEach((g) => this.groups.add(g));
		return members;
	}

	leftovers() {
		return machine.leftovers({ members: [...this.seen.values()], groups: [...this.groups] }, this.folder);
	}

	// What it has printed and logged so far.
	said() {
		let log = '';
		try {
			log = fs.readFileSync(path.join(this.folder, 'var', 'log', 'carrel.log'), 'utf8');
		} catch { /* it did not come that far */ }
		return `${this.output}\n${log}`;
	}

	environment(pid) {
		return machine.environmentOf(pid);
	}

	// The living processes of one program, by the base name of what they execute or are called.
	programs(name) {
		return this.note().filter((p) => p.name === name || path.basename(p.command[0] ?? '') === name);
	}

	// What sqlite3 prints for it: for what the API does not tell or do.
	sql(text) {
		return execFileSync('sqlite3', ['-cmd', '.timeout 5000', path.join(this.folder, 'var/carrel.db'), text],
			{ encoding: 'utf8' }).trim();
	}

	// As if it could not have been frozen: a visit has to wake it then.
	async thaw(id) {
		await eventually('it is frozen', async () => (await this.versions(id)).at(-1).frozen, { timeout: 60000 });
		this.sql(`UPDATE frozen SET packages='', problem='So says the test.' WHERE workspace='${id}'`);
	}

	// The folder that launch keeps for each sandbox as long as there is anything of it.
	get boxFolder() {
		return `/proc/${this.programs('keep')[0]?.pid}/root/run/carrel/box`;
	}

	// The ids of the sandboxes that exist.
	boxes() {
		try {
			return fs.readdirSync(this.boxFolder);
		} catch {
			return [];
		}
	}

	// Asks to stop, and resolves to { code, signal, ms, left }. Never leaves a process behind, whatever happens.
	async stop({ signal = 'SIGTERM', grace = 25000 } = {}) {
		if (!this.child || this.exited)
			return { ...this.exited, ms: 0, left: this.child ? this.leftovers() : [] };
		this.note();
		const began = Date.now();
		// Ctrl-C reaches all of a terminal's job; make alone would wait for what it started.
		process.kill(signal === 'SIGINT' ? -this.child.pid : this.child.pid, signal);
		const timer = new Promise((resolve) => setTimeout(resolve, grace + 1000).unref());
		await Promise.race([this.ended, timer]);
		const ms = Date.now() - began;
		const left = this.exited ? await eventually('nothing left', () => this.leftovers().length === 0, { timeout: Math.max(500, grace - ms) })
			.then(() => [], () => this.leftovers()) : this.leftovers();
		for (const p of [...this.seen.values()].filter(machine.alive))
			try {
				process.kill(p.pid, 'SIGKILL');
			} catch { /* it went by itself */ }
		return { ...this.exited, ms, left };
	}

	async remove() {
		const stopped = await this.stop();
		if (this.owned)
			fs.rmSync(this.folder, { recursive: true, force: true });
		return stopped;
	}

	get(url, options = {}) {
		return request(this.port, url, options);
	}

	post(url, json, options = {}) {
		return request(this.port, url, { json, method: 'POST', ...options });
	}

	form(url, form, options = {}) {
		return request(this.port, url, { form, method: 'POST', ...options });
	}

	events(id, options) {
		return follow(this.port, `/api/app/${id}/events`, options);
	}

	app(id, url = '/', options = {}) {
		return request(this.port, url, { host: `${id}.localhost:${this.port}`, ...options });
	}

	async create(prompt, options) {
		const reply = await this.post('/api/create', { prompt }, options);
		if (reply.status !== 200 || !ID.test(reply.json.app_id))
			throw new Error(`create answered ${reply.status} ${reply.text}`);
		return reply.json.app_id;
	}

	write(id, text, options) {
		return this.post(`/api/app/${id}/write`, { text }, options);
	}

	async status(id) {
		return (await this.get(`/api/app/${id}/status`)).json.status;
	}

	waitStatus(id, wanted, timeout = 60000) {
		const list = [wanted].flat();
		return eventually(`status ${list.join('|')} of ${id}`, async () => {
			const now = await this.status(id);
			if (list.includes(now))
				return now;
			throw new Error(`is ${now}`);
		}, { timeout });
	}

	// A finished app: created, compiled, live.
	async make(prompt, timeout = 60000) {
		const id = await this.create(prompt);
		if (await this.waitStatus(id, ['active', 'ready'], timeout) === 'ready')
			throw new Error(`no app came of “${prompt}”: ${(await this.history(id)).at(-1)?.content}`);
		return id;
	}

	async versions(id) {
		return (await this.get(`/api/app/${id}/versions`)).json.versions;
	}

	async current(id) {
		return (await this.versions(id)).find((v) => v.current)?.version;
	}

	async source(id, version) {
		return (await this.get(`/api/app/${id}/source${version ? `?version=${version}` : ''}`)).json;
	}

	async history(id) {
		return (await this.get(`/api/app/${id}/history`)).json.message_history;
	}

	// What a browser would run: the entry component as the app's own address serves it.
	async served(id) {
		// Asleep and frozen it has a page for visitors, and no modules.
		await this.post(`/api/app/${id}/wake`, {});
		const reply = await this.app(id, '/src/LLMComponent.tsx', { headers: { accept: '*/*', 'sec-fetch-dest': 'script' } });
		return reply.text;
	}
}

export async function start(options) {
	const carrel = new Carrel(options);
	try {
		return await carrel.start(options);
	} catch (error) {
		await carrel.remove();
		throw error;
	}
}

export const key = () => crypto.randomUUID();
