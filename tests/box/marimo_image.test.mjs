// The workload of notebooks, against the real thing: a copy of the built image with its own Python, marimo and packages, started
// as the user it has in a sandbox, in a network of its own. Needs: root, and `runner/setup/image.sh marimo` has run.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = process.env.CARREL_TEST_ROOT ?? fileURLToPath(new URL('../../', import.meta.url));
const BUILD = process.env.CARREL_BUILD ?? path.join(ROOT, 'build');

if (!process.env.CARREL_TEST_INSIDE) {
	const done = spawnSync('unshare', ['-m', '-n', '-p', '-f', '--kill-child', '--mount-proc', process.execPath, fileURLToPath(import.meta.url)],
		{ stdio: 'inherit', env: { ...process.env, CARREL_TEST_INSIDE: '1' } });
	process.exit(done.status ?? 1);
}
const { after, before, test } = await import('node:test');

const UID = 61000;
const DEADLINE_MS = 30000;
const EDIT = 2718, APP = 2719, TOOL = 2720, INDEX = 3128;
const NOTEBOOK = `import marimo

app = marimo.App()


@app.cell
def _():
    import pandas as pd

    frame = pd.DataFrame({"city": ["Oslo", "Rome"], "people": [7, 28]})
    answer = 42
    return answer, frame


@app.cell
def _(answer):
    f"the answer is {answer}"
    return


if __name__ == "__main__":
    app.run()
`;

let place, workload, output = '';
const work = (...names) => path.join(place, 'work', ...names);

async function until(what, look) {
	const end = performance.now() + DEADLINE_MS;
	for (;;) {
		const found = await look();
		if (found)
			return found;
		if (performance.now() > end)
			throw new Error(`waited in vain for ${what}\n${output.slice(-4000)}`);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}

function run(program, args) {
	const done = spawnSync(program, args, { encoding: 'utf8' });
	assert.equal(done.status, 0, `${program} ${args.join(' ')}: ${done.error ?? ''}${done.stdout}${done.stderr}`);
	return done.stdout;
}

// ---- an index with one package, as the guest's relay answers

let wheel, index;
const NAME = 'carrel_sample-1.2-py3-none-any.whl';
const WHEEL = `
import io, sys, zipfile
data = io.BytesIO()
with zipfile.ZipFile(data, "w") as file:
    file.writestr("carrel_sample.py", "GREETING = 'from the index'\\n")
    file.writestr("carrel_sample-1.2.dist-info/METADATA", "Metadata-Version: 2.1\\nName: carrel-sample\\nVersion: 1.2\\nRequires-Dist: numpy>=2\\n")
    file.writestr("carrel_sample-1.2.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    file.writestr("carrel_sample-1.2.dist-info/RECORD", "carrel_sample.py,,\\ncarrel_sample-1.2.dist-info/RECORD,,\\n")
sys.stdout.buffer.write(data.getvalue())`;

function startIndex() {
	const made = spawnSync('chroot', [place, '/opt/marimo/bin/python', '-c', WHEEL]);
	assert.equal(made.status, 0, String(made.stderr));
	wheel = made.stdout;
	const hash = createHash('sha256').update(wheel).digest('hex');
	index = http.createServer((request, response) => {
		if (request.url === '/pypi/simple/carrel-sample/')
			response.writeHead(200, { 'Content-Type': 'text/html' })
				.end(`<!DOCTYPE html><html><body><a href="/files/${NAME}#sha256=${hash}">${NAME}</a></body></html>`);
		else if (request.url === `/files/${NAME}`)
			response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).end(wheel);
		else
			response.writeHead(404).end();
	});
	return new Promise((resolve) => index.listen(INDEX, '127.0.0.1', () => resolve(hash)));
}

// ---- the workload

async function start() {
	output = '';
	run('sh', ['-c', `rm -rf '${place}/tmp/home' && install -d -o ${UID} -g ${UID} '${place}/tmp/home'`]);
	workload = spawn('chroot', [`--userspec=${UID}:${UID}`, '--groups=', place, '/opt/marimo/bin/python', '/opt/carrel/serve.py'], {
		env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/tmp/home', TMPDIR: '/tmp', LANG: 'C.UTF-8', CARREL_READY_FD: '3' },
		stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
	});
	let ready = '';
	workload.stdio[3].on('data', (data) => { ready += data; });
	for (const stream of [workload.stdout, workload.stderr])
		stream.on('data', (data) => { output += data; });
	await until('the ready line', () => ready === 'ready\n' || workload.exitCode !== null);
	assert.equal(ready, 'ready\n', output);
}

