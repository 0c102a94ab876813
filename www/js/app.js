// The page of one app. The server says everything in HTML; this script only saves reloading it: it sends,
// follows a running job, and takes the changed parts out of the same page fetched again.
import { all, composer, copy, freshKey, one, send, tell } from './_site.js';
import { followJob } from './_job.js';
import { closeMenus } from './_menus.js';
import { previewFrame } from './_preview.js';
import { titleButton } from './_title.js';

const body = document.body, data = body.dataset, api = `/api/app/${data.id}`;
const problem = one('#problem'), form = one('#write'), turns = one('#turns');
const field = composer(form, problem);
const narrow = matchMedia('(max-width: 720px)');
const preview = previewFrame(data, text => write({ text }), () => refresh());
let following = null, misses = 0, fetching = 0, sent = { body: '', key: '' }, stale = new Set();

// Parts of the page, fetched again
const address = (tab = data.tab) => {
	const now = new URL(location.href);
	return now.searchParams.get('tab') === tab ? now.pathname + now.search : `/app/${data.id}?tab=${tab}`;
};

async function pageAt(url) {
	const reply = await fetch(url, { headers: { Accept: 'text/html' } });
	if (!reply.ok)
		throw new Error(reply.status === 404 ? 'This app was deleted.' : `The page could not be fetched (${reply.status}).`);
	return new DOMParser().parseFromString(await reply.text(), 'text/html');
}

function takePart(page, selector) {
	const now = one(selector), next = one(selector, page);
	if (!now || !next)
		return;
	const focused = now.contains(document.activeElement);
	now.replaceChildren(...[...next.childNodes].map(node => document.importNode(node, true)));
	if (focused)
		field.text.focus();
}

async function takePanel(page) {
	const selector = `#panel-${data.tab}`;
	if (data.tab === 'preview' || data.tab === 'chat')
		return;
	takePart(page, selector);
	stale.delete(data.tab);
	await highlight();
}

async function refresh() {
	const mine = ++fetching;
	let page;
	try {
		page = await pageAt(address());
	} catch (error) {
		return tell(problem, error.message.endsWith('.') ? error.message : 'Carrel cannot be reached. What you see may be out of date.');
	}
	if (mine !== fetching)
		return;
	const fresh = page.body.dataset;
	const had = data.current;
	for (const part of ['#turns', '#state', '#title', '#share .pop-sheet > p'])
		takePart(page, part);
	titleButton(rename);
	document.title = page.title;
	Object.assign(data, { job: fresh.job, current: fresh.current });
	if (had !== data.current)
		stale = new Set(['code', 'versions']);
	preview.settle(page, had);
	await takePanel(page);
	follow();
}

const toEnd = () => { one('#scroll').scrollTop = 0; };

// A running job
function follow() {
	if (!data.job || following)
		return;
	preview.quiet();
	following = followJob(`${api}/events`, {
		turn: () => one('.answer.moving', turns)?.closest('.turn'),
		version() {
			preview.quiet();
			if (narrow.matches && data.tab === 'chat')
				showTab('preview');
		},
		async ended(said) {
			following = null;
			data.job = '';
			misses = said ? 0 : misses + 1;
			if (misses)
				await new Promise(go => setTimeout(go, Math.min(500 * 2 ** misses, 15000)));
			await refresh();
		},
	});
}

// Sending
async function write(fields) {
	const inFlight = JSON.stringify([fields.text, fields.image?.name, fields.image?.size]);
	if (sent.body !== inFlight)
		sent = { body: inFlight, key: freshKey() };
	tell(problem, '');
	preview.quiet();
	const turn = one('#turn-new').content.firstElementChild.cloneNode(true);
	one('.said', turn).textContent = fields.text;
	const step = one('#step').content.firstElementChild.cloneNode(true);
	one('span', step).textContent = following ? 'waiting for the change before it' : 'sending…';
	one('.steps', turn).append(step);
	turns.append(turn);
	toEnd();
	if (narrow.matches)
		showTab('chat');
	const reply = await send(`${api}/write`, fields, { Prefer: 'respond-async', 'Idempotency-Key': sent.key });
	if (reply.status)
		sent = { body: '', key: '' };
	if (!reply.ok && reply.status !== 200) {
		turn.remove();
		tell(problem, reply.words);
		return false;
	}
	if (reply.status !== 202) {
		await refresh();
	} else {
		data.job ||= reply.body.job || 'new';
		follow();
	}
	return true;
}

form.addEventListener('submit', async event => {
	event.preventDefault();
	const fields = field.fields(), typed = field.text.value;
	if (!fields.text)
		return field.text.focus();
	field.text.value = '';
	if (await write(fields))
		return field.clear(field.text.value);
	field.text.value ||= typed;
	field.text.focus();
});

