// The files of a notebook: listed when the menu is opened, uploaded with their progress, downloaded, deleted.
import { one, send, tell } from './_site.js';

const units = ['KB', 'MB', 'GB', 'TB'];

export function size(bytes) {
	let n = bytes / 1024, unit = 0;
	while (n >= 1000 && unit < units.length - 1) {
		n /= 1024;
		unit++;
	}
	return `${unit && n < 10 && n % 1 >= .05 ? n.toFixed(1) : Math.ceil(n)} ${units[unit]}`;
}

const path = name => name.split('/').map(encodeURIComponent).join('/');
const fresh = id => one(id).content.firstElementChild.cloneNode(true);

// One file, sent so that its progress can be seen. Resolves to words where it did not arrive, else ''.
function put(id, file, name, progress, stop) {
	return new Promise(done => {
		const request = new XMLHttpRequest(), body = new FormData();
		body.append('file', file, name);
		request.open('POST', `/upload/${id}`);
		request.setRequestHeader('Accept', 'application/json');
		request.responseType = 'json';
		request.upload.addEventListener('progress', event =>
			event.lengthComputable && progress(event.loaded / event.total));
		request.addEventListener('load', () => done(request.status < 300 ? ''
			: request.response?.detail || `Carrel could not take this (${request.status}).`));
		request.addEventListener('error', () => done('Carrel cannot be reached. The file did not arrive; send it again when it is back.'));
		request.addEventListener('abort', () => done('Stopped. Nothing of it is kept.'));
		stop.addEventListener('click', () => request.abort());
		request.send(body);
	});
}

export async function putText(id, name, text) {
	return put(id, new Blob([text], { type: 'text/plain' }), name, () => {}, new EventTarget());
}

// What was dropped, with the folders that it stood in.
async function dropped(transfer) {
	const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
	const found = [];
	async function walk(entry, at) {
		if (entry.isFile)
			return found.push({ name: at + entry.name, file: await new Promise((good, bad) => entry.file(good, bad)) });
		const reader = entry.createReader();
		for (;;) {
			const some = await new Promise((good, bad) => reader.readEntries(good, bad));
			if (!some.length)
				return;
			for (const inner of some)
				await walk(inner, `${at}${entry.name}/`);
		}
	}
	if (!entries.length)
		return [...transfer.files].map(file => ({ name: file.name, file }));
	for (const entry of entries)
		await walk(entry, '');
	return found;
}

export function filesMenu(id) {
	const menu = one('#files'), form = one('#upload'), field = one('#upload-file'), list = one('#filelist');
	const problem = one('#files-problem'), api = `/workspaces/${id}/files`;
	let folder = '', asked = 0;

	function row(entry) {
		const item = fresh('#file-row'), link = one('.file-name', item), full = folder + entry.name;
		const ask = one('.sure', item);
		one('.sure .sr', item).textContent = `Delete ${entry.name}`;
		link.textContent = entry.name;
		link.title = entry.name;
		if (entry.type === 'folder') {
			one('.file-icon', item).replaceChildren(one('#folder-icon').content.cloneNode(true));
			link.href = '#files';
			link.addEventListener('click', event => {
				event.preventDefault();
				open(`${full}/`);
			});
		} else if (entry.type === 'file') {
			link.href = `/download/${id}/${path(full)}`;
			link.download = entry.name;
			one('.file-size', item).textContent = size(entry.size);
		}
		one('.alarm', item).textContent = entry.type === 'folder' ? 'Delete with all in it' : 'Delete';
		one('.alarm', item).addEventListener('click', async () => {
			const reply = await send(`${api}/${path(full)}${entry.type === 'folder' ? '?recursive=1' : ''}`, {}, {}, 'DELETE');
			tell(problem, reply.words);
			await show();
		});
		ask.addEventListener('toggle', () => ask.open && one('.alarm', ask).focus());
		return item;
	}

	function crumbs() {
		const parts = folder.split('/').filter(Boolean);
		one('#crumbs').replaceChildren(...(parts.length ? ['work', ...parts] : []).flatMap((name, i) => {
			if (i === parts.length)
				return [Object.assign(document.createElement('span'), { textContent: name })];
			const button = Object.assign(document.createElement('button'), { type: 'button', className: 'link', textContent: name });
			button.addEventListener('click', () => open(parts.slice(0, i).map(part => `${part}/`).join('')));
			return [button, '/'];
		}));
	}

	async function show() {
		const mine = ++asked;
		const reply = await fetch(api + (folder ? `?path=${encodeURIComponent(folder.slice(0, -1))}` : ''),
			{ headers: { Accept: 'application/json' } }).catch(() => null);
		const body = await reply?.json().catch(() => null);
		if (mine !== asked)
			return;
		if (!reply?.ok)
			return tell(problem, body?.detail || 'The files cannot be listed now. They are safe; try again in a moment.');
		body.files.sort((a, b) => (b.type === 'folder') - (a.type === 'folder') || a.name.localeCompare(b.name));
		list.replaceChildren(...body.files.map(row));
		if (body.more)
			list.append(Object.assign(document.createElement('li'), { className: 'small soft', textContent: 'There are more than can be listed here.' }));
		crumbs();
		const { used_bytes: used, limit_bytes: limit } = body.disk;
		one('#disk').value = limit ? Math.ceil(used * 100 / limit) : 0;
		one('#disk-words').textContent = `${size(used)} of ${size(limit)}`;
	}

	function open(where) {
		folder = where;
		tell(problem, '');
		return show();
	}

	async function take(items) {
		menu.open = true;
		tell(problem, '');
		for (const { name, file } of items) {
			const line = fresh('#upload-row'), bar = one('progress', line), amount = one('.file-size', line);
			one('.file-name', line).textContent = name;
			one('.sr', line).textContent = `Stop ${name}`;
			bar.setAttribute('aria-label', name);
			one('#uploads').append(line);
			amount.textContent = size(file.size);
			const words = await put(id, file, folder + name, part => { bar.value = part; }, one('button', line));
			if (!words) {
				line.remove();
				continue;
			}
			bar.remove();
			line.append(Object.assign(document.createElement('p'), { className: 'failed-words', textContent: words }));
			one('button', line).addEventListener('click', () => line.remove());
		}
		await show();
	}

	menu.addEventListener('toggle', () => menu.open && open(folder));
	field.addEventListener('change', async () => {
		const items = [...field.files].map(file => ({ name: file.webkitRelativePath || file.name, file }));
		field.value = '';
		await take(items);
	});
	form.addEventListener('submit', event => event.preventDefault());
	for (const kind of ['dragenter', 'dragover', 'dragleave', 'drop'])
		menu.addEventListener(kind, async event => {
			if (!event.dataTransfer.types.includes('Files'))
				return;
			event.preventDefault();
			menu.open = true;
			form.classList.toggle('over', kind === 'dragover' || kind === 'dragenter');
			if (kind === 'drop')
				await take(await dropped(event.dataTransfer));
		});
	return { take };
}
