// Follows the stream of a running job and shows it in its turn: steps done and being done, the code as it comes.
import { one } from './_site.js';

// [while it is done, when it was done]; the same words are in the page that the server makes.
const WORDS = {
	starting: () => ['starting a sandbox…', 'started a sandbox'],
	reading: () => ['reading the current version…', 'read the current version'],
	writing: (detail, lines) => [detail || (lines ? `writing, ${count(lines)}…` : 'writing…'), `wrote ${count(lines)}`],
	compiling: () => ['compiling…', 'compiled'],
	repairing: detail => [`repairing: ${detail}`, `the compiler refused it: ${detail}`],
	publishing: () => ['publishing…', 'published'],
	queued: detail => [detail || 'waiting in line', ''],
};
// What is of a higher rank comes after; the repair that ends an attempt comes last in it.
const RANK = { queued: 0, reading: 1, starting: 2, writing: 2, compiling: 3, publishing: 4, repairing: 5 };
const count = lines => lines === 1 ? '1 line' : `${lines} lines`;

// What a model writes, without the marks around its files.
const readable = text => text.replace(/^<(?:file|edit) path="([^"]*)">$/gm, '// $1')
	.replace(/^(?:<\/(?:file|edit)>|```\w*|<<<<<<< SEARCH|=======|>>>>>>> REPLACE)$\n?/gm, '');

export function followJob(url, page) {
	const source = new EventSource(url);
	const live = one('#live');
	let steps = [], text = '', lines = 0, drawn = false, begun = false, ended = false;

	// The sandbox starts while the model writes, so their steps come in turn, and both are under way.
	const current = phase => steps.slice(attempt()).find(s => s.phase === phase);
	const attempt = () => steps.findLastIndex(s => s.phase === 'repairing') + 1;
	function step(phase, detail) {
		const same = phase !== 'repairing' && current(phase);
		if (same)
			same.detail = detail;
		else
			steps.push({ phase, detail, lines: 0 });
		steps = steps.filter((s, i) => s.phase !== 'queued' || i === steps.length - 1);
	}
	const isDone = (s, i) => i < attempt() - 1 ||
		steps.some((other, k) => k >= attempt() - 1 && RANK[other.phase] > RANK[s.phase] && k > i);
	function words(s, done) {
		const pair = (WORDS[s.phase] || (detail => [detail || s.phase, detail || s.phase]))(s.detail, s.lines);
		return pair[done ? 1 : 0];
	}
	function draw() {
		drawn = false;
		const turn = page.turn();
		if (!turn)
			return;
		const list = one('.steps', turn), blank = one('#step').content.firstElementChild;
		while (list.childElementCount > steps.length)
			list.lastElementChild.remove();
		steps.forEach((s, i) => {
			const item = list.children[i] || list.appendChild(blank.cloneNode(true));
			const done = isDone(s, i), says = words(s, done), label = one('span', item);
			item.classList.toggle('done', done);
			if (label.textContent !== says)
				label.textContent = says;
		});
		const shown = readable(text);
		const writing = one('.writing', turn);
		if (shown && writing) {
			writing.hidden = false;
			fill(one('pre', writing), shown);
		}
		fill(one('#blank-code'), shown.split('\n').slice(-80).join('\n'));
		const coding = current('writing') && one('[data-tab=code] #code-view');
		if (coding) {
			const pre = one('.stream', coding) || coding.appendChild(
				Object.assign(document.createElement('pre'), { className: 'stream', tabIndex: 0 }));
			fill(pre, shown);
		}
	}
	function fill(pre, value) {
		if (!pre || pre.textContent === value)
			return;
		const atEnd = pre.scrollHeight - pre.scrollTop - pre.clientHeight < 60;
		pre.textContent = value;
		if (atEnd)
			pre.scrollTop = pre.scrollHeight;
	}
	function soon() {
		if (drawn)
			return;
		drawn = true;
		// A page in the background gets no animation frames, yet its steps must be true when it comes back.
		document.hidden ? setTimeout(draw, 250) : requestAnimationFrame(draw);
	}
	function on(name, act) {
		source.addEventListener(name, event => {
			act(JSON.parse(event.data));
			soon();
		});
	}
	function end(said) {
		if (ended)
			return;
		ended = true;
		source.close();
		one('.stream')?.remove();
		page.ended(said);
	}

	on('phase', ({ phase, detail }) => {
		if (!begun)
			steps = [];
		begun = true;
		if (phase === 'writing' && !current('writing')) {
			text = '';
			lines = 0;
		}
		step(phase, detail);
		if (phase !== 'writing' || !detail)
			live.textContent = words(current(phase) || steps.at(-1), false);
	});
	on('token', token => {
		text += token.text;
		lines = readable(text).trimEnd().split('\n').length;
		Object.assign(current('writing') || {}, { lines, detail: '' });
	});
	on('version', ({ version, summary }) => {
		live.textContent = `Version ${version} is running. ${summary || ''}`;
		page.version(version);
	});
	on('done', () => end(true));
	// Two things have this name: the job's own event, which has data, and the browser's word that the
	// connection broke. It reconnects by itself unless the server said that there is nothing (204) or refused.
	source.addEventListener('error', event => {
		if (event.data)
			live.textContent = JSON.parse(event.data).detail;
		else if (source.readyState === EventSource.CLOSED)
			end(false);
	});
	return { stop: () => source.close() };
}
