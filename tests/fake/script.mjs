// What the fake model answers is written in the prompt itself, as words in double square brackets: `[[broken:2]]`.
// A plan is pure data: what to say, how to say it, and what goes wrong on the way.
import * as make from './component.mjs';

const NAMES = new Set([
	'reply', 'text', 'colour', 'comment', 'src', 'raw', 'lines', 'say', 'image',
	'broken', 'missing-export', 'missing-package', 'missing-sibling', 'no-default', 'crash',
	'bad-path', 'not-src', 'many-files', 'big', 'lost-edit', 'double-edit', 'prose', 'empty',
	'429', '529', '500', '503', '401', '403', '404', '413', 'spend-limit', 'redirect', 'html', 'retry-ms', 'no-retry',
	'refusal', 'max-tokens', 'tool-use', 'error-after-200', 'cut', 'stall', 'mute', 'hold', 'slow', 'thinking',
	'huge-line', 'split-utf8', 'bad-utf8', 'bad-json', 'ping', 'crlf', 'cr', 'no-done', 'unknown-events',
	'cell', 'agent', 'keep',
]);
const PATTERN = /\[\[([a-z0-9-]+)(?:[:=]([^\]]*))?\]\]/g;

export function directives(line) {
	const found = new Map();
	for (const [, name, value] of line.matchAll(PATTERN))
		if (NAMES.has(name))
			found.set(name, value ?? '');
	return found;
}

export const textOf = (content) => typeof content === 'string' ? content
	: (content ?? []).filter((b) => b.type === 'text').map((b) => b.text).join('\n');

