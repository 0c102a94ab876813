// A notebook as programs and browsers use it: its API with the owner's token, and its own address through the gate.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { eventually, follow, request } from './http.mjs';
import { assertJson, HTML } from './say.mjs';

const FILE = '/work/notebook.py';
let sessions = 0;

export class Notebook {
	constructor(carrel, { id, token, url }) {
		Object.assign(this, { carrel, id, token, url, host: `${id}.localhost:${carrel.port}`, api: `/workspaces/${id}` });
		this.bearer = { authorization: `Bearer ${token}` };
	}

	get(what = '', options = {}) {
		return this.carrel.get(this.api + what, options);
	}

	post(what, json = {}, options = {}) {
		return this.carrel.post(this.api + what, json, options);
	}

	delete(what = '') {
		return this.get(what, { method: 'DELETE' });
	}

	async show() {
		return assertJson(await this.get());
	}

	async state() {
		return (await this.show()).state;
	}

	waitState(wanted, timeout = 60000) {
		return eventually(`state ${wanted} of ${this.id}`, async () => {
			const now = await this.show();
			if (now.state === wanted)
				return now;
			throw new Error(`is ${now.state}, ${now.reason}`);
		}, { timeout });
	}

	// Runs code and resolves to its last event and all it said: { success, output, error, truncated, took_ms, stdout, stderr }.
	async run(code, { timeout = 60, ...options } = {}) {
		const reply = await this.post('/run', { code, timeout }, options);
		assert.equal(reply.status, 200, reply.text.slice(0, 500));
		return said(reply.text);
	}

	// The same, where it must go well; resolves to what it printed.
	async says(code, options) {
		const done = await this.run(code, options);
		assert.ok(done.success, `${code.slice(0, 80)}: ${done.error} ${done.stderr.slice(-500)}`);
		return done.stdout.trim();
	}

	// Its own address, with the owner's token unless other fields are given.
	door(url, { headers = this.bearer, ...options } = {}) {
		return request(this.carrel.port, url, { host: this.host, headers, ...options });
	}

	// Trades what an address shows for the gate's cookie.
	async enter(query) {
		const reply = await this.door(`/?${query}`, { headers: HTML });
		assert.equal(reply.status, 303, `${reply.status} ${reply.text.slice(0, 300)}`);
		return { cookie: reply.headers['set-cookie'][0].split(';')[0], reply };
	}

	// A browser's session with the kernel: the stream, and what is sent with its name.
	async session(headers = this.bearer) {
		const name = `s_test${++sessions}`;
		const stream = await follow(this.carrel.port, `/sse?session_id=${name}&file=${FILE}`, { host: this.host, headers }).open;
		const send = (what, json) => this.door(`/api/kernel/${what}`, { headers: { ...headers, 'marimo-session-id': name }, json });
		return { name, stream, send };
	}

	// As one: the first cell is run with this code, its variables are the notebook's, and the notebook is saved.
	async cell(code) {
		assertJson(await this.post('/wake'));
		const { stream, send } = await this.session();
		const ready = await stream.until((e) => e.data?.op === 'kernel-ready', 90000);
		const { cell_ids: ids, codes, names, configs } = ready.data.data, [cell] = ids;
		// The rest of a life before may be replayed first.
		const seen = stream.events.length;
		const reply = await send('run', { cellIds: [cell], codes: [code] });
		assert.equal(reply.status, 200, reply.text);
		await stream.until((e) => stream.events.indexOf(e) >= seen && e.data?.op === 'completed-run');
		const saved = await send('save', { cellIds: ids, codes: [code, ...codes.slice(1)], names, configs, filename: FILE, persist: true });
		assert.equal(saved.status, 200, saved.text);
		stream.stop();
	}

	upload(files, options = {}) {
		const mark = 'carreltest', parts = Object.entries(files).flatMap(([name, bytes]) => [
			Buffer.from(`--${mark}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`), Buffer.from(bytes), Buffer.from('\r\n')]);
		return this.carrel.get(`/upload/${this.id}`, { method: 'POST', body: Buffer.concat([...parts, Buffer.from(`--${mark}--\r\n`)]), ...options,
			headers: { 'content-type': `multipart/form-data; boundary=${mark}`, ...options.headers } });
	}

	download(name, options) {
		return this.carrel.get(`/download/${this.id}/${name}`, options);
	}
}

export function said(text) {
	const told = { stdout: '', stderr: '' };
	for (const [, event, data] of text.matchAll(/^event: (\w+)\ndata: (.*)$/gm))
		if (event === 'done')
			Object.assign(told, JSON.parse(data));
		else
			told[event] += JSON.parse(data).data;
	assert.notEqual(told.success, undefined, `no last event: ${text.slice(-300)}`);
	return told;
}

export async function make(carrel, options = {}) {
	return new Notebook(carrel, assertJson(await carrel.post('/workspaces', options)));
}

// The invariants of the store (sql/check.sql), by carrelctl: throws what it found.
export function check(carrel) {
	execFileSync(path.join(carrel.root, 'build/release/bin/carrelctl'), ['check'], { env: carrel.env, cwd: carrel.root, encoding: 'utf8' });
}
