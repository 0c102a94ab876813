// What Carrel says of itself: health, the OpenAPI document and the pages for people, compared with what it does.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { startModels } from '../fake/models.mjs';
import { anthropicEnv, eventually, NO_SUCH_ID, ROOT, start } from '../lib/carrel.mjs';
import { assertHtml, assertJson, HTML } from '../lib/say.mjs';

const models = await startModels();
const carrel = await start({ env: { ...anthropicEnv(models), ADMIN_SECRET: 'open sesame' } });
after(async () => { await carrel.remove(); await models.stop(); });

const id = await carrel.make('Described [[text:Described]]');
const document = assertJson(await carrel.get('/openapi.json'));
// Every endpoint of the table, what it answers to, and the suite here that asks it.
const ENDPOINTS = {
	apps_list: ['GET /api/apps', 'api'], apps_create: ['POST /api/create', 'once'], apps_show: ['GET /api/app/{id}', 'api'],
	apps_rename: ['PATCH /api/app/{id}', 'versions'], apps_delete: ['DELETE /api/app/{id}', 'api'], apps_write: ['POST /api/app/{id}/write', 'once'],
	apps_events: ['GET /api/app/{id}/events', 'stream'], apps_cancel: ['POST /api/app/{id}/cancel', 'stream'],
	apps_history: ['GET /api/app/{id}/history', 'api'], apps_status: ['GET /api/app/{id}/status', 'api'], apps_ping: ['GET /api/app/{id}/ping', 'api'],
	apps_wake: ['POST /api/app/{id}/wake', 'frozen'],
	apps_duplicate: ['POST /api/app/{id}/duplicate', 'versions'], apps_versions: ['GET /api/app/{id}/versions', 'versions'],
	apps_source: ['GET /api/app/{id}/source', 'versions'], apps_restore: ['POST /api/app/{id}/restore', 'versions'],
	apps_export: ['GET /api/app/{id}/export', 'versions'], apps_terminate: ['POST /api/app/{id}/terminate', 'api'],
	apps_snapshot: ['POST /api/app/{id}/snapshot', 'api'], apps_toggle_feature: ['POST /api/app/{id}/toggle-feature', 'api'],
	apps_terminate_all: ['POST /api/admin/terminate-all', 'api'], system_health: ['GET /health', 'describe'],
	system_login_page: ['GET /login', 'keys'], system_login: ['POST /login', 'keys'],
	system_logout: ['POST /logout', 'keys'], pages_home: ['GET /', 'api'], pages_apps: ['GET /apps', 'input'], pages_app: ['GET /app/{id}', 'forms'],
	pages_notebooks: ['GET /notebooks', 'notebook_pages'], pages_notebook: ['GET /notebook/{id}', 'notebook_pages'],
	files_upload: ['POST /upload/{id}', 'files'], files_download: ['GET /download/{id}/{path}', 'files'],
	files_list: ['GET /workspaces/{id}/files', 'files'], files_delete: ['DELETE /workspaces/{id}/files/{path}', 'files'],
	files_delete_form: ['POST /workspaces/{id}/files/delete', 'files'], files_rename: ['POST /workspaces/{id}/files/rename', 'files'],
	files_fork: ['POST /workspaces/{id}/fork', 'files'],
	files_preview: ['GET /workspaces/{id}/preview', 'files'], files_view: ['GET /view/{token}', 'files'],
	pages_image: ['GET /app/{id}/image', 'forms'], pages_card: ['GET /app/{id}/card/{version}', 'shot'],
	notebooks_create: ['POST /workspaces', 'notebooks'], notebooks_list: ['GET /workspaces', 'notebooks'], notebooks_show: ['GET /workspaces/{id}', 'notebooks'],
	notebooks_change: ['PATCH /workspaces/{id}', 'notebooks'], notebooks_delete: ['DELETE /workspaces/{id}', 'notebooks'],
	notebooks_kernel: ['GET /workspaces/{id}/kernel', 'notebooks'],
	notebooks_run: ['POST /workspaces/{id}/run', 'notebooks'], notebooks_export: ['GET /workspaces/{id}/export/{format}', 'notebooks'],
	notebooks_sleep: ['POST /workspaces/{id}/sleep', 'notebooks'], notebooks_wake: ['POST /workspaces/{id}/wake', 'notebooks'],
	notebooks_hold: ['POST /workspaces/{id}/hold', 'notebooks'], notebooks_snapshot: ['POST /workspaces/{id}/snapshot', 'notebooks'],
	notebooks_snapshots: ['GET /workspaces/{id}/snapshots', 'notebooks'], notebooks_forget: ['DELETE /workspaces/{id}/snapshots/{n}', 'notebooks'],
	notebooks_forget_form: ['POST /workspaces/{id}/forget', 'notebooks'], notebooks_restore: ['POST /workspaces/{id}/restore', 'notebooks'],
	notebooks_share: ['POST /workspaces/{id}/share', 'notebooks'], notebooks_shares: ['GET /workspaces/{id}/shares', 'notebooks'],
	notebooks_unshare: ['DELETE /workspaces/{id}/shares/{share}', 'notebooks'], notebooks_unshare_form: ['POST /workspaces/{id}/unshare', 'notebooks'],
	notebooks_token_new: ['POST /workspaces/{id}/token', 'notebooks'], notebooks_open: ['GET /open/{id}', 'notebooks'],
	notebooks_assist: ['POST /workspaces/{id}/assist', 'assist'], notebooks_agent: ['POST /workspaces/{id}/agent', 'assist'],
	notebooks_assist_show: ['GET /workspaces/{id}/assists/{assist}', 'assist'], notebooks_assist_events: ['GET /workspaces/{id}/assists/{assist}/events', 'assist'],
	notebooks_assist_cancel: ['POST /workspaces/{id}/assists/{assist}/cancel', 'assist'],
	notebooks_assist_accept: ['POST /workspaces/{id}/assists/{assist}/accept', 'assist'],
	system_metrics: ['GET /metrics', 'metrics'], system_usage: ['GET /usage', 'usage'], pages_statement: ['GET /statement', 'usage'],
	pages_admin: ['GET /admin', 'admin'], pages_admin_login: ['POST /admin/login', 'admin'], pages_admin_logout: ['POST /admin/logout', 'admin'],
	pages_admin_drain: ['POST /admin/drain', 'admin'], pages_admin_resume: ['POST /admin/resume', 'admin'],
	pages_admin_stop: ['POST /admin/stop', 'admin'], pages_admin_hold: ['POST /admin/hold', 'admin'],
	pages_compare: ['GET /app/{id}/compare', 'versions'], pages_docs: ['GET /docs', 'describe'],
};
const INTERFACE = {};
for (const [at] of Object.values(ENDPOINTS)) {
	const [method, p] = at.split(' ');
	if (/^\/(api\/|health|upload|download|workspaces)/.test(p))
		(INTERFACE[p] ??= []).push(method.toLowerCase());
}
const same = (p) => p.replace(/\{[^}]*\}/g, '{id}');
const paths = Object.fromEntries(Object.entries(document.paths).map(([p, item]) => [same(p), item]));