// The line that scripts this request: the last one with a directive in the newest user message that has one. Older
// messages count only while an answer is being repaired, so that a plain follow-up is answered plainly.
export function scriptLine(messages) {
	const users = messages.filter((m) => m.role === 'user').map((m) => textOf(m.content));
	const last = messages.filter((m) => m.role === 'assistant').map((m) => textOf(m.content)).pop() ?? '';
	const lookBack = /\{label<\/h1>|NoSuchIconAnywhere|carrel-no-such-package|parts\/Gone|fake-model-repair|fake-agent/.test(last);
	for (const text of users.reverse()) {
		const lines = text.split('\n').filter((l) => directives(l).size);
		if (lines.length)
			return lines[lines.length - 1];
		if (!lookBack)
			return '';
	}
	return '';
}

const times = (value, otherwise) => value === 'always' ? Infinity : value === 'once' ? 1
	: /^\d+$/.test(value) ? Number(value) : otherwise;

const python = (code) => `\`\`\`python\n${code.replaceAll('\\n', '\n')}\n\`\`\`\n`;

// [[cell:code]]: a cell of a notebook. [[agent:code;;code]]: a step for each, then DONE with what the last one said, and with
// the cell of [[keep:code]]. A \\n in code is a line's end.
function notebookBody(d, messages) {
	if (d.has('cell'))
		return `A cell as you asked. It is short.\n\n${python(d.get('cell'))}`;
	const steps = d.get('agent').split(';;').filter(Boolean);
	const at = messages.filter((m) => m.role === 'assistant').length;
	if (at < steps.length)
		return `Step ${at + 1}.\n\n${python(`# fake-agent\n${steps[at]}`)}`;
	const said = /<output>\n([\s\S]*)\n<\/output>/.exec(textOf(messages[messages.length - 1].content))?.[1] ?? '';
	return `DONE: ${at} steps, the last one said ${said.trim().slice(0, 200)}\n${d.has('keep') ? `\n${python(d.get('keep'))}` : ''}`;
}

function bodyOf(d, look, conversation, messages) {
	const entry = 'src/LLMComponent.tsx';
	if (d.has('cell') || d.has('agent'))
		return notebookBody(d, messages);
	if (d.has('raw'))
		return Buffer.from(d.get('raw'), 'base64').toString();
	if (d.has('src'))
		return make.fileBlocks({ [entry]: Buffer.from(d.get('src'), 'base64').toString() });
	if (d.has('bad-path'))
		return make.fileBlocks({ [entry]: make.counter(look), [d.get('bad-path') || '../../escape.tsx']: 'export {};\n' });
	if (d.has('not-src'))
		return make.fileBlocks({ [entry]: make.counter(look), 'package.json': '{}\n' });
	if (d.has('many-files')) {
		const files = { [entry]: make.counter(look) };
		for (let i = 1; i < Number(d.get('many-files')); i++)
			files[`src/part/P${i}.ts`] = `export const p${i} = ${i};\n`;
		return make.fileBlocks(files);
	}
	if (d.has('big'))
		return make.fileBlocks({ [entry]: make.counter({ ...look, comment: `// ${'x'.repeat(Number(d.get('big')))}` }) });
	if (d.has('prose'))
		return 'I would rather talk about the weather, which is fine today.';
	if (d.has('empty'))
		return '';
	if (d.has('crash'))
		return make.fileBlocks({ [entry]: make.crash(look) });
	if (d.has('lost-edit'))
		return make.editBlock(entry, [['const nowhere = 1;', 'const nowhere = 2;']]);
	if (d.has('double-edit'))
		return make.editBlock(entry, [['count', 'counted']]);
	return goodBody(d, look, conversation, entry);
}

function goodBody(d, look, conversation, entry) {
	let comment = '';
	if (d.has('huge-line'))
		comment = `// ${'long '.repeat(Number(d.get('huge-line') || 200000) / 5)}`;
	if (d.has('lines'))
		comment = Array.from({ length: Number(d.get('lines')) }, (_, i) => `// line ${i + 1}`).join('\n');
	const source = make.counter({ ...look, comment });
	switch (d.get('reply') ?? 'files') {
	case 'bare':
		return source;
	case 'fence':
		return `Here is the counter you asked for.\n\n\`\`\`tsx\n${source}\`\`\`\n`;
	case 'two':
		return `A counter made of two files.\n\n${make.fileBlocks(make.twoFiles(look))}\n`;
	case 'edit': {
		const pairs = [];
		for (const name of ['label', 'colour']) {
			const line = make.lineOf(conversation, name);
			if (line && (name === 'label' || d.has('colour')) && line !== make.constant(name, look[name]))
				pairs.push([line, make.constant(name, look[name])]);
		}
		if (pairs.length)
			return `Changed the words as you asked.\n\n${make.editBlock(entry, pairs)}\n`;
	}
	// falls through: with no current source in the conversation a whole file is the only answer
	default:
		return `A small counter, as you asked.\n\n${make.fileBlocks({ [entry]: source })}\n`;
	}
}

const REFUSALS = {
	401: ['authentication_error', 'invalid x-api-key'], 403: ['permission_error', 'this key may not use this model'],
	404: ['not_found_error', 'model: no such model'], 413: ['request_too_large', 'request exceeds the maximum size'],
	429: ['rate_limit_error', 'too many requests'], 500: ['api_error', 'internal server error'],
	503: ['overloaded_error', 'service unavailable'], 529: ['overloaded_error', 'Overloaded'],
};

function refusal(d, seen) {
	for (const [code, [type, message]] of Object.entries(REFUSALS)) {
		if (!d.has(code))
			continue;
		const value = d.get(code);
		const after = /retry-after=([^,]*)/.exec(value);
		if (seen >= times(value, after ? 1 : Infinity))
			return null;
		const headers = {};
		if (after)
			headers['retry-after'] = after[1];
		if (d.has('retry-ms'))
			headers['retry-after-ms'] = d.get('retry-ms');
		if (d.has('no-retry'))
			headers['x-should-retry'] = 'false';
		return { status: Number(code), type, message, headers };
	}
	if (d.has('spend-limit'))
		return { status: 400, type: 'invalid_request_error', spend: true, headers: {},
			message: 'You have reached your specified API usage limits.' };
	return null;
}

// messages: as sent; seen: how often this script line was answered before.
export function plan(messages, seen) {
	const line = scriptLine(messages);
	const d = directives(line);
	const conversation = messages.map((m) => textOf(m.content)).join('\n');
	const images = messages.flatMap((m) => Array.isArray(m.content) ? m.content : [])
		.filter((b) => b.type === 'image' || b.type === 'image_url').length;
	const words = line.replace(PATTERN, '').trim().slice(0, 60);
	const look = {
		label: d.get('text') ?? (d.has('image') ? `pictures: ${images}` : words || 'Counter'),
		colour: d.get('colour') ?? '#1c6a4f',
	};
	if (d.has('split-utf8'))
		look.label += ' – naïve 茶 ☕ 🍵';
	const refused = refusal(d, seen);
	if (refused)
		return { line, d, refused };
	let text;
	const bad = Object.keys(make.broken).find((name) => d.has(name) && seen < times(d.get(name), 1));
	if (bad)
		text = make.fileBlocks({ 'src/LLMComponent.tsx': make.broken[bad](look) });
	else
		text = bodyOf(d, look, conversation, messages);
	if (d.has('say'))
		text = `${d.get('say')}\n\n${text}`;
	const fault = (name) => d.has(name) && seen < times(d.get(name), Infinity);
	return {
		line, d, text,
		stop: fault('max-tokens') ? 'max_tokens' : d.has('refusal') ? 'refusal' : d.has('tool-use') ? 'tool_use' : 'end_turn',
		half: fault('max-tokens') || fault('cut') || fault('stall') || fault('error-after-200'),
		fault: ['cut', 'stall', 'mute', 'error-after-200', 'redirect', 'html', 'bad-json', 'bad-utf8'].find(fault),
		hold: d.get('hold'), delay: Number(d.get('slow') ?? 0), thinking: d.has('thinking'), ping: d.has('ping'),
		eol: d.has('crlf') ? '\r\n' : d.has('cr') ? '\r' : '\n', done: !d.has('no-done'),
		split: d.has('split-utf8'), huge: d.has('huge-line'), unknown: d.has('unknown-events'),
	};
}
