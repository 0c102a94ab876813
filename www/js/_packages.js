// The packages of a notebook: what its lock holds, and its requirements.txt, written as a file among its others.
import { one, tell } from './_site.js';
import { putText } from './_files.js';

const text = address => fetch(address).then(reply => reply.ok ? reply.text() : '').catch(() => '');

export function packagesMenu(id) {
	const menu = one('#packages'), wish = one('#wish'), form = one('#requirements'), field = one('textarea', form);
	const said = one('[role=status]', form);

	async function show() {
		const lock = await text(`/download/${id}/requirements.lock`);
		const names = [...lock.matchAll(/^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;\\]+)/gm)];
		one('#locked').replaceChildren(...names.map(([, name, version]) => {
			const item = document.createElement('li');
			item.className = 'chip';
			item.textContent = `${name} ${version}`;
			return item;
		}));
		one('#lock-count').textContent = names.length ? `${names.length} more installed` : '';
	}

	menu.addEventListener('toggle', () => menu.open && show());
	wish.addEventListener('toggle', async () => {
		if (wish.open && !field.value)
			field.value = await text(`/download/${id}/requirements.txt`);
	});
	form.addEventListener('submit', async event => {
		event.preventDefault();
		said.textContent = 'Saving…';
		const words = await putText(id, 'requirements.txt', field.value.trim() ? `${field.value.trim()}\n` : '');
		tell(said, words || 'Saved. Put it to sleep without its variables, or restart the kernel, to have it installed.');
	});
}