async function stop() {
	if (workload.exitCode !== null || workload.signalCode !== null)
		return;
	const gone = new Promise((resolve) => workload.once('exit', resolve));
	workload.kill('SIGTERM');
	const timer = setTimeout(() => workload.kill('SIGKILL'), 5000);
	await gone;
	clearTimeout(timer);
}

let hash;
before(async () => {
	run('perl', ['-MSocket', '-e', 'my $r = pack("a16sx22", "lo", 0x41); socket(S, AF_INET, SOCK_DGRAM, 0) && ioctl(S, 0x8914, $r) or die $!']);
	fs.mkdirSync(path.join(BUILD, 'tmp'), { recursive: true });
	place = fs.mkdtempSync(path.join(BUILD, 'tmp/marimo-'));
	// Hard links are enough: nothing writes into a file that is there.
	run('cp', ['-al', `${fs.realpathSync(path.join(BUILD, 'image/marimo/current/rootfs'))}/.`, place]);
	fs.chmodSync(place, 0o755);
	fs.chmodSync(path.join(place, 'tmp'), 0o1777);
	run('mount', ['--rbind', '/dev', path.join(place, 'dev')]);
	run('mount', ['-t', 'proc', 'proc', path.join(place, 'proc')]);
	fs.writeFileSync(work('notebook.py'), NOTEBOOK);
	run('chown', ['-R', `${UID}:${UID}`, work(), path.join(place, 'env')]);
	hash = await startIndex();
	await start();
});

after(async () => {
	if (workload)
		await stop();
	index?.close();
	index?.closeAllConnections();
	for (const name of ['dev', 'proc'])
		spawnSync('umount', ['-R', '-l', path.join(place, name)]);
	if (place)
		fs.rmSync(place, { recursive: true, force: true });
});

function ask(port, url, { method = 'GET', body, headers = {} } = {}) {
	return new Promise((resolve, reject) => {
		const request = http.request({ host: '127.0.0.1', port, path: url, method, agent: false, timeout: DEADLINE_MS, headers }, (response) => {
			const parts = [];
			response.on('data', (data) => parts.push(data));
			response.on('error', reject);
			response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(parts).toString() }));
		});
		request.on('timeout', () => request.destroy(new Error(`no answer from ${port}${url}\n${output}`)));
		request.on('error', reject);
		request.end(body === undefined ? undefined : JSON.stringify(body));
	});
}

const json = async (url) => JSON.parse((await ask(TOOL, url)).text);

/** Runs code; returns { stdout, stderr, done }. */
async function execute(code, timeout) {
	const { status, headers, text } = await ask(TOOL, '/run', { method: 'POST', body: { code, timeout } });
	assert.equal(status, 200, text);
	assert.match(headers['content-type'], /^text\/event-stream/);
	const said = { stdout: '', stderr: '' };
	for (const block of text.trimEnd().split('\n\n')) {
		const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(block);
		if (name === 'done')
			said.done = JSON.parse(data);
		else
			said[name] += JSON.parse(data).data;
	}
	assert.ok(said.done, text);
	return said;
}

// ---- a new workspace

test('ready, healthy, and no kernel before somebody wants one', async () => {
	assert.equal(JSON.parse((await ask(EDIT, '/health')).text).status, 'healthy');
	const status = await json('/status');
	assert.ok(status.memory_bytes > 0);
	delete status.memory_bytes;
	assert.deepEqual(status, { kernel: 'none', connections: 0, sessions: 0, packages_error: null, kernel_deaths: 0, last_death: null });
	assert.deepEqual((await json('/context')).cells.map((cell) => cell.code.includes('answer')), [true, true]);
});

