// Nobody visits and nobody clicks: what is under way ends by itself all the same, whatever dies or does not hear, and says why.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, test } from 'node:test';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, eventually, start } from '../lib/carrel.mjs';
import { alive } from '../lib/machine.mjs';
import { make } from '../lib/notebook.mjs';

const models = await startModels();
const carrel = await start({ env: { ...anthropicEnv(models), ADMIN_SECRET: 'secret', CARREL_JOB_TIMEOUT: '30' } });
after(async () => { await carrel.remove(); await models.stop(); });

const app = await carrel.make('Left alone [[text:Alone]]');
const book = await make(carrel, { title: 'Left alone' });
const later = { headers: { prefer: 'respond-async' } };
const of = (table, what, id) => carrel.sql(`SELECT ${what} FROM ${table} WHERE workspace = '${id}'`);

function still(name) {
	const [program] = carrel.programs(name);
	process.kill(program.pid, 'SIGSTOP');
	return () => process.kill(program.pid, 'SIGCONT');
}

async function killAll() {
	carrel.note();
	process.kill(carrel.programs('carreld')[0].pid, 'SIGKILL');
	await carrel.ended;
	await carrel.start();
}

async function killKeep() {
	const [keep] = carrel.programs('keep');
	process.kill(keep.pid, 'SIGKILL');
	await eventually('it is gone', () => !alive(keep), { every: 5 });
}

test('kill −9 of everything when a snapshot is wanted back: the notebook goes back to it after the next start', async () => {
	await book.says('import sys; sys.mark = "then"; print("taken")');
	const taken = await book.post('/snapshot');
	assert.equal(taken.status, 200, taken.text);
	await book.says('import sys; sys.mark = "now"; print("taken")');
	still('keep');
	assert.equal((await book.post('/restore', { snapshot: taken.json.snapshot }, later)).status, 202);
	await killAll();
	await eventually('it is back', () => of('notebook', 'restore IS NULL', book.id) === '1' && of('sandbox', 'state', book.id) === 'running',
		{ timeout: 60000 });
	assert.equal(await book.says('import sys; print(sys.mark)'), 'then');
});

test('kill −9 of keep while a notebook is put to sleep: why it sleeps is told', async () => {
	await book.post('/wake');
	const goOn = still('launch');
	assert.equal((await book.post('/sleep', {}, later)).status, 202);
	const place = `/proc/${carrel.programs('launch')[0].pid}/root/run/carrel`;
	await eventually('it holds still', () => !fs.existsSync(`${place}/ctl/${book.id}/ctl.sock`), { every: 5 });
	await killKeep();
	const began = Date.now();
	await eventually('another keep asks what is there', () => fs.statSync(`${place}/alive/keep`).mtimeMs > began, { every: 5 });
	goOn();
	await eventually('it sleeps', () => of('sandbox', 'state', book.id) === 'hibernated', { timeout: 60000 });
	assert.match(of('sandbox', 'reason', book.id), /opening it wakes it/);
});

test('a question that launch never got is asked again: what is to end does', async () => {
	await carrel.served(app);
	const goOn = still('launch');
	// More to be removed than it has room to be told of meanwhile.
	const ids = Array.from({ length: 64 }, (_, i) => `('${'a'.repeat(24)}${'abcdefgh'[i >> 3]}${'abcdefgh'[i & 7]}', '')`);
	carrel.sql(`INSERT INTO erasure (workspace, image) VALUES ${ids}`);
	const refused = () => carrel.said().split('\n').filter((line) => line.includes('launch cannot be asked'));
	await eventually('it cannot be asked any more', () => refused().length, { timeout: 60000 });
	carrel.sql('DELETE FROM erasure');
	// Of many lines within a second the log leaves out most.
	const second = () => /^ts=([^.]*)/.exec(refused().at(-1))[1];
	const last = second();
	await eventually('the log takes lines again', () => second() > last);
	assert.equal((await carrel.post(`/api/app/${app}/terminate`, { admin_secret: 'secret' })).status, 200);
	await eventually('its end cannot be asked for', () => refused().some((line) => line.includes(app)));
	goOn();
	await eventually('it has ended', () => of('sandbox', 'state', app) === 'absent', { timeout: 60000 });
	assert.match(of('sandbox', 'reason', app), /administrator/);
	assert.deepEqual(carrel.boxes().filter((id) => id === app), []);
});

test('a start that the store did not take down is taken down later', async () => {
	carrel.sql("CREATE TRIGGER refuse BEFORE UPDATE OF state ON sandbox WHEN new.state = 'running' "
		+ "BEGIN SELECT RAISE(ABORT, 'so says the test'); END");
	const starts = () => carrel.said().split('\n').filter((line) => line.includes(app) && line.includes('ready after')).length;
	const before = starts();
	const waked = carrel.post(`/api/app/${app}/wake`, {}, { timeout: 70000 });
	await eventually('it runs', () => starts() > before, { timeout: 60000 });
	assert.equal(of('sandbox', 'state', app), 'provision');
	carrel.sql('DROP TRIGGER refuse');
	await eventually('that is known', () => of('sandbox', 'state', app) === 'running');
	assert.equal((await waked).status, 200);
});

test('a prompt that waited while Carrel was down is taken up', async () => {
	const before = (await carrel.versions(app)).length;
	still('author');
	assert.equal((await carrel.write(app, 'After all [[text:After]]', later)).status, 202);
	carrel.sql('UPDATE job SET created_at = created_at - 3600000 WHERE ended_at IS NULL');
	await killAll();
	await eventually('it has ended', () => of('job', 'count(*) - count(ended_at)', app) === '0', { timeout: 60000 });
	assert.equal((await carrel.versions(app)).length, before + 1, (await carrel.history(app)).at(-1).content);
});

test('where nobody is there to help in a notebook, whoever asked is told', async () => {
	still('author');
	const asked = await book.post('/assist', { prompt: 'A frame [[cell:1]]' });
	assert.equal(asked.status, 202, asked.text);
	await eventually('its end', () => of('assist', 'count(*) - count(ended_at)', book.id) === '0', { timeout: 60000 });
	assert.match(of('assist', 'error_text', book.id), /not running/);
});
