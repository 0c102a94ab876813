// What fills the page of a notebook: the editor while its kernel runs, else a card over its last outputs.
import { all, one } from './_site.js';

const PAINT_MS = 8000;

export function editorStage(data) {
	const stage = one('#stage');
	let clock = 0;

	// The words below it are seen until the editor has come.
	function reveal() {
		const frame = one('.editor', stage);
		if (!frame)
			return;
		const shown = () => {
			frame.classList.remove('next');
			one('.blank-words', stage)?.remove();
		};
		frame.addEventListener('load', shown, { once: true });
		setTimeout(shown, PAINT_MS);
	}

	// The page that shows what is not there would be worse than nothing, so it is asked for first.
	async function still() {
		const link = one('#preview-link', stage);
		if (!link || stage.classList.contains('has-still'))
			return;
		const found = await fetch(link.href, { method: 'HEAD', headers: { Accept: 'text/html' } })
			.then(reply => reply.ok).catch(() => false);
		if (!link.isConnected)
			return;
		if (!found)
			return link.remove();
		const frame = document.createElement('iframe');
		frame.className = 'still';
		frame.title = 'Its last outputs';
		frame.src = link.href;
		frame.setAttribute('sandbox', 'allow-scripts');
		stage.prepend(frame);
		stage.classList.add('has-still');
	}

	function elapsed() {
		const began = Date.now();
		clearInterval(clock);
		clock = setInterval(() => {
			const step = one('.cover-card.moving .step:not(.done) span', stage);
			if (!step)
				return clearInterval(clock);
			step.dataset.words ??= step.textContent;
			const secs = Math.round((Date.now() - began) / 1000);
			if (secs >= 2)
				step.textContent = `${step.dataset.words}, ${secs} s`;
		}, 1000);
	}

	function settled() {
		reveal();
		still();
		if (one('.cover-card.moving', stage))
			elapsed();
	}
	settled();

	return {
		// The card with other words, at once; the page says the true ones when it has been fetched.
		moving(heading, words) {
			const card = document.createElement('div'), list = one('#steps-new').content.cloneNode(true);
			card.className = 'cover-card moving';
			card.append(list);
			one('h2', card).textContent = heading;
			one('.step span', card).textContent = words;
			one('.editor', stage)?.remove();
			one('.blank-words', stage)?.remove();
			one('.cover-card', stage)?.remove();
			stage.append(card);
			elapsed();
		},
		// Takes over what the page, fetched again, has in this place. The still stays until the editor is there.
		take(page, again) {
			const next = one('#stage', page), phase = next.dataset.phase;
			if (phase === 'open' && stage.dataset.phase === 'open' && one('.editor', stage) && !again)
				return;
			const kept = phase === 'open' ? null : one('.still', stage);
			const had = one('.cover-card', stage)?.textContent;
			stage.dataset.phase = phase;
			if (kept && had === one('.cover-card', next)?.textContent)
				return;
			all(':scope > *', stage).filter(part => part !== kept).forEach(part => part.remove());
			stage.classList.toggle('has-still', !!kept);
			stage.append(...[...next.childNodes].map(node => document.importNode(node, true)));
			one('.editor', stage)?.classList.add('next');
			settled();
			if (document.activeElement === document.body && data.phase !== phase)
				one('#main').focus({ preventScroll: true });
		},
	};
}