test('health names its parts and is well', async () => {
	const reply = await carrel.get('/health');
	const body = assertJson(reply);
	assert.equal(body.status, 'ok');
	assert.ok(Object.keys(body.parts).length >= 3, JSON.stringify(body));
	for (const [name, partOf] of Object.entries(body.parts)) {
		assert.equal(typeof partOf.status, 'string', name);
		assert.equal(typeof partOf.detail, 'string', name);
	}
	assert.match(reply.headers['cache-control'] ?? '', /no-store|no-cache/);
});

test('health turns 503 while a part is missing, and recovers', async () => {
	const [author] = carrel.programs('author');
	assert.ok(author, 'no process called author');
	process.kill(author.pid, 'SIGSTOP');
	try {
		const ill = await eventually('it notices', async () => {
			const reply = await carrel.get('/health');
			return reply.status === 503 && reply.json;
		}, { timeout: 30000 });
		assert.notEqual(ill.status, 'ok');
		assert.ok(Object.values(ill.parts).some((p) => p.status !== 'ok'));
	} finally {
		process.kill(author.pid, 'SIGCONT');
	}
	await eventually('it is well again', async () => (await carrel.get('/health')).status === 200);
});

test('the document is valid OpenAPI 3.1', async () => {
	assert.match(document.openapi, /^3\.1\./);
	const result = await new Validator().validate(structuredClone(document));
	assert.ok(result.valid, JSON.stringify(result.errors)?.slice(0, 2000));
});

