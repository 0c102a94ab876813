// The page of one notebook. The server says everything in HTML; this script sends, looks now and then how the notebook
// is, and takes the changed parts out of the same page fetched again.
import { all, copy, one, send, tell } from './_site.js';
import { assistant } from './_assist.js';
import { editorStage } from './_editor.js';
import { filesMenu } from './_files.js';
import { kernelPill } from './_kernel.js';
import { closeMenus } from './_menus.js';
import { packagesMenu } from './_packages.js';
import { titleButton } from './_title.js';

const data = document.body.dataset, api = `/workspaces/${data.id}`, problem = one('#problem');
const stage = editorStage(data);
const QUICK_MS = 700, CALM_MS = 4000, SLOW_MS = 30000;
let pause = CALM_MS, timer = 0, fetching = 0, busy = 0, mark = null;

// Parts of the page, fetched again
async function refresh(again = false) {
	const mine = ++fetching;
	const reply = await fetch(`/notebook/${data.id}`, { headers: { Accept: 'text/html' } }).catch(() => null);
	if (!reply?.ok)
		return tell(problem, reply?.status === 404 ? 'This notebook was deleted.'
			: 'Carrel cannot be reached. What you see may be out of date.');
	const page = new DOMParser().parseFromString(await reply.text(), 'text/html');
	if (mine !== fetching)
		return;
	for (const next of all('[data-part]', page)) {
		const now = one(`#${next.id}`);
		if (now.innerHTML === next.innerHTML)
			continue;
		const focused = now.contains(document.activeElement);
		now.replaceChildren(...[...next.childNodes].map(node => document.importNode(node, true)));
		if (focused)
			now.closest('.pop, .assistant')?.querySelector('summary').focus();
	}
	if (document.title !== page.title) {
		document.title = page.title;
		one('#title').textContent = one('#title', page).textContent;
		titleButton(rename);
	}
	one('#snapshots').dataset.wanted = one('#snapshots', page).dataset.wanted;
	stage.take(page, again);
	Object.assign(data, { phase: page.body.dataset.phase, sandbox: page.body.dataset.sandbox });
	notice();
}

// A notice is shown until it was dismissed here, once.
function notice() {
	const place = one('#notice'), words = one('p', place)?.textContent, key = `notice ${data.id}`;
	let seen = null;
	try {
		seen = localStorage.getItem(key);
	} catch { /* it is shown again, then */ }
	place.hidden = !words || seen === words;
	one('[data-dismiss]', place)?.addEventListener('click', () => {
		place.hidden = true;
		try {
			localStorage.setItem(key, words);
		} catch { /* as above */ }
	});
}

// What happens elsewhere: asked for quickly while something is under way, else less and less often, never while hidden.
const calm = () => data.phase === 'moving' || one('#snapshots').dataset.wanted === 'true' ? QUICK_MS : CALM_MS;

async function look() {
	clearTimeout(timer);
	if (document.hidden)
		return;
	if (!busy) {
		const now = await fetch(api, { headers: { Accept: 'application/json' } })
			.then(reply => reply.ok ? reply.json() : reply.status === 404 ? { state: 'gone' } : null).catch(() => null);
		if (now && !busy)
			await compare(now);
	}
	timer = setTimeout(look, pause);
}

async function compare(now) {
	const state = now.state === 'idle' ? 'running' : now.state;
	const next = JSON.stringify([state, now.kernel, now.title, now.reason, now.notice, now.held_until, now.snapshots, now.place, now.evicts_at, now.snapshot_limit && now.memory_bytes > now.snapshot_limit]);
	const moved = mark === null ? state !== data.sandbox : next !== mark;
	mark = next;
	if (moved || one('#snapshots').dataset.wanted === 'true')
		await refresh();
	pause = moved || calm() === QUICK_MS ? calm() : Math.min(pause * 1.3, SLOW_MS);
}

function soon() {
	pause = calm();
	clearTimeout(timer);
	timer = setTimeout(look, pause);
}
document.addEventListener('visibilitychange', () => {
	pause = calm();
	look();
});

// Sending: every form of the page but the upload
const doing = {
	wake: () => stage.moving('Waking it', 'bringing it back'),
	restore: () => stage.moving('Going back', 'bringing the variables of the snapshot back'),
};
const done = {
	delete: () => location.assign('/notebooks'),
	share: body => given(body.url, { view: 'To look at', app: 'To use as an app', edit: 'To edit' }[body.kind]),
	token: body => given(`${body.url}?access_token=${body.token}`, 'Your own'),
};

function fieldsOf(form, submitter) {
	const fields = Object.fromEntries(new FormData(form, submitter?.name ? submitter : undefined));
	if (fields.minutes !== undefined)
		fields.minutes = Number(fields.minutes);
	return fields;
}

async function act(form, submitter) {
	const action = new URL(form.action).pathname.slice(api.length + 1), before = submitter?.lastChild.textContent;
	const fields = fieldsOf(form, submitter);
	busy++;
	if (submitter) {
		submitter.disabled = true;
		if (form.dataset.busy)
			submitter.lastChild.textContent = form.dataset.busy;
	}
	tell(problem, '');
	doing[action]?.();
	const reply = await send(form.action, fields);
	busy--;
	if (submitter) {
		submitter.disabled = false;
		submitter.lastChild.textContent = before;
	}
	if (reply.ok && action === 'delete')
		return done.delete();
	if (['sleep', 'restore', 'hold', 'rename'].includes(action) && !('visibility' in fields))
		all('.pop[open]').forEach(menu => { menu.open = false; });
	tell(problem, reply.words);
	if (reply.ok)
		done[action]?.(reply.body);
	await refresh(action === 'restore' || action === 'rename' && 'terminal' in fields);
	mark = null;
	soon();
}

document.addEventListener('submit', event => {
	if (event.defaultPrevented || !new URL(event.target.action).pathname.startsWith(`${api}/`))
		return;
	event.preventDefault();
	act(event.target, event.submitter);
});

async function rename(title) {
	const words = title.trim();
	if (!words || words === one('#title').textContent)
		return;
	const reply = await send(api, { title: words }, {}, 'PATCH');
	tell(problem, reply.words);
	if (reply.ok)
		await refresh();
}

// A link is shown once; so it does not stay in the address either.
function given(url, kind) {
	const field = one('#given-url');
	one('#given').hidden = false;
	one('#given-kind').textContent = kind;
	field.value = url;
	field.focus();
	field.select();
	one('#given').scrollIntoView({ block: 'nearest' });
}
if (location.search)
	history.replaceState(null, '', location.pathname);
document.addEventListener('click', event => {
	const button = event.target.closest('[data-copy]');
	if (button)
		copy(one(`#${button.dataset.copy}`).value, button);
});

closeMenus();
titleButton(rename);
notice();
filesMenu(data.id);
packagesMenu(data.id);
assistant(data.id, refresh);
timer = setTimeout(look, calm());
kernelPill(data, api);
