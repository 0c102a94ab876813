// Starting: what make run says when something is wrong, where settings come from, and what a stop leaves behind.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { alive } from '../lib/machine.mjs';
import { Carrel, ID, start } from '../lib/carrel.mjs';
import { assertHtml, HTML } from '../lib/say.mjs';

// Starts one that is expected to refuse, and resolves to what it said.
async function refused(env, { port } = {}) {
	const carrel = new Carrel({ env, port });
	try {
		await carrel.start({ timeout: 20000 });
		assert.fail(`it started:\n${carrel.output}`);
	} catch (error) {
		if (error.code === 'ERR_ASSERTION')
			throw error;
		assert.ok(carrel.exited && carrel.exited.code !== 0, `it did not end by itself with an error: ${error.message}`);
		return carrel.output;
	} finally {
		await carrel.remove();
	}
}

async function running(env, use, options = {}) {
	const carrel = await start({ env, ...options });
	try {
		return await use(carrel);
	} finally {
		await carrel.remove();
	}
}

function freePort() {
	return new Promise((resolve) => {
		const server = net.createServer().listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => resolve(port));
		});
	});
}

test('port 0 takes a free one and names it; the page is there with the ready line', async () => {
	await running({}, async (carrel) => {
		assert.ok(carrel.port > 0);
		assert.match(carrel.output, new RegExp(`^Carrel is ready: http://localhost:${carrel.port}/$`, 'm'));
		assertHtml(await carrel.get('/', { headers: HTML }));
		assert.ok(carrel.startMs <= 3000, `the start took ${Math.round(carrel.startMs)} ms`);
	});
});

test('it listens on loopback only', async () => {
	await running({}, (carrel) => {
		const hex = carrel.port.toString(16).toUpperCase().padStart(4, '0');
		const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((f) => fs.readFileSync(f, 'latin1').split('\n'))
			.map((l) => l.trim().split(/\s+/)).filter((f) => f[3] === '0A' && f[1]?.endsWith(`:${hex}`));
		assert.deepEqual(rows.map((f) => f[1]), [`0100007F:${hex}`]);
	});
});

test('a port in use is named, with what to do', async () => {
	const server = net.createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	const { port } = server.address();
	try {
		const said = await refused({}, { port });
		assert.match(said, new RegExp(`${port}`));
		assert.match(said, /in use|taken|CARREL_LISTEN/i);
	} finally {
		server.close();
	}
});

test('an address others can reach needs keys or open=yes', async () => {
	const said = await refused({ CARREL_LISTEN: '0.0.0.0:0' });
	assert.match(said, /VALID_API_KEYS|open/);
	await running({ CARREL_LISTEN: '0.0.0.0:0', VALID_API_KEYS: 'k1' }, (carrel) => assert.ok(carrel.port));
	await running({ CARREL_LISTEN: '0.0.0.0:0', CARREL_OPEN: 'yes' }, (carrel) => assert.ok(carrel.port));
});

for (const [what, env, words] of [
	['an unknown web server', { CARREL_WEB: 'gopher' }, /gopher|lighttpd/],
	['a port that is none', { CARREL_LISTEN: '127.0.0.1:99999' }, /99999|port/],
	['an address that is none', { CARREL_LISTEN: 'here' }, /listen|here/i],
	['a model nobody has', { CARREL_MODEL: 'oracle/delphi' }, /oracle|model/],
	['a number that is none', { CARREL_IDLE: 'soon' }, /idle|soon/i],
	['a number out of range', { CARREL_SANDBOX_MEMORY: '1' }, /sandbox_memory|SANDBOX_MEMORY/],
	['a setting nobody knows', { CARREL_COLOUR: 'red' }, /colour/i],
])
	test(`${what} is refused with a sentence`, async () => {
		assert.match(await refused(env), words);
	});

function configuration(text) {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'carrel-conf-'));
	const file = path.join(folder, 'carrel.conf');
	fs.writeFileSync(file, text);
	return { file, done: () => fs.rmSync(folder, { recursive: true, force: true }) };
}

test('settings come from the environment, then the file, then the defaults', async () => {
	const port = await freePort();
	const conf = configuration(`# ours\nlisten = 127.0.0.1:${port}\nmodel = sample\n\n`);
	try {
		const carrel = new Carrel({ env: { CARREL_CONF: conf.file } });
		delete carrel.env.CARREL_LISTEN;
		try {
			await carrel.start();
			assert.equal(carrel.port, port, 'the file was not read');
		} finally {
			await carrel.remove();
		}
		await running({ CARREL_CONF: conf.file }, (c) => assert.notEqual(c.port, port, 'the environment does not come first'));
	} finally {
		conf.done();
	}
});

