// Builds everything a browser gets from Carrel itself: node build.mjs OUTDIR
//   OUTDIR/static/<name>.<hash>.<ext>   styles, scripts, fonts; text also as .gz, made ahead of time
//   OUTDIR/templates/*.html             templates with asset addresses, icons and inline styles filled in
//   OUTDIR/failure/<status>.html        what the web server shows when it must answer by itself
//   OUTDIR/favicon.svg, robots.txt
// Needs node >= 20 and the packages of package-lock.json beside this file (or where NODE_PATH points).
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const need = createRequire(join(here, 'build.mjs'));
const esbuild = (await import(pathToFileURL(need.resolve('esbuild')))).default;
const out = process.argv[2];
const targets = ['chrome123', 'firefox120', 'safari17.5'];
const fonts = {
	'fonts/inter.woff2': '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2',
	'fonts/source-serif-4.woff2':
		'@fontsource-variable/source-serif-4/files/source-serif-4-latin-opsz-normal.woff2',
	'fonts/jetbrains-mono.woff2':
		'@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2',
};
const assets = new Map();

if (!out) {
	console.error('usage: node build.mjs OUTDIR');
	process.exit(2);
}

function inPackage(path) {
	const parts = path.split('/');
	const name = parts.slice(0, path.startsWith('@') ? 2 : 1).join('/');
	return join(dirname(need.resolve(`${name}/package.json`)), path.slice(name.length));
}

async function put(name, data) {
	const ext = extname(name);
	const hash = createHash('sha256').update(data).digest('hex').slice(0, 10);
	const file = `${basename(name, ext)}.${hash}${ext}`;
	await writeFile(join(out, 'static', file), data);
	if (ext !== '.woff2')
		await writeFile(join(out, 'static', `${file}.gz`), gzipSync(data, { level: 9 }));
	assets.set(name, `/static/${file}`);
}

function address(name, where) {
	const found = assets.get(name);
	if (!found)
		throw new Error(`${where}: there is no asset "${name}"`);
	return found;
}

async function style(name) {
	const text = await readFile(join(here, name), 'utf8');
	const linked = text.replace(/asset:([\w./-]+)/g, (_, asset) => address(asset, name));
	const done = await esbuild.transform(linked, { loader: 'css', minify: true, target: targets });
	return done.code.trim();
}

async function script(name) {
	const done = await esbuild.build({
		entryPoints: [join(here, name)], bundle: true, write: false, format: 'esm',
		minify: true, target: targets, legalComments: 'none', logLevel: 'error',
		nodePaths: (process.env.NODE_PATH || '').split(':').filter(Boolean),
	});
	return done.outputFiles[0].contents;
}

async function icon(name) {
	const own = join(here, 'icons', `${name}.svg`);
	const text = await readFile(own, 'utf8').catch(() =>
		readFile(inPackage(`lucide-static/icons/${name}.svg`), 'utf8'));
	const drawn = text.replace(/<!--[\s\S]*?-->/g, '').replace(/\s+/g, ' ').replace(/> </g, '><')
		.replace(/ \/>/g, '/>').trim();
	return drawn.startsWith('<svg class="logo"') ? drawn
		: drawn.replace(/^<svg[^>]*>/, '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">');
}

async function template(name) {
	let text = await readFile(join(here, 'templates', name), 'utf8');
	text = text.replace(/\{\{![\s\S]*?\}\}\n?/g, '');
	if (text.split('{{').length !== text.split('}}').length)
		throw new Error(`${name}: braces do not match; a comment must not hold "}}"`);
	for (const [whole, kind, what] of [...text.matchAll(/\{\{(asset|icon|inline):([\w./-]+)\}\}/g)]) {
		const value = kind === 'asset' ? address(what, name)
			: kind === 'icon' ? await icon(what) : await style(what);
		text = text.replaceAll(whole, () => value);
	}
	return text;
}

// What the web server shows when it must answer by itself.
async function failure(status, said, text) {
	const escaped = said.map((line) => line.replace(/&/g, '&amp;').replace(/</g, '&lt;'));
	await writeFile(join(out, 'failure', `${status}.html`),
		['title', 'words'].reduce((done, name, i) => done.replaceAll(`{{${name}}}`, () => escaped[i]), text));
}

const entries = async (folder, ext) =>
	(await readdir(join(here, folder))).filter(f => f.endsWith(ext)).map(f => `${folder}/${f}`);

for (const folder of ['static', 'templates', 'failure']) {
	await rm(join(out, folder), { recursive: true, force: true });
	await mkdir(join(out, folder), { recursive: true });
}
for (const [name, path] of Object.entries(fonts))
	await put(name, await readFile(inPackage(path)));
for (const name of (await entries('css', '.css')).filter(n => n !== 'css/alone.css'))
	await put(name, await style(name));
await Promise.all((await entries('js', '.js')).filter(n => !basename(n).startsWith('_'))
	.map(async name => put(name, await script(name))));
for (const name of (await entries('templates', '.html')).map((n) => basename(n)).filter((n) => n !== 'failure.html'))
	await writeFile(join(out, 'templates', name), await template(name));
for (const [status, said] of Object.entries(JSON.parse(await readFile(join(here, 'failures.json'), 'utf8'))))
	await failure(status, said, await template('failure.html'));
for (const name of ['favicon.svg', 'robots.txt'])
	await cp(join(here, 'icons', name), join(out, name));
