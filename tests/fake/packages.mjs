// An index of packages and a registry on loopback, as egress sees them: pages, files, and every way in which they can go wrong.
import crypto from 'node:crypto';
import http from 'node:http';

const hash = (kind, bytes, form = 'hex') => crypto.createHash(kind).update(bytes).digest(form);

// `packages`: name → { files: [{ name, bytes, …what the page says }], html: only as HTML }. `asked` lists every request's path;
// `mode` is 'ok', 'down' (every answer is 500), or 'gone' (connections are cut).
export async function startPackages() {
	const packages = new Map(), asked = [], held = [];
	const fake = { packages, asked, held, mode: 'ok', hold: () => false };

	const sha = (file) => file.sha256 ?? hash('sha256', file.bytes);
	const page = (name, found) => JSON.stringify({ meta: { 'api-version': '1.1', _x: 1 }, name, extra: '<script>', files: found.files.map((f) => ({
		filename: f.name, url: f.url ?? `../../f/${name}/${f.name}`, hashes: f.hashes ?? { sha256: sha(f) }, size: f.bytes.length, 'requires-python': '>=3.8',
		'upload-time': '2024-01-02T03:04:05Z', yanked: f.yanked ?? false, provenance: 'x',
		...(f.metadata ? { 'core-metadata': { sha256: hash('sha256', f.metadata) } } : {}) })) });
	const html = (name, found) => `<!DOCTYPE html><html><body>${found.files.map((f) => `<a href="../../f/${name}/${f.name}#sha256=${sha(f)}"
		data-requires-python="&gt;=3.8" ${f.yanked ? `data-yanked="${f.yanked}"` : ''}>${f.name}</a>`).join('\n')}</body></html>`;
	const registry = (name, found) => JSON.stringify({ name, 'dist-tags': { latest: '1.0.0' }, versions: Object.fromEntries(found.files.map((f) => [f.version, {
		name, version: f.version, dependencies: { a: '^1' }, dist: { tarball: `${fake.url}/t/${encodeURIComponent(name)}/${f.name}`, shasum: hash('sha1', f.bytes),
			integrity: f.integrity ?? `sha512-${hash('sha512', f.bytes, 'base64')}` } }])) });

	function answer(request, reply) {
		const [, kind, rawName, file] = request.url.split('/');
		const name = decodeURIComponent(rawName ?? '');
		const found = packages.get(name);
		if (fake.mode === 'down')
			return void reply.writeHead(500).end('broken');
		if (!found)
			return void reply.writeHead(404).end('no');
		if (kind === 'simple' || kind === 'registry') {
			if (found.redirect)
				return void reply.writeHead(302, { location: found.redirect }).end();
			const text = kind === 'registry' ? registry(name, found) : found.html ? html(name, found) : found.raw ?? page(name, found);
			const etag = `"${hash('md5', text)}"`;
			if (request.headers['if-none-match'] === etag)
				return void reply.writeHead(304, { etag }).end();
			return void reply.writeHead(200, { etag, 'content-type': found.html ? 'text/html; charset=utf-8' : 'application/vnd.pypi.simple.v1+json' }).end(text);
		}
		const one = found.files.find((f) => file === f.name || file === `${f.name}.metadata`);
		if (!one)
			return void reply.writeHead(404).end();
		const bytes = file === one.name ? one.sent ?? one.bytes : one.metadata;
		reply.writeHead(200, { 'content-length': bytes.length, 'content-type': 'application/octet-stream' });
		if (!fake.hold(request))
			return void reply.end(bytes);
		reply.write(bytes.subarray(0, bytes.length / 2));
		held.push(() => reply.end(bytes.subarray(bytes.length / 2)));
	}
	const server = http.createServer((request, reply) => {
		asked.push(request.url);
		if (fake.mode === 'gone')
			request.socket.destroy();
		else
			answer(request, reply);
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	fake.url = `http://127.0.0.1:${server.address().port}`;
	fake.close = () => { server.closeAllConnections(); server.close(); };
	fake.sha = sha;
	fake.sha512 = (f) => hash('sha512', f.bytes);
	return fake;
}
