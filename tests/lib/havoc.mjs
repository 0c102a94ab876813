// Kill −9 of any process at any moment, drawn by lot from a seed: what is begun, who dies, and when. Afterwards what people have must be
// as it was or as they wanted it, and what is lost must have been told.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { eventually } from './http.mjs';
import { alive, groupList } from './machine.mjs';
import { check, make } from './notebook.mjs';
import { HTML } from './say.mjs';

const later = { headers: { prefer: 'respond-async' } };
const LONG = 90000;

// Small, and the same everywhere (mulberry32).
export function lots(seed) {
	let a = seed >>> 0;
	const next = () => {
		a = (a + 0x6d2b79f5) >>> 0;
		let t = Math.imul(a ^ (a >>> 15), 1 | a);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
	return { next, below: (n) => Math.floor(next() * n), of: (list) => list[Math.floor(next() * list.length)] };
}

// What is asked in the middle of a fault may be refused or cut off; later it must go.
const insist = (what, work, timeout = LONG) => eventually(what, work, { timeout, every: 100 });
const quietly = (promise) => promise.then((reply) => reply, (error) => ({ status: 0, text: String(error), error }));

class App {
	constructor(havoc, id) {
		Object.assign(this, { havoc, carrel: havoc.carrel, id, kind: 'app' });
	}

	// Every job has ended, the page is served, and it is that of the current version.
	async isWhole(moment) {
		await insist(`the work on ${this.id} ended, ${moment}`, async () => {
			const now = await this.carrel.status(this.id);
			if (now === 'created')
				throw new Error('its first job goes on');
			return await this.open() === undefined;
		}, 200000);
		const versions = await insist('the versions', () => this.carrel.versions(this.id));
		assert.ok(versions.length >= (this.known ?? 0), `a version is gone, ${moment}`);
		this.known = versions.length;
		const current = versions.find((v) => v.current);
		if (!current) {
			const said = (await this.carrel.history(this.id)).at(-1);
			assert.ok(said?.type === 'assistant' && said.content.length > 10, `no app, and not a word why, ${moment}`);
			return `no version: ${said.content}`;
		}
		const [, text] = /\[\[text:(\w+)\]\]/.exec(current.prompt);
		await insist(`its page is served, ${moment}`, async () => {
			const page = await this.carrel.app(this.id, '/', { headers: { ...HTML, 'sec-fetch-dest': 'document' } });
			return page.status === 200 && (await this.carrel.served(this.id)).includes(text);
		});
		return '';
	}

	async open() {
		const stream = await this.carrel.events(this.id).open;
		stream.stop();
		const events = stream.status === 204 ? [] : await this.ended();
		return events.length && events.at(-1).event !== 'done' ? 'open' : undefined;
	}

	ended() {
		const stream = this.carrel.events(this.id);
		setTimeout(() => stream.stop(), 5000).unref();
		return stream.ended;
	}

	edit() {
		return quietly(this.carrel.write(this.id, `Other words ${++this.havoc.n} [[reply:edit]] [[text:T${this.havoc.n}]]`, later));
	}

	async sleep() {
		try {
			this.carrel.ctl('stop', this.id);
		} catch { /* in the middle of a fault it may not work */ }
	}

	wake() {
		return quietly(this.carrel.app(this.id, '/', { headers: { ...HTML, 'sec-fetch-dest': 'document' } }));
	}

	remove() {
		return this.carrel.get(`/api/app/${this.id}`, { method: 'DELETE' });
	}
}

class Book {
	constructor(havoc, book) {
		Object.assign(this, { havoc, carrel: havoc.carrel, book, id: book.id, kind: 'notebook', marks: new Set(['none']), files: new Map(), snapshots: [] });
	}

	async mark() {
		const mark = ++this.havoc.n;
		await insist('it takes a mark', () => this.book.says(`import sys; sys.mark = ${mark}; print("taken")`));
		this.marks = new Set([String(mark)]);
		this.isAtRisk = false;
	}

	async isWhole(moment, mayLose) {
		await insist(`it wakes, ${moment}`, async () => (await this.book.post('/wake')).status === 200);
		const found = await insist(`its kernel answers, ${moment}`, () => this.book.says('import sys; print(getattr(sys, "mark", "none"))'));
		const shown = () => insist('it is shown', () => this.book.show());
		let { notice } = await shown(), lost = '';
		if (!this.marks.has(found)) {
			assert.equal(found, 'none', `variables of another time came back, ${moment}`);
			assert.ok(mayLose || this.isAtRisk, `variables were lost, ${moment}: ${notice}`);
			// Of a kernel that ended within its sandbox keep hears when it asks.
			await insist(`it is told, ${moment}`, async () => {
				({ notice } = await shown());
				return /variables|kernel/i.test(notice);
			});
			lost = `variables lost: ${notice}`;
		}
		for (const [name, texts] of this.files) {
			const text = (await insist(`${name} is there, ${moment}`, async () => {
				const reply = await this.book.download(name);
				return (reply.status === 200 || (reply.status === 404 && texts.has(null))) && reply;
			}));
			const is = text.status === 404 ? null : text.text;
			assert.ok(texts.has(is), `${name} is ${JSON.stringify(is?.slice(0, 60))}, ${moment}`);
			this.files.set(name, new Set([is]));
		}
		await insist(`its page is served, ${moment}`, async () => /marimo/.test((await this.book.door('/', { headers: { ...this.book.bearer, ...HTML } })).text));
		await this.mark();
		return lost;
	}

	edit() {
		return quietly(this.book.post('/run', { code: 'import time; time.sleep(0.3); print(1)' }));
	}

	sleep() {
		return quietly(this.book.post('/sleep'));
	}

	wake() {
		return quietly(this.book.post('/wake'));
	}

	async snapshot() {
		const [mark] = this.marks;
		const reply = await quietly(this.book.post('/snapshot'));
		if (reply.status === 200)
			this.snapshots.push({ snapshot: reply.json.snapshot, mark });
		return reply;
	}

	restore() {
		const last = this.snapshots.at(-1);
		if (!last)
			return this.snapshot();
		this.marks.add(last.mark);
		return quietly(this.book.post('/restore', { snapshot: last.snapshot }));
	}

	upload() {
		const name = `file${this.havoc.lots.below(3)}.txt`, text = `${++this.havoc.n}\n`.repeat(20000);
		this.files.set(name, (this.files.get(name) ?? new Set([null])).add(text));
		return quietly(this.book.upload({ [name]: text }));
	}

	remove() {
		return this.book.delete();
	}
}

// What is begun, of which kind, and how long it may take: somebody dies within that time.
export const TRANSITIONS = [
	['app', 'create', 1500], ['app', 'edit', 400], ['app', 'sleep', 100], ['app', 'wake', 1500], ['app', 'remove', 200],
	['notebook', 'create', 3000], ['notebook', 'edit', 400], ['notebook', 'sleep', 400], ['notebook', 'wake', 700], ['notebook', 'snapshot', 400],
	['notebook', 'restore', 800], ['notebook', 'upload', 150], ['notebook', 'remove', 300],
];
const CREW = ['launch', 'keep', 'author', 'egress', 'gate', 'apps.fcgi', 'notebooks.fcgi', 'files.fcgi', 'pages.fcgi', 'system.fcgi'];
export const VICTIMS = [...CREW, 'keep', 'launch', 'web', 'carreld', 'sandbox', 'sandbox'];
// These have no part in whether a kernel lives.
const HARMLESS = ['author', 'egress', 'gate', 'apps.fcgi', 'notebooks.fcgi', 'files.fcgi', 'pages.fcgi', 'system.fcgi', 'web'];

export class Havoc {
	constructor(carrel, seed, web) {
		Object.assign(this, { carrel, seed, lots: lots(seed), web, n: 0, all: [], told: [] });
		carrel.ctl = (...args) => execFileSync(path.join(carrel.root, 'build/release/bin/carrelctl'), args, { env: carrel.env, cwd: carrel.root, encoding: 'utf8', stdio: 'pipe' });
	}

	async make(kind) {
		const one = kind === 'app'
			? new App(this, await insist('an app is made', () => this.carrel.make(`First words [[text:T${++this.n}]]`)))
			: new Book(this, await insist('a notebook is made', () => make(this.carrel, { title: `Book ${++this.n}` })));
		this.all.push(one);
		if (kind === 'notebook')
			await one.mark();
		return one;
	}

	// One that is begun now, which may come to be or not; if it did, it must be whole.
	async create(kind) {
		if (kind === 'app') {
			const reply = await quietly(this.carrel.post('/api/create', { prompt: `Begun [[text:T${++this.n}]]` }));
			return reply.status === 200 ? new App(this, reply.json.app_id) : null;
		}
		const reply = await quietly(this.carrel.post('/workspaces', { title: `Begun ${++this.n}` }));
		return reply.status === 200 ? new Book(this, Object.assign(Object.create(Object.getPrototypeOf(this.sampleBook)), { ...this.sampleBook,
			...reply.json, host: `${reply.json.id}.localhost:${this.carrel.port}`, api: `/workspaces/${reply.json.id}`,
			bearer: { authorization: `Bearer ${reply.json.token}` } })) : null;
	}

	get sampleBook() {
		return this.all.find((one) => one.kind === 'notebook').book;
	}

	victims(name, one) {
		if (name === 'sandbox')
			return this.carrel.note().filter((p) => one && p.groups.some((g) => g.includes(one.id)) && p.name !== 'guest');
		if (name === 'carreld')
			return this.carrel.programs('carreld').slice(-1);
		return this.carrel.programs(name === 'web' ? this.web : name);
	}

	async kill(name, one) {
		const victims = this.victims(name, one);
		if (!victims.length)
			return false;
		// With these all that run may have ended, also those that are not looked at now.
		if (['carreld', 'launch', 'keep'].includes(name))
			this.all.forEach((other) => { other.isAtRisk = true; });
		const chosen = name === 'sandbox' ? [this.lots.of(victims)] : victims;
		for (const p of chosen)
			try {
				process.kill(p.pid, 'SIGKILL');
			} catch (error) {
				assert.equal(error.code, 'ESRCH');
			}
		if (name === 'carreld') {
			await this.carrel.ended;
			await this.carrel.start();
		}
		await eventually('the dead are gone', () => !chosen.some(alive), { every: 5 });
		return true;
	}

	// One point. Resolves to its description and what was told of it.
	async point() {
		const [kind, what, takes] = this.lots.of(TRANSITIONS), name = this.lots.of(VICTIMS), wait = Math.floor(this.lots.next() * takes);
		let one = this.lots.of(this.all.filter((o) => o.kind === kind)), begun;
		const moment = `${name} killed ${wait} ms after ${what} of the ${kind} began`;
		if (what === 'wake')
			await this.asleep(one);
		this.carrel.note();
		if (what === 'create')
			begun = this.create(kind).then((made) => { one = made; });
		else
			begun = Promise.resolve(one[what]()).catch(() => null);
		await new Promise((resolve) => setTimeout(resolve, wait));	// this is what is tested: any moment
		const died = await this.kill(name, one);
		await begun;
		await insist(`it answers, ${moment}`, async () => (await this.carrel.get('/health', { timeout: 3000 })).status === 200);
		const said = what === 'remove' ? await this.removed(one, moment) : one ? await one.isWhole(moment, !HARMLESS.includes(name)) : 'refused';
		if (what === 'create' && one)
			await this.removed(one, moment);
		check(this.carrel);
		await this.nothingOrphaned(moment);
		return `${moment}${died ? '' : ' (there was none)'}${said ? `: ${said}` : ''}`;
	}

	asleep(one) {
		return eventually(`${one.id} sleeps`, async () => {
			await one.sleep();
			return !this.carrel.note().some((p) => p.groups.some((g) => g.includes(one.id)));
		}, { timeout: LONG, every: 200 });
	}

	async removed(one, moment) {
		await insist(`it is deleted, ${moment}`, async () => [200, 404].includes((await one.remove()).status));
		const at = this.all.indexOf(one);
		if (at >= 0) {
			this.all.splice(at, 1);
			await this.make(one.kind);
		}
		return '';
	}

	// What exists is the store's: of each sandbox that runs, and of nothing else.
	async nothingOrphaned(moment) {
		const ask = (sql) => new Set(this.carrel.sql(sql).split('\n').filter(Boolean));
		await insist(`nothing is orphaned, ${moment}`, () => {
			const keep = this.carrel.programs('keep')[0].pid, root = `/proc/${keep}/root/run/carrel`;
			const running = ask("SELECT workspace FROM sandbox WHERE state IN ('provision', 'running')"), all = ask('SELECT id FROM workspace');
			const instance = fs.readFileSync(`${root}/instance`, 'latin1').trim();
			const idsIn = (names) => names.map((name) => /\b[a-z2-7]{26}\b/.exec(name)?.[0]).filter(Boolean);
			const found = ['sb', 'ctl', 'box', 'egress', 'runsc'].flatMap((folder) =>
				idsIn(fs.readdirSync(path.join(root, folder))).filter((id) => !running.has(id) && !/2{8}$/.test(id)).map((id) => `${folder}/${id}`));
			found.push(...idsIn([...groupList()].filter((g) => g.includes(instance))).filter((id) => !running.has(id) && !/2{8}$/.test(id)).map((id) => `cgroup ${id}`));
			const mounts = fs.readFileSync(`/proc/${keep}/mountinfo`, 'latin1').split('\n').filter((line) => /\/run\/carrel\/.*[a-z2-7]{26}/.test(line));
			found.push(...idsIn(mounts).filter((id) => !all.has(id) && !/2{8}$/.test(id)).map((id) => `mount of ${id}`));
			const volumes = path.join(this.carrel.folder, 'var', 'volume');
			found.push(...idsIn(fs.existsSync(volumes) ? fs.readdirSync(volumes) : []).filter((id) => !all.has(id) && !/2{8}$/.test(id)).map((id) => `volume ${id}`));
			if (found.length)
				throw new Error(found.join(', '));
			return true;
		});
	}
}