const doing = {
	async write(event) {
		await write({ text: new FormData(event.target).get('text') });
	},
	async cancel(event, button) {
		button.textContent = 'cancelling…';
		const reply = await send(event.target.action, {});
		if (!reply.ok && reply.status !== 409)
			tell(problem, reply.words);
		if (!following)
			await refresh();
	},
	async restore(event, button) {
		button.lastChild.textContent = ' Going back…';
		const version = Number(new FormData(event.target).get('version'));
		const reply = await send(event.target.action, { version });
		tell(problem, reply.words);
		await refresh();
	},
	async rename(event) {
		await rename(new FormData(event.target).get('title'));
		one('#more').open = false;
	},
};

document.addEventListener('submit', async event => {
	const action = new URL(event.target.action).pathname.slice(api.length + 1);
	if (event.target === form || event.defaultPrevented || !doing[action])
		return;
	event.preventDefault();
	const button = event.submitter;
	button.disabled = true;
	await doing[action](event, button);
	button.disabled = false;
});

// The title is renamed where it stands
async function rename(title) {
	const words = title.trim();
	if (!words || words === one('#title').textContent)
		return;
	const reply = await send(api, { title: words }, {}, 'PATCH');
	tell(problem, reply.words);
	if (reply.ok)
		await refresh();
}

// Tabs
function showTab(tab) {
	data.tab = tab;
	for (const link of all('.tab'))
		link.dataset.tab === tab ? link.setAttribute('aria-current', 'page') : link.removeAttribute('aria-current');
	if (tab === 'chat')
		toEnd();
}

async function go(url, push = true) {
	const target = new URL(url, location.href), tab = target.searchParams.get('tab') || 'preview';
	const same = target.href === location.href;
	showTab(tab);
	if (push && !same)
		history.pushState(null, '', target);
	const panel = one(`#panel-${tab}`);
	if (!panel || tab === 'preview' || (same && panel.childElementCount && !stale.has(tab)))
		return;
	try {
		await takePanel(await pageAt(target));
	} catch (error) {
		tell(problem, error.message);
	}
}

document.addEventListener('click', event => {
	const link = event.target.closest('a[href]');
	if (!link || event.ctrlKey || event.metaKey || event.shiftKey || link.target || link.hasAttribute('download'))
		return;
	const url = new URL(link.href);
	if (url.origin === location.origin && url.pathname === `/app/${data.id}` && url.searchParams.has('tab')) {
		event.preventDefault();
		go(url);
	}
});
document.addEventListener('change', event => {
	if (event.target.id === 'code-version')
		go(`/app/${data.id}?tab=code&version=${event.target.value}`);
});
addEventListener('popstate', () => go(location.href, false).then(() => stale.add(data.tab)));

async function highlight() {
	const view = one('#code-view'), button = one('[data-copy-code]');
	if (!view || data.tab !== 'code')
		return;
	const text = one('code', view).textContent;
	button.onclick = () => copy(text, button);
	try {
		const viewer = await import(data.viewer);
		viewer.show(view, text, view.dataset.language);
	} catch { /* the plain text stays */ }
}

// Sharing
const shareUrl = one('#share-url'), copyButton = one('[data-copy]'), shareButton = one('[data-share]');
copyButton.addEventListener('click', () => copy(shareUrl.value, copyButton));
shareUrl.addEventListener('focus', () => shareUrl.select());
shareButton.hidden = !navigator.share;
shareButton.addEventListener('click', () =>
	navigator.share({ title: one('#title').textContent, url: data.url }).catch(() => {}));

// What happens elsewhere: asked for now and then, less and less often, never while hidden
let pause = 5000, timer = 0;
async function look() {
	clearTimeout(timer);
	if (document.hidden)
		return;
	if (!following) {
		const now = await fetch(`${api}/status`, { headers: { Accept: 'application/json' } })
			.then(reply => reply.ok ? reply.json() : null).catch(() => null);
		const dot = one('#state .dot'), words = one('#state span');
		const moved = now && ((now.version && String(now.version) !== data.current) || (now.job && now.job !== data.job));
		pause = moved ? 5000 : Math.min(pause * 1.4, 60000);
		if (now?.words && words.textContent !== now.words) {
			pause = 5000;
			dot.className = `dot ${now.state}`;
			words.textContent = now.words;
		}
		if (moved)
			await refresh();
	}
	timer = setTimeout(look, pause);
}
document.addEventListener('visibilitychange', () => {
	pause = 5000;
	look();
});

closeMenus();
titleButton(rename);
highlight();
follow();
timer = setTimeout(look, pause);
if (!narrow.matches && data.tab === 'chat')
	showTab('preview');
else if (narrow.matches && (data.job || !data.current) && !location.search)
	showTab('chat');