test('a mistake in the file is named with its line', async () => {
	const conf = configuration('model = sample\n\ncolour = red\n');
	try {
		const said = await refused({ CARREL_CONF: conf.file });
		assert.match(said, /colour/);
		assert.match(said, /\b3\b/);
	} finally {
		conf.done();
	}
});

test('url changes the addresses of apps and the origin that may write', async () => {
	const port = await freePort();
	await running({ CARREL_URL: 'https://carrel.example', CARREL_APPS_DOMAIN: 'apps.example' }, async (carrel) => {
		assert.match(carrel.output, /^Carrel is ready: https:\/\/carrel\.example\/$/m);
		const reply = await carrel.post('/api/create', { prompt: 'A counter' }, { host: 'carrel.example', headers: { origin: 'https://carrel.example' } });
		assert.equal(reply.status, 200, reply.text);
		const id = reply.json.app_id;
		assert.match(id, ID);
		const { apps } = (await carrel.get('/api/apps', { host: 'carrel.example' })).json;
		assert.equal(apps[id].url, `https://${id}.apps.example/`);
		assert.equal((await carrel.post('/api/create', { prompt: '' }, { host: 'carrel.example', headers: { origin: 'http://carrel.example' } })).status, 403);
		assert.equal((await carrel.get('/', { host: 'elsewhere.example' })).status, 421);
	}, { port });
});

test('over SSH the ready line brings the command for the desk', async () => {
	await running({ SSH_CONNECTION: '192.0.2.1 50000 192.0.2.2 22', SSH_CLIENT: '192.0.2.1 50000 22', SSH_TTY: '/dev/pts/9' }, (carrel) => {
		assert.match(carrel.output, new RegExp(`ssh -L ?\\S*${carrel.port}:(localhost|127\\.0\\.0\\.1):${carrel.port}`));
	});
});

for (const signal of ['SIGTERM', 'SIGINT'])
	test(`${signal} stops everything within five seconds and leaves nothing`, async () => {
		const carrel = await start();
		try {
			const id = await carrel.make('A counter');
			assert.match(await carrel.served(id), /LLMComponent/);
			carrel.note();
			assert.ok(carrel.seen.size > 5, 'saw too few processes to judge');
			const stopped = await carrel.stop({ signal });
			assert.ok(stopped.ms <= 5000, `took ${stopped.ms} ms`);
			assert.deepEqual(stopped.left, []);
		} finally {
			await carrel.remove();
		}
	});

test('stopping while apps are being made leaves nothing either', async () => {
	const carrel = await start();
	try {
		await Promise.all(Array.from({ length: 6 }, (_, i) => carrel.create(`A timer number ${i}`)));
		carrel.note();
		const stopped = await carrel.stop();
		assert.ok(stopped.ms <= 5000, `took ${stopped.ms} ms`);
		assert.deepEqual(stopped.left, []);
		assert.ok(![...carrel.seen.values()].some(alive));
		await carrel.start();
		const { apps } = (await carrel.get('/api/apps')).json;
		assert.equal(Object.keys(apps).length, 6);
		for (const id of Object.keys(apps))
			await carrel.waitStatus(id, ['active', 'ready'], 180000);
	} finally {
		await carrel.remove();
	}
});

test('the state folder is for us alone', async () => {
	await running({}, (carrel) => {
		const at = path.join(carrel.folder, 'var');
		assert.equal(fs.statSync(at).mode & 0o007, 0, 'others may enter');
		for (const name of fs.readdirSync(at).filter((f) => f.startsWith('carrel.db')))
			assert.equal(fs.statSync(path.join(at, name)).mode & 0o007, 0, `${name} is open to others`);
	});
});

test('with no model configured the home page says so, and samples work', async () => {
	await running({}, async (carrel) => {
		assert.match(assertHtml(await carrel.get('/', { headers: HTML })), /No model is configured/);
		const id = await carrel.make('A counter called Sheep');
		assert.match((await carrel.source(id)).files['src/LLMComponent.tsx'], /Sheep/);
		assert.match(await carrel.served(id), /Sheep/);
		assert.equal((await carrel.write(id, 'call it Goats')).json.status, 'ok');
		assert.match(await carrel.served(id), /Goats/);
		const { length } = await carrel.versions(id);
		const odd = await carrel.write(id, 'Connect it to the moon by a bridge of light');
		assert.equal(odd.status, 200);
		assert.equal((await carrel.versions(id)).length, length);
		assert.match((await carrel.history(id)).at(-1).content, /model|key|sample/i);
	});
});
