// The packages of a notebook: what its lock holds, and its requirements.txt, written as a file among its others and
// installed by the running notebook itself.
import { one, tell } from './_site.js';
import { putText } from './_files.js';

const INSTALL = `import subprocess
_done = subprocess.run(["/opt/carrel/bin/uv", "pip", "install", "--no-progress", "-r", "/work/requirements.txt"],
    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
print(_done.stdout)
if _done.returncode:
    raise SystemExit("It could not be installed.")`;

const text = address => fetch(address).then(reply => reply.ok ? reply.text() : '').catch(() => '');

// Runs code in the notebook; resolves to {printed, error}.
async function run(id, code) {
	const reply = await fetch(`/workspaces/${id}/run`, { method: 'POST', body: JSON.stringify({ code, timeout: 600 }),
		headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream' } }).catch(() => null);
	if (!reply)
		return { printed: '', error: 'Carrel cannot be reached.' };
	if (!reply.ok)
		return { printed: '', error: (await reply.json().catch(() => ({}))).detail || `Carrel could not do this (${reply.status}).` };
	const events = (await reply.text()).split('\n\n').map(event => ({ name: /^event: ?(.*)$/m.exec(event)?.[1],
		data: [...event.matchAll(/^data: ?(.*)$/gm)].map(line => line[1]).join('\n') })).filter(event => event.data);
	const said = events.map(event => ({ name: event.name, ...JSON.parse(event.data) }));
	const end = said.find(event => event.name === 'done');
	return { printed: said.filter(event => /^std/.test(event.name)).map(event => event.data).join(''),
		error: end?.success ? '' : end?.error || 'It ended before it was through.' };
}

export function packagesMenu(id) {
	const menu = one('#packages'), wish = one('#wish'), form = one('#requirements'), field = one('textarea', form);
	const said = one('[role=status]', form), printed = one('.installing', form), install = one('[data-install]', form);

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
		install.hidden = !!words || document.body.dataset.phase !== 'open';
		tell(said, words || (install.hidden ? 'Saved. It is installed when the notebook starts anew.' : 'Saved.'));
	});
	install.addEventListener('click', async () => {
		install.disabled = true;
		tell(printed, '');
		tell(said, 'Installing… This may take a minute.');
		const done = await run(id, INSTALL);
		install.disabled = false;
		tell(printed, done.printed.trim());
		tell(said, done.error || 'Installed. Import it in the notebook.');
		await show();
	});
}