test('it holds the whole interface', () => {
	for (const [p, methods] of Object.entries(INTERFACE))
		for (const method of methods)
			assert.ok(paths[same(p)]?.[method], `${method.toUpperCase()} ${p} is missing`);
});

const table = [...fs.readFileSync(path.join(ROOT, 'cgi/routes.def'), 'utf8').matchAll(/^ROUTE\(\s*\w+,\s*([A-Z]+),\s*"([^"]*)",\s*(\w+)/gm)];

test('every endpoint of the table is asked by a suite', () => {
	assert.deepEqual([...new Set(table.map((row) => row[3]))].sort(), Object.keys(ENDPOINTS).sort());
	for (const [endpoint, [at, suite]] of Object.entries(ENDPOINTS)) {
		assert.ok(table.some(([, method, p, name]) => name === endpoint && `${method} ${p}` === at), `${endpoint} does not answer ${at}`);
		const text = fs.readFileSync(new URL(`./${suite}.test.mjs`, import.meta.url), 'utf8');
		const last = at.split(' ')[1].split('/').filter((w) => w && !w.startsWith('{')).pop() ?? "get('/'";
		assert.ok(text.includes(last), `${suite} never asks ${at}`);
	}
});

test('it holds every route of the table, and nothing else', () => {
	const rows = table.map(([, method, p]) => [method.toLowerCase(), same(p)]);
	assert.ok(rows.length > 15, `read ${rows.length} routes`);
	const api = rows.filter(([, p]) => p.startsWith('/api/'));
	for (const [method, p] of api)
		assert.ok(paths[p]?.[method], `${method.toUpperCase()} ${p} is in the table and not in the document`);
	for (const [p, item] of Object.entries(paths))
		for (const method of Object.keys(item).filter((m) => ['get', 'post', 'put', 'patch', 'delete'].includes(m)))
			assert.ok(rows.some(([m, q]) => m === method && q === p), `${method.toUpperCase()} ${p} is in the document and not in the table`);
});

test('every operation says what it takes and gives', () => {
	const names = new Set();
	for (const [p, item] of Object.entries(document.paths))
		for (const [method, op] of Object.entries(item).filter(([m]) => ['get', 'post', 'patch', 'delete'].includes(m))) {
			const at = `${method} ${p}`;
			assert.ok(op.summary || op.description, `${at} has no words`);
			assert.ok(op.operationId && !names.has(op.operationId), `${at}: operationId ${op.operationId}`);
			names.add(op.operationId);
			assert.ok(Object.keys(op.responses).some((s) => /^[23]/.test(s)), `${at} never succeeds`);
			if (p.includes('{')) {
				const parameters = [...(item.parameters ?? []), ...(op.parameters ?? [])].map((x) => x.$ref ? x.$ref.split('/').reduce((o, k) => k === '#' ? document : o[k], document) : x);
				assert.ok(parameters.some((x) => x.in === 'path' && x.required), `${at} does not declare its id`);
			}
		}
});

const ajv = new Ajv({ strict: false, allErrors: true });
formats.default ? formats.default(ajv) : formats(ajv);
ajv.addSchema(document, 'doc');

function assertDescribed(method, template, reply) {
	const [p, item] = Object.entries(document.paths).find(([q]) => same(q) === template);
	const code = String(reply.status) in item[method].responses ? String(reply.status) : 'default';
	const described = item[method].responses[code];
	assert.ok(described, `${method} ${p} answered ${reply.status}, which is not described`);
	const pointer = ['paths', p, method, 'responses', code].map((s) => encodeURIComponent(s.replace(/~/g, '~0').replace(/\//g, '~1'))).join('/');
	const holder = described.$ref ? described.$ref.slice(1) : `/${pointer}`;
	const type = (reply.headers['content-type'] ?? '').split(';')[0];
	const response = described.$ref ? described.$ref.split('/').slice(1).reduce((o, k) => o[k], document) : described;
	if (!response.content || type !== 'application/json')
		return;
	assert.ok(response.content[type], `${method} ${p} ${code} answers ${type}, described are ${Object.keys(response.content)}`);
	const check = ajv.compile({ $ref: `doc#${holder}/content/application~1json/schema` });
	assert.ok(check(reply.json), `${method} ${p} ${code}: ${ajv.errorsText(check.errors)} in ${reply.text.slice(0, 300)}`);
}

test('what it answers is what it describes', async () => {
	const cases = [
		['get', '/api/apps'], ['post', '/api/create', { prompt: '' }], ['post', '/api/create', { prompt: 'Described too [[text:Too]]' }],
		['get', '/api/app/{id}'], ['patch', '/api/app/{id}', { title: 'New name' }], ['patch', '/api/app/{id}', { title: '' }],
		...['history', 'status', 'ping', 'versions', 'source', 'export'].map((n) => ['get', `/api/app/{id}/${n}`]),
		['post', '/api/app/{id}/write', { text: '' }], ['post', '/api/app/{id}/write', { text: 'Edit [[reply:edit]] [[text:Edit]]' }],
		['post', '/api/app/{id}/write', { text: 'Wrong [[broken:always]]' }], ['post', '/api/app/{id}/write', { text: 'No [[401]]' }],
		['post', '/api/app/{id}/restore', { version: 1 }], ['post', '/api/app/{id}/restore', { version: 999 }],
		['post', '/api/app/{id}/wake', {}], ['post', '/api/app/{id}/cancel', {}], ['post', '/api/app/{id}/duplicate', {}],
		['post', '/api/app/{id}/snapshot', { admin_secret: 'open sesame' }], ['post', '/api/app/{id}/toggle-feature', { admin_secret: 'open sesame' }],
		['post', '/api/app/{id}/terminate', { admin_secret: 'wrong' }], ['post', '/api/app/{id}/terminate', { admin_secret: 'open sesame' }],
		['post', '/api/admin/terminate-all', { admin_secret: 'wrong' }], ['get', '/health'],
		['delete', '/api/app/{id}'], ['get', '/api/app/{id}'],
	];
	for (const [method, template, json] of cases) {
		const reply = await carrel.get(template.replace('{id}', id), { method: method.toUpperCase(), json });
		assertDescribed(method, template, reply);
	}
	assertDescribed('get', '/api/app/{id}', await carrel.get(`/api/app/${NO_SUCH_ID}`));
});

test('fields it calls required are required, and strangers are refused', async () => {
	for (const [p, item] of Object.entries(document.paths))
		for (const [method, op] of Object.entries(item)) {
			const body = op.requestBody?.content?.['application/json']?.schema;
			if (!body)
				continue;
			const schema = body.$ref ? body.$ref.split('/').slice(1).reduce((o, k) => o[k], document) : body;
			assert.strictEqual(schema.additionalProperties, false, `${method} ${p} describes a body that may hold anything`);
			for (const name of schema.required ?? [])
				assert.ok(schema.properties[name], `${method} ${p} requires ${name}, which it does not describe`);
		}
});

test('the documentation for people lists every path', async () => {
	const page = assertHtml(await carrel.get('/docs', { headers: HTML }));
	for (const p of Object.keys(INTERFACE))
		assert.ok(page.includes(p), `${p} is not there`);
	assert.match(page, /curl/);
	assert.match(page, /openapi\.json/);
});