test('the page takes its scripts from the web server', async () => {
	const { text } = await ask(EDIT, '/');
	const version = /src="\/__carrel\/marimo\/([0-9.]+)\/assets\/index-[\w-]+\.js"/.exec(text)?.[1];
	assert.ok(version, text.slice(0, 2000));
	const assets = path.join(fs.realpathSync(path.join(BUILD, 'image/marimo/current')), 'assets', version);
	for (const [, name] of text.matchAll(/(?:src|href)="\/__carrel\/marimo\/[0-9.]+\/([^"]+)"/g))
		assert.ok(fs.existsSync(path.join(assets, name)), name);
	assert.doesNotMatch(text, /(?:src|href)="\.\//);
});

test('code runs without a browser, after the notebook itself', async () => {
	const { stdout, done } = await execute('print("hello", answer)\nanswer + 1');
	assert.equal(stdout, 'hello 42\n');
	assert.equal(done.success, true);
	assert.equal(done.error, null);
	assert.equal(done.truncated, false);
	assert.match(done.output.data, /43/);
	assert.ok(Number.isInteger(done.took_ms));
	const status = await json('/status');
	assert.equal(status.kernel, 'idle');
	assert.equal(status.sessions, 1);
	assert.equal(status.connections, 0);
});

test('an error is told, with its traceback', async () => {
	const { stderr, done } = await execute('1 / 0');
	assert.equal(done.success, false);
	assert.equal(done.error, 'ZeroDivisionError: division by zero');
	assert.match(stderr, /Traceback.*ZeroDivisionError/s);
	assert.doesNotMatch(stderr, /<span/);
	assert.equal((await execute('def')).done.success, false);
});

test('what takes too long is interrupted', async () => {
	const { done } = await execute('while True: pass', 1);
	assert.equal(done.error, 'It was stopped after 1 s.');
	assert.equal(done.success, false);
	assert.ok(done.took_ms >= 1000 && done.took_ms < 6000, String(done.took_ms));
	assert.equal((await execute('answer')).done.success, true);
});

test('of a gigabyte of output the beginning and the end are kept', async () => {
	const { stdout, done } = await execute('print("first")\nfor _ in range(10240): print("x" * (100 * 1024))\nprint("last")');
	assert.equal(done.success, true, done.error);
	assert.equal(done.truncated, true);
	assert.match(stdout, /^first\nx+/);
	assert.match(stdout, /x\nlast\n$/);
	assert.match(stdout, /\n… \d{10} bytes left out …\n/);
	assert.ok(stdout.length < 66 * 1024, String(stdout.length));
});

test('who goes away takes the run along', async () => {
	const request = http.request({ host: '127.0.0.1', port: TOOL, path: '/run', method: 'POST', agent: false });
	request.on('error', () => {});
	request.end(JSON.stringify({ code: 'import time\nprint("now", flush=True)\ntime.sleep(600)', timeout: 600 }));
	await new Promise((resolve) => request.on('response', (response) => response.once('data', resolve)));
	assert.equal((await json('/status')).kernel, 'running');
	request.destroy();
	await until('an idle kernel', async () => (await json('/status')).kernel === 'idle');
});

test('what is not a run is refused', async () => {
	for (const body of [undefined, [], {}, { code: 1 }, { code: '1', timeout: 0 }, { code: '1', timeout: 601 }, { code: '1', timeout: 'x' }, { code: '1', timeout: true }])
		assert.equal((await ask(TOOL, '/run', { method: 'POST', body })).status, 400, JSON.stringify(body));
	assert.equal((await ask(TOOL, '/run')).status, 405);
	assert.equal((await ask(TOOL, '/export/exe')).status, 404);
});

test('the context: variables, frames, cells', async () => {
	const { variables, frames, cells } = await until('the frame', async () => {
		const context = await json('/context');
		return context.frames.length && context;
	});
	assert.deepEqual(variables.find(({ name }) => name === 'answer'), { name: 'answer', type: 'int', value: '42' });
	assert.equal(frames[0].name, 'frame');
	assert.equal(frames[0].rows, 2);
	assert.deepEqual(frames[0].columns.map(({ name }) => name), ['city', 'people']);
	assert.equal(cells.length, 2);
	assert.match(cells[1].code, /the answer is/);
});

test('exports have a type, a name, and the outputs', async () => {
	const expected = { html: [/^text\/html/, /the answer is 42/], ipynb: [/ipynb/, /the answer is 42/], script: [/python/, /answer = 42/],
		markdown: [/^text\/markdown/, /answer = 42/] };
	for (const [format, [type, content]] of Object.entries(expected)) {
		const { status, headers, text } = await ask(TOOL, `/export/${format}`);
		assert.equal(status, 200, text);
		assert.match(headers['content-type'], type);
		assert.match(headers['content-disposition'], /^attachment; filename="notebook\.[a-z.]+"$/);
		assert.match(text, content);
	}
});

test('a preview with the outputs is kept', async () => {
	const file = work('__marimo__', 'preview.html');
	const text = await until('the preview', () => fs.existsSync(file) && fs.readFileSync(file, 'utf8'));
	assert.match(text, /src="\/__carrel\/marimo\/[0-9.]+\/assets\/index-/);
	assert.match(text, /the answer is 42/);
});

test('a browser takes the session over with its outputs', async () => {
	const request = http.get({ host: '127.0.0.1', port: EDIT, path: '/sse?session_id=s_brows1&file=/work/notebook.py', agent: false });
	let text = '';
	request.on('response', (response) => response.on('data', (data) => { text += data; }));
	request.on('error', () => {});
	await until('the outputs', () => /"resumed": ?true/.test(text) && /the answer is 42/.test(text));
	assert.equal((await json('/status')).connections, 1);
	assert.equal((await execute('answer')).done.success, true);
	request.destroy();
	await until('no connection', async () => (await json('/status')).connections === 0);
});

test('a cell is put in, where an open browser sees it, and run if asked', async () => {
	const add = async (body) => ask(TOOL, '/cell', { method: 'POST', body });
	const request = http.get({ host: '127.0.0.1', port: EDIT, path: '/sse?session_id=s_brows1&file=/work/notebook.py', agent: false });
	let text = '';
	request.on('error', () => {});
	request.on('response', (response) => response.on('data', (data) => { text += data; }));
	await until('the session', () => /kernel-ready|reconnected/.test(text));
	const first = JSON.parse((await add({ code: 'doubled = answer * 2\ndoubled', run: true })).text).cell;
	await until('the cell and its output', () => text.includes('"create-cell"') && new RegExp(`"cellId": ?"${first}"`).test(text)
		&& />84</.test(text));
	await until('its name among the variables', async () => (await json('/context')).variables.some(({ name }) => name === 'doubled'));
	assert.match(fs.readFileSync(work('notebook.py'), 'utf8'), /doubled = answer \* 2/);
	const { cells } = await json('/context');
	assert.equal(cells.at(-1).id, first);
	const second = JSON.parse((await add({ code: 'never = 1', after: cells[0].id })).text).cell;
	const now = await json('/context');
	assert.equal(now.cells[1].id, second);
	assert.ok(!now.variables.some(({ name }) => name === 'never'));
	assert.match((await execute('doubled')).done.output.data, /84/);
	assert.equal((await add({ code: 'x', after: 'none' })).status, 404);
	for (const body of [undefined, [], {}, { code: ' ' }, { code: 1 }, { code: '1', run: 'yes' }])
		assert.equal((await add(body)).status, 400, JSON.stringify(body));
	request.destroy();
	await until('the browser to be gone', async () => (await json('/status')).connections === 0);
});

test('readers see what the editor writes, with its output, though it is run before they are told of it; who left is missed soon', async () => {
	const browse = (name) => {
		const browser = { text: '', request: http.get({ host: '127.0.0.1', port: EDIT, path: `/sse?session_id=${name}&file=/work/notebook.py`, agent: false }) };
		browser.request.on('error', () => {});
		browser.request.on('response', (response) => response.on('data', (data) => { browser.text += data; }));
		return browser;
	};
	const send = (url, body) => ask(EDIT, url, { method: 'POST', body, headers: { 'Content-Type': 'application/json', 'Marimo-Session-Id': 's_editor' } });
	const editor = browse('s_editor');
	await until('the editor', () => /"kiosk": ?false/.test(editor.text));
	const reader = browse('s_reader');
	await until('the reader', () => /"kiosk": ?true/.test(reader.text));
	// As marimo's page does it.
	assert.equal((await send('/api/kernel/run', { cellIds: ['Writ'], codes: ['print("early")\n"written " + str(6 * 7)'] })).status, 200);
	await until('the output', () => /written 42/.test(editor.text));
	assert.equal((await send('/api/document/transaction', { changes: [{ type: 'create-cell', cellId: 'Writ', code: '"written " + str(6 * 7)', name: '_',
		config: {}, after: null }] })).status, 200);
	await until('the output of the new cell', () => /"create-cell".*"Writ"[^]*"op":"cell-op".*"Writ".*written 42/.test(reader.text));
	const before = editor.text.length, began = performance.now();
	await until('a sign of life', () => editor.text.slice(before).includes(': keep-alive'));
	assert.ok(performance.now() - began < 4000, `${performance.now() - began} ms`);
	for (const { request } of [editor, reader])
		request.destroy();
	await until('the browsers to be gone', async () => (await json('/status')).connections === 0);
	assert.equal((await execute('answer')).done.success, true);
});

test('the app is read-only', async () => {
	const { status, text } = await ask(APP, '/');
	assert.equal(status, 200);
	assert.match(text, /"mode": "read"/);
	assert.doesNotMatch(text, /pd\.DataFrame/);
	const headers = { 'Content-Type': 'application/json', 'Marimo-Session-Id': 's_app123' };
	for (const url of ['/api/kernel/execute', '/api/kernel/save', '/api/kernel/run', '/api/kernel/scratchpad/run', '/api/packages/add', '/api/files/list_files',
		'/api/files/update', '/api/export/script', '/api/kernel/shutdown']) {
		const answer = await ask(APP, url, { method: 'POST', body: { code: 'open("/work/hacked", "w")' }, headers });
		assert.ok([401, 403, 404, 405].includes(answer.status), `${url}: ${answer.status} ${answer.text}`);
	}
	assert.equal(fs.existsSync(work('hacked')), false);
});

test('a kernel that dies is counted, and the next run has a new one', async () => {
	const { done } = await execute('import os\nos._exit(3)');
	assert.equal(done.success, false);
	assert.match(done.error, /^The kernel ended\. The code ended it \(exit status 3\)\.$/);
	const killed = (await execute('import os, signal\nos.kill(os.getpid(), signal.SIGKILL)')).done;
	assert.match(killed.error, /memory/);
	const status = await json('/status');
	assert.equal(status.kernel_deaths, 2);
	assert.match(status.last_death, /memory/);
	assert.equal((await execute('answer')).done.success, true);
});

// ---- packages

const SITE = ['env', 'lib', 'python3.13', 'site-packages'];
const INSTALL = 'import subprocess\nprint(subprocess.run(["uv", "pip", "install", "carrel-sample"], capture_output=True, text=True))';

test('what uv installs goes to /env and into the lock, and what the image has does not', async () => {
	const { stdout, done } = await execute(INSTALL);
	assert.equal(done.success, true, done.error);
	const lock = fs.readFileSync(work('requirements.lock'), 'utf8');
	assert.equal(lock.replace(/\s+\\\n\s+/g, ' '), `carrel-sample==1.2 --hash=sha256:${hash}\n`, stdout);
	assert.ok(fs.existsSync(path.join(place, ...SITE, 'carrel_sample.py')));
	assert.equal(fs.existsSync(path.join(place, ...SITE, 'numpy')), false);
	assert.equal((await execute('import carrel_sample\nprint(carrel_sample.GREETING)')).stdout, 'from the index\n');
	const refused = await execute('import subprocess\nprint(subprocess.run(["uv", "pip", "install", "starlette==0.1"], capture_output=True, text=True).returncode)');
	assert.notEqual(refused.stdout, '0\n');
});

test('a new environment has what the lock says before marimo starts', async () => {
	await stop();
	run('sh', ['-c', `rm -rf '${place}'/env/* '${place}'/env/.[a-z]*`]);
	await start();
	assert.equal((await json('/status')).packages_error, null);
	assert.equal((await execute('import carrel_sample\nprint(carrel_sample.GREETING)')).stdout, 'from the index\n');
});

test('what cannot be had is told, and marimo starts all the same', async () => {
	await stop();
	fs.writeFileSync(work('requirements.txt'), 'marimo==0.1\ncarrel-sample\nno-such-package\n');
	await start();
	assert.match((await json('/status')).packages_error, /no-such-package/);
	assert.equal((await execute('answer')).done.success, true);
});

test('no package is left, no lock is', async () => {
	await execute('import subprocess\nsubprocess.run(["uv", "pip", "uninstall", "carrel-sample"])');
	assert.equal(fs.existsSync(work('requirements.lock')), false);
});
