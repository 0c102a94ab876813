// The preview: one frame at the app's own origin. A change reaches it by hot update; it is loaded again only
// when it was broken, and then behind the old one until it has painted, so that nothing flashes. While the app
// sleeps the frame has its frozen page, which is exchanged in the same way when the app has woken.
import { one, send } from './_site.js';

const RECOVER_MS = 1500;
const AGAIN_MS = 250, TRIES = 40;	// after it runs, until its own page is there

export function previewFrame(data, fix, woken) {
	const holder = one('#frame'), offer = one('#offer');
	let isLive = false, broken = false, reported = null, arriving = null, waking = null;

	const frame = () => one('iframe:not(.next)', holder);

	function swap() {
		if (!arriving)
			return;
		clearTimeout(arriving.timer);
		waking = null;
		frame()?.remove();
		arriving.next.classList.remove('next');
		arriving = null;
	}
	function giveUp() {
		clearTimeout(arriving?.timer);
		arriving?.next.remove();
		arriving = null;
	}
	// What follows waits for a page that says it is live; a frozen one once more is no news.
	async function wake() {
		if (waking || !data.current)
			return;
		waking = { tries: 0 };
		const reply = await send(`/api/app/${data.id}/wake`, {});
		if (!reply.ok || isLive)
			waking = null;
		else
			reload();
	}
	function arrived(says) {
		if (says.live === false && waking && waking.tries++ < TRIES) {
			giveUp();
			setTimeout(reload, AGAIN_MS);
			return;
		}
		if (waking && says.live)
			woken();
		isLive = says.live !== false;
		swap();
	}
	function reload() {
		const now = frame();
		if (!now)
			return;
		giveUp();
		const next = now.cloneNode();
		next.classList.add('next');
		next.removeAttribute('loading');
		next.src = data.url;
		arriving = { next, timer: setTimeout(swap, 8000) };
		next.addEventListener('load', () => {
			if (arriving?.next !== next)
				return;
			clearTimeout(arriving.timer);
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
			return arrived(says);
		if (event.source !== frame()?.contentWindow)
			return;
		if (says.carrel === 'ready') {
			broken = false;
			isLive = says.live !== false;
			if (!isLive)
				wake();
		}
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
	if ('sleeps' in data)
		wake();

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
