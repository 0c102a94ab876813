// The title is renamed where it stands. rename: what sends the new one.
import { one } from './_site.js';

export function titleButton(rename) {
	const title = one('#title'), button = document.createElement('button');
	button.type = 'button';
	button.className = 'title-button';
	button.title = 'Rename';
	button.textContent = title.textContent;
	title.replaceChildren(button);
	button.addEventListener('click', () => {
		const input = document.createElement('input');
		Object.assign(input, { value: button.textContent, maxLength: 120, className: 'title-input' });
		input.setAttribute('aria-label', 'Title');
		title.replaceChildren(input);
		input.select();
		let over = false;
		const end = async keep => {
			if (over)
				return;
			over = true;
			title.replaceChildren(button);
			if (keep)
				await rename(input.value);
		};
		input.addEventListener('keydown', event => {
			if (event.key === 'Enter' || event.key === 'Escape')
				end(event.key === 'Enter').then(() => one('#title button')?.focus());
		});
		input.addEventListener('blur', () => end(true));
	});
}
