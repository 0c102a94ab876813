// Starts the second client (pages.mjs), and reads what it found.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { summary } from '../stats.mjs';

export const PAGES = ['/', '/apps', '/notebooks', '/docs'];

// stop() resolves to { all, late, by (path → summary), wrong }: ms to the first byte.
export function watchPages(port, { rate = 20, paths = PAGES } = {}) {
	const command = [process.execPath, fileURLToPath(new URL('pages.mjs', import.meta.url)), String(port), String(rate), ...paths];
	// It does next to nothing, so that being first costs the others nothing; a nice value would count within its session only.
	const isRoot = process.getuid?.() === 0;
	const child = spawn(isRoot ? 'chrt' : command[0], isRoot ? ['--fifo', '10', ...command] : command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
	let out = '';
	child.stdout.setEncoding('utf8').on('data', (part) => { out += part; });
	const ended = new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
	return { async stop() {
		child.stdin.end();
		await ended;
		const list = JSON.parse(out), good = list.filter((one) => one.status === 200);
		return {
			all: summary(good.map((one) => one.ms)), late: summary(list.map((one) => one.late)),
			connect: summary(good.map((one) => one.connected - one.late)),
			by: Object.fromEntries(paths.map((path) => [path, summary(good.filter((one) => one.path === path).map((one) => one.ms))])),
			wrong: list.filter((one) => one.status !== 200).map((one) => `${one.path} ${one.status ?? one.error ?? 'no answer'}`),
		};
	} };
}
