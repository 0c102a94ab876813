// What several pages share: sending, reasons for failure, copying, and the prompt field.

export const one = (selector, from = document) => from.querySelector(selector);
export const all = (selector, from = document) => [...from.querySelectorAll(selector)];

// A fresh Idempotency-Key. randomUUID exists only in secure contexts, and a plain http address is not one.
export const freshKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)),
	byte => byte.toString(16).padStart(2, '0')).join('');

export function tell(element, words) {
	element.textContent = words;
	element.hidden = !words;
}

// Sends what a form holds, as JSON unless a picture goes with it. Answers {ok, status, body, words};
// words is a sentence for people when it did not work.
export async function send(url, fields, headers = {}, method = 'POST') {
	const init = { method, headers: { Accept: 'application/json', ...headers } };
	if (fields.image) {
		init.body = new FormData();
		for (const [name, value] of Object.entries(fields))
			init.body.append(name, value);
	} else {
		init.headers['Content-Type'] = 'application/json';
		init.body = JSON.stringify(fields);
	}
	let reply;
	try {
		reply = await fetch(url, init);
	} catch {
		return { ok: false, status: 0, body: {}, words: 'Carrel cannot be reached. Your words are still here; send them again when it is back.' };
	}
	const body = await reply.json().catch(() => ({}));
	const ok = reply.ok && body.status !== 'error';
	return { ok, status: reply.status, body, words: ok ? '' : reason(reply, body) };
}

function reason(reply, body) {
	const wait = Number(reply.headers.get('Retry-After'));
	const words = body.detail || body.message || `Carrel could not take this (${reply.status}).`;
	return wait > 0 && !/\d+ s/.test(words) ? `${words} Try again in ${wait} s.` : words;
}

export async function copy(text, button) {
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		const area = document.createElement('textarea');
		area.value = text;
		area.className = 'sr';
		document.body.append(area);
		area.select();
		document.execCommand('copy');
		area.remove();
		button.focus();
	}
	const words = button.lastChild;
	const before = words.textContent;
	if (before.trim() === 'Copied')
		return;
	words.textContent = before.startsWith(' ') ? ' Copied' : 'Copied';
	setTimeout(() => { words.textContent = before; }, 1600);
}

// The prompt field: Enter sends, Shift+Enter breaks the line, a picture can be pasted, dropped or chosen.
export function composer(form, problem) {
	const text = one('textarea', form), file = one('input[type=file]', form), thumb = one('.thumb', form);
	const picture = one('img', thumb);

	function show() {
		const image = file.files[0];
		if (picture.src)
			URL.revokeObjectURL(picture.src);
		thumb.hidden = !image;
		if (!image)
			return picture.removeAttribute('src');
		picture.src = URL.createObjectURL(image);
		one('.thumb-name', thumb).textContent = image.name;
	}
	function take(files) {
		const image = files[0];
		if (!image)
			return;
		const known = file.accept.split(',').includes(image.type);
		tell(problem, !known ? 'This file is not a picture that can be sent. PNG, JPEG, WebP and GIF can.'
			: image.size > 5 << 20 ? 'This picture is larger than 5 MB. A smaller one can be sent.' : '');
		if (!problem.hidden) {
			file.value = '';
		} else if (file.files !== files) {
			const holder = new DataTransfer();
			holder.items.add(image);
			file.files = holder.files;
		}
		show();
	}

	text.addEventListener('keydown', event => {
		if (event.key !== 'Enter' || event.shiftKey || event.isComposing)
			return;
		event.preventDefault();
		form.requestSubmit();
	});
	text.addEventListener('paste', event => {
		if (event.clipboardData.files.length) {
			event.preventDefault();
			take(event.clipboardData.files);
		}
	});
	for (const kind of ['dragover', 'dragleave', 'drop'])
		form.addEventListener(kind, event => {
			if (!event.dataTransfer.types.includes('Files'))
				return;
			event.preventDefault();
			form.classList.toggle('drop', kind === 'dragover');
			if (kind === 'drop')
				take(event.dataTransfer.files);
		});
	file.addEventListener('change', () => take(file.files));
	one('[data-remove-image]', form).addEventListener('click', () => {
		file.value = '';
		show();
		text.focus();
	});
	return {
		text,
		fields() {
			const fields = { [text.name]: text.value.trim() };
			if (file.files[0])
				fields.image = file.files[0];
			return fields;
		},
		clear(words = '') {
			text.value = words;
			file.value = '';
			show();
		},
	};
}
