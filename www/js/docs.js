// The page about the API: commands can be copied, the contents follow the reader.
import { all, copy, one } from './_site.js';

for (const block of all('.curl')) {
	const holder = document.createElement('div'), button = document.createElement('button');
	holder.className = 'code-holder';
	button.type = 'button';
	button.textContent = 'Copy';
	button.addEventListener('click', () => copy(block.textContent, button));
	block.replaceWith(holder);
	holder.append(block, button);
}

const links = new Map(all('.docs-nav li li a').map(link => [link.hash.slice(1), link]));
const seen = new IntersectionObserver(entries => {
	const entry = entries.find(e => e.isIntersecting);
	if (!entry)
		return;
	for (const link of links.values())
		link.removeAttribute('aria-current');
	links.get(entry.target.id)?.setAttribute('aria-current', 'true');
}, { rootMargin: '0px 0px -70% 0px' });
for (const route of all('.route'))
	seen.observe(route);
if (matchMedia('(max-width: 860px)').matches)
	one('.docs-nav details').open = false;
