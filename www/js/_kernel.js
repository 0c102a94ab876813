// What the kernel does now, and how many have the notebook open: beside its state, while the page is looked at.
import { one } from './_site.js';

const EVERY_MS = 3000;

function words({ kernel, connections, last_death: death }) {
	const parts = kernel === 'running' ? ['running a cell'] : kernel === 'none' && death ? [`the kernel is gone: ${death}`] : [];
	if (connections > 1)
		parts.push(`${connections} have it open`);
	return parts.join(' · ');
}

export function kernelPill(data, api) {
	const place = one('#kernel');
	async function look() {
		const now = document.hidden || data.sandbox !== 'running' ? {} : await fetch(`${api}/kernel`, { headers: { Accept: 'application/json' } })
			.then(reply => reply.ok ? reply.json() : {}).catch(() => ({}));
		const text = words(now);
		place.hidden = !text;
		if (one('span', place).textContent !== text)
			one('span', place).textContent = text;
		setTimeout(look, EVERY_MS);
	}
	look();
}
