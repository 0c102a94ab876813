// The assistant of a notebook: what is asked of it is sent, and what it does is shown while it does it. When it has ended, the
// page that the server makes says it once more, in full.
import { all, one, send, tell } from './_site.js';

const WORDS = {
	queued: detail => detail || 'waiting in line…',
	reading: () => 'looking at the notebook…',
	writing: detail => detail ? `writing, ${detail}…` : 'writing…',
	running: detail => `running ${detail}…`,
};
const NUMBERS = ['steps', 'tokens'];
const FENCE = /^```\w*$\n?/gm;

export function assistant(id, refresh) {
	const panel = one('#assistant'), now = one('#assist-now'), problem = one('#assist-problem');
	const dismissed = new Set();
	let source = null, following = '', text = '', steps = new Map(), words = '', budget = '', drawn = false;

	// Tabs: one of the two forms is shown
	const tabs = all('[role=tab]', panel);
	function choose(tab, focus = true) {
		for (const other of tabs) {
			const chosen = other === tab;
			other.ariaSelected = String(chosen);
			other.tabIndex = chosen ? 0 : -1;
			one(`#${other.getAttribute('aria-controls')}`).hidden = !chosen;
		}
		if (focus)
			tab.focus();
	}
	for (const tab of tabs) {
		tab.addEventListener('click', () => choose(tab));
		tab.addEventListener('keydown', event => {
			if (['ArrowLeft', 'ArrowRight'].includes(event.key))
				choose(tabs[1 - tabs.indexOf(tab)]);
		});
	}
	choose(tabs[0], false);

	// What it does, as it comes
	function stepItem(step) {
		const item = document.createElement('li'), fold = document.createElement('details'), head = document.createElement('summary');
		fold.className = 'fold line-fold';
		head.textContent = `Step ${step.n}${step.success === false ? ' failed' : ''}`;
		item.classList.toggle('failed', step.success === false);
		fold.append(head, boxed(step.code));
		item.append(fold);
		if (step.output)
			item.append(boxed(step.output, 'step-output'));
		return item;
	}
	function boxed(value, extra = '') {
		const pre = document.createElement('pre');
		pre.className = `boxed ${extra}`;
		pre.tabIndex = 0;
		pre.textContent = value;
		return pre;
	}
	function draw() {
		drawn = false;
		const place = one(`[data-assist="${following}"]`, now);
		if (!place || !following)
			return;
		const list = one('.assist-steps', place), open = [...list.children].map(item => one('details', item).open);
		list.replaceChildren(...[...steps.values()].map(stepItem));
		[...list.children].forEach((item, i) => { one('details', item).open = !!open[i]; });
		const live = one('.assist-live', place);
		live.hidden = !text;
		live.textContent = text.replace(FENCE, '');
		live.scrollTop = live.scrollHeight;
		one('.assist-state', place).textContent = words;
		one('.assist-budget', place).textContent = budget;
	}
	function soon() {
		if (!drawn)
			document.hidden ? setTimeout(draw, 250) : requestAnimationFrame(draw);
		drawn = true;
	}
	const on = (name, act) => source.addEventListener(name, event => {
		act(JSON.parse(event.data));
		soon();
	});
	function follow(assist) {
		stop();
		following = assist;
		text = words = budget = '';
		steps = new Map();
		source = new EventSource(`/workspaces/${id}/assists/${assist}/events`);
		on('phase', ({ phase, detail }) => {
			if (phase === 'writing' && !detail)
				text = '';
			words = (WORDS[phase] || (() => phase))(detail);
		});
		on('token', token => { text += token.text; });
		on('step', step => {
			steps.set(step.n, step);
			text = '';
		});
		on('budget', b => {
			budget = b.steps_max ? `${b.steps} of ${b.steps_max} steps · ${b.tokens} of ${b.tokens_max} tokens` : `${b.tokens} tokens`;
		});
		on('done', end);
		source.addEventListener('error', event => !event.data && source?.readyState === EventSource.CLOSED && end());
	}
	function stop() {
		source?.close();
		source = null;
		following = '';
	}
	function end() {
		stop();
		refresh();
	}

	// The part was made anew by the server, or is so for the first time
	function settle() {
		const place = one('[data-assist]', now), assist = place?.dataset.assist;
		now.hidden = !place || dismissed.has(assist);
		if (!place || !('working' in place.dataset))
			return;
		if (assist === following)
			soon();
		else
			follow(assist);
	}
	new MutationObserver(settle).observe(now, { childList: true });
	settle();

	function dismiss(words) {
		dismissed.add(one('[data-assist]', now).dataset.assist);
		now.hidden = true;
		one('textarea', all('[role=tabpanel]', panel).find(form => !form.hidden)).focus();
		tell(problem, words);
	}

	panel.addEventListener('submit', async event => {
		const form = event.target, button = event.submitter, fields = Object.fromEntries(new FormData(form, button?.name ? button : undefined));
		const asks = form.getAttribute('role') === 'tabpanel';
		event.preventDefault();
		for (const name of NUMBERS)
			if (name in fields)
				fields[name] = Number(fields[name]);
		button && (button.disabled = true);
		tell(problem, '');
		const reply = await send(form.action, fields);
		button && (button.disabled = false);
		if (!reply.ok)
			return tell(problem, reply.words);
		if (form.action.endsWith('/accept'))
			return dismiss('');
		if (asks)
			one('textarea', form).value = '';
		await refresh();
	});
	panel.addEventListener('click', event => event.target.closest('[data-dismiss-assist]') && dismiss(''));
	panel.addEventListener('keydown', event => {
		if (event.key === 'Escape' && panel.open) {
			panel.open = false;
			one('summary', panel).focus();
		} else if (event.target.matches('textarea') && event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
			event.preventDefault();
			event.target.form.requestSubmit();
		}
	});
	panel.addEventListener('toggle', () => panel.open && one('textarea', all('[role=tabpanel]', panel).find(form => !form.hidden)).focus());
}
