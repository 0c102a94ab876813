// launch and guest: with real gVisor and the real image of apps (box_test), with notebooks over a fake server (notebook_…_test), with
// golden sandboxes and their clones (golden_test), and the guest natively under sanitizers with a workload that does its worst
// (guest_test). All are C, like what they test; here they are built, and run one test at a time.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';

const root = path.resolve(import.meta.dirname, '../..');
const build = process.env.CARREL_BUILD ?? path.join(root, 'build');
const out = path.join(build, 'test-box');
const run = (command, ...args) => execFileSync(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] }).toString();
const shared = ['buf', 'mem', 'err', 'file', 'clock', 'rand'].map((name) => `shared/base/${name}.c`)
	.concat('shared/wire/pack.c');
const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined'];

function compile(name, sources, ...flags) {
	const program = path.join(out, name);
	run(process.env.CC ?? 'cc', '-std=gnu11', '-D_GNU_SOURCE', '-g', '-O1', '-Wall', '-Wextra', '-Werror', ...flags,
		...sources, '-o', program, '-lsodium');
	return program;
}

fs.mkdirSync(out, { recursive: true });
run('make', '-s', path.join(path.relative(root, build) || build, 'release/bin/launch'),
	...['guest', 'renew.so'].map((name) => path.join(path.relative(root, build) || build, 'guest', name)));
const guest = compile('guest', [...fs.readdirSync(path.join(root, 'runner/guest')).filter((f) => f.endsWith('.c'))
	.map((f) => `runner/guest/${f}`), ...shared.filter((f) => !/file|rand/.test(f)), 'shared/wire/loop.c'], ...sanitizers);
const programs = {
	guest: compile('guest_test', ['guest_test', 'workload', 'stage'].map((f) => `tests/box/${f}.c`).concat(shared)),
	box: compile('box_test', ['box_test', 'app', 'stage'].map((f) => `tests/box/${f}.c`).concat(shared)),
	golden: compile('golden_test', ['golden_test', 'notebook', 'app', 'stage'].map((f) => `tests/box/${f}.c`)
		.concat(shared, 'shared/wire/golden.c')),
};
for (const which of ['life', 'volume', 'save', 'egress'])
	programs[`notebook_${which}`] = compile(`notebook_${which}_test`, [`notebook_${which}_test`, 'notebook', 'app', 'stage']
		.map((f) => `tests/box/${f}.c`).concat(shared));
// It runs inside, over the root file system of the other image: so it needs nothing of either.
const fake = path.join(out, 'fake_notebook');
run('musl-gcc', '-static', '-D_GNU_SOURCE', '-Os', '-Wall', '-Wextra', '-Werror', 'tests/box/fake_notebook.c', '-o', fake);

for (const [name, program] of Object.entries(programs))
	for (const which of run(program, 'list').trim().split('\n'))
		test(`${name}: ${which}`, { timeout: 180_000 }, (t) => {
			const result = spawnSync(program, [which], {
				cwd: root, encoding: 'utf8', timeout: 170_000, killSignal: 'SIGKILL',
				env: { ...process.env, CARREL_BUILD: build, CARREL_TEST_GUEST: guest, CARREL_TEST_FAKE: fake },
			});
			for (const line of result.stdout.split('\n').filter((l) => l.startsWith('    ')))
				t.diagnostic(line.trim());
			assert.equal(result.status, 0, result.stderr + result.stdout);
		});
