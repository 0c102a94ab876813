// What every measurement starts from: a Carrel of its own with a model that answers at once.
import fs from 'node:fs';
import path from 'node:path';
import { startModels } from '../fake/models.mjs';
import { ROOT, WEB, anthropicEnv, start } from '../lib/carrel.mjs';

export { ROOT, WEB };
export const ENTRY = '/src/LLMComponent.tsx';
// Which instance is meant is known by its own processes: several may run here.
export const OURS = ['carreld', 'launch', 'keep', 'author', 'egress', 'gate', 'apps.fcgi', 'notebooks.fcgi', 'files.fcgi',
	'pages.fcgi', 'system.fcgi'];

export async function withCarrel(use, env = {}) {
	const models = await startModels();
	let carrel;
	try {
		carrel = await start({ env: { ...anthropicEnv(models), ...env } });
		return await use(carrel, models);
	} catch (error) {
		console.error(carrel?.said().slice(-3000) ?? '');
		throw error;
	} finally {
		await carrel?.remove();
		await models.stop();
	}
}

// Its /run/carrel, which only it sees, from outside.
export function runFolder(carrel) {
	return `/proc/${carrel.programs('gate')[0].pid}/root/run/carrel`;
}

export function logLines(carrel) {
	const text = fs.readFileSync(path.join(carrel.folder, 'var', 'log', 'carrel.log'), 'utf8');
	return [...text.matchAll(/^ts=(\S+) level=\w+ prog=(\w+) .*msg="(.*)"$/gm)].map(([, ts, program, message]) =>
		({ at: Date.parse(ts), program, message }));
}

// Deletes an app, and with it its sandbox, so that the next measurement has the machine for itself.
export async function end(carrel, id) {
	const reply = await carrel.get(`/api/app/${id}`, { method: 'DELETE' });
	if (reply.status !== 200)
		throw new Error(`DELETE answered ${reply.status} ${reply.text}`);
}
