// The first page: an example fills the field, the form is sent without losing the words when it is refused.
import { all, composer, freshKey, one, send, tell } from './_site.js';

const form = one('.composer'), problem = one('#problem'), button = one('[type=submit]', form);
const field = composer(form, problem);
let sent = { body: '', key: '' };

function busy(on) {
	button.disabled = on;
	button.textContent = on ? 'Building…' : 'Build it';
}

form.addEventListener('submit', async event => {
	event.preventDefault();
	const fields = field.fields();
	if (!fields.prompt || button.disabled)
		return field.text.focus();
	const body = `${fields.prompt}\n${fields.image?.name}`;
	if (sent.body !== body)
		sent = { body, key: freshKey() };
	busy(true);
	tell(problem, '');
	const reply = await send(form.action, fields, { 'Idempotency-Key': sent.key });
	if (reply.ok)
		return location.assign(`/app/${reply.body.app_id}`);
	busy(false);
	if (reply.status)
		sent = { body: '', key: '' };
	tell(problem, reply.words);
	field.text.focus();
});

for (const link of all('.examples a'))
	link.addEventListener('click', event => {
		event.preventDefault();
		field.text.value = new URL(link.href).searchParams.get('prompt');
		field.text.focus();
	});

// Coming back with the browser's button shows the page as it was left: with the button at rest.
addEventListener('pageshow', () => busy(false));
