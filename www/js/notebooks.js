// The list of notebooks: another choice is shown as soon as it is made, what changes elsewhere is seen, and making
// one does not lose the words when it is refused.
import { freshKey, one, send, tell } from './_site.js';

const finder = one('.finder'), form = one('#make'), problem = one('#problem');
let sent = { body: '', key: '' }, pause = 5000, timer = 0;

finder?.addEventListener('change', event => event.target.matches('select') && finder.requestSubmit());

form.addEventListener('submit', async event => {
	const button = event.submitter ?? one('.starter', form);
	const fields = { template: button.value };
	event.preventDefault();
	if (form.ariaBusy === 'true')
		return;
	for (const name of ['title', 'python'])
		if (form.elements[name].value.trim())
			fields[name] = form.elements[name].value;
	const body = JSON.stringify(fields);
	if (sent.body !== body)
		sent = { body, key: freshKey() };
	const words = one('.starter-words', button), before = words.textContent;
	form.ariaBusy = 'true';
	words.textContent = 'Making it…';
	tell(problem, '');
	const reply = await send(form.action, fields, { 'Idempotency-Key': sent.key });
	if (reply.ok)
		return location.assign(`/notebook/${reply.body.id}`);
	form.ariaBusy = 'false';
	words.textContent = before;
	if (reply.status)
		sent = { body: '', key: '' };
	if (reply.body.field === 'python')
		one('.maker-packages').open = true;
	tell(problem, reply.words);
	problem.scrollIntoView({ block: 'nearest' });
});
// Coming back with the browser's button shows the page as it was left.
addEventListener('pageshow', event => event.persisted && location.reload());

one('#new').addEventListener('toggle', event => event.target.open && form.elements.title.focus({ preventScroll: true }));

// What happens elsewhere: asked for now and then, less and less often, never while hidden.
async function look() {
	clearTimeout(timer);
	const list = one('#list');
	if (document.hidden || !list)
		return;
	const text = await fetch(location.href, { headers: { Accept: 'text/html' } })
		.then(reply => reply.ok ? reply.text() : '').catch(() => '');
	const next = text && one('#list', new DOMParser().parseFromString(text, 'text/html'));
	const moved = next && next.innerHTML !== list.innerHTML;
	pause = moved ? 5000 : Math.min(pause * 1.4, 60000);
	if (moved && !list.contains(document.activeElement))
		list.replaceChildren(...[...next.childNodes].map(node => document.importNode(node, true)));
	timer = setTimeout(look, pause);
}
document.addEventListener('visibilitychange', () => {
	pause = 5000;
	look();
});
timer = setTimeout(look, pause);
