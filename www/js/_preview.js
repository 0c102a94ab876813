// The preview: one frame at the app's own origin. A change reaches it by hot update; it is loaded again only
// when it was broken, and then behind the old one until it has painted, so that nothing flashes.
import { one } from './_site.js';

const RECOVER_MS = 1500;

export function previewFrame(data, fix) {
	const holder = one('#frame'), offer = one('#offer');
	let broken = false, reported = null, arriving = null;

	const frame = () => one('iframe:not(.next)', holder);

	function swap() {
		if (!arriving)
			return;
		clearTimeout(arriving.timer);
		frame()?.remove();
		arriving.next.classList.remove('next');
		arriving = null;
	}
	function reload() {
		const now = frame();
		if (!now)
			return;
		arriving?.next.remove();
		clearTimeout(arriving?.timer);
		const next = now.cloneNode();
		next.classList.add('next');
		next.removeAttribute('loading');
		next.src = data.url;
		arriving = { next, timer: setTimeout(swap, 8000) };
		next.addEventListener('load', () => {
			if (arriving?.next === next)
				arriving.timer = setTimeout(swap, 1500);
		}, { once: true });
		holder.append(next);
		broken = false;
		quiet();
	}
	function quiet() {
		offer.hidden = true;
		reported = null;
	}

	addEventListener('message', event => {
		const says = event.data;
		if (event.origin !== data.origin || typeof says !== 'object' || !says)
			return;
		if (says.carrel === 'ready' && arriving && event.source === arriving.next.contentWindow)
			return swap();
		if (event.source !== frame()?.contentWindow)
			return;
		if (says.carrel === 'ready')
			broken = false;
		if (says.carrel !== 'error' || data.job || reported)
			return;
		broken = true;
		reported = says;
		one('[data-offer-text]', offer).textContent = String(says.message).slice(0, 300);
		offer.hidden = false;
	});
	one('[data-dismiss]', offer).addEventListener('click', () => { offer.hidden = true; });
	one('[data-fix]', offer).addEventListener('click', () => {
		const { message, file, line, stack } = reported;
		const place = file ? ` in ${file}${line ? `, line ${line}` : ''}` : '';
		quiet();
		const trail = String(stack || '').split('\n').filter(row => row.includes('src/')).slice(0, 4);
		fix([`When it runs, the app reports an error${place}: ${String(message).slice(0, 1000)}`,
			'Please fix it.', ...trail.map(row => row.trim().slice(0, 200))].join('\n'));
	});
	one('#reload').addEventListener('click', reload);

	return {
		quiet,
		// After a job: the first version brings the frame, a repaired app loads again, all else came by itself.
		settle(page, had) {
			const next = one('#frame', page);
			if (!frame() || !one('iframe', next))
				holder.replaceChildren(...[...next.childNodes].map(node => document.importNode(node, true)));
			else if (broken && had !== data.current)
				// The update itself mends most of what was broken; who is back keeps the page, and what was typed in it.
				setTimeout(() => broken && reload(), RECOVER_MS);
		},
	};
}
