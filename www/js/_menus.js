// Menus close when one looks elsewhere.
import { all, one } from './_site.js';

export function closeMenus() {
	for (const menu of all('.pop'))
		menu.addEventListener('toggle', () => {
			if (menu.open)
				all('.pop[open]').filter(other => other !== menu).forEach(other => { other.open = false; });
		});
	addEventListener('pointerdown', event => {
		all('.pop[open]').filter(menu => !menu.contains(event.target)).forEach(menu => { menu.open = false; });
	});
	addEventListener('keydown', event => {
		const menu = one('.pop[open]');
		if (event.key !== 'Escape' || !menu)
			return;
		menu.open = false;
		one('summary', menu).focus();
	});
	// A click in the preview does not reach this page; that the frame took the focus does.
	addEventListener('blur', () => {
		if (document.activeElement?.tagName === 'IFRAME')
			all('.pop[open]').forEach(menu => { menu.open = false; });
	});
}
