// Keeps the figures of the admin's page fresh, unless somebody is about to use them.
const EVERY_MS = 5000;
const live = document.getElementById('live');

async function refresh() {
	if (document.hidden || live.contains(document.activeElement) || live.matches(':hover'))
		return;
	const reply = await fetch(location.href, { headers: { accept: 'text/html' } });
	if (!reply.ok)
		return;
	const page = new DOMParser().parseFromString(await reply.text(), 'text/html');
	const fresh = page.getElementById('live');
	if (fresh)
		live.replaceChildren(...fresh.children);
}

setInterval(() => refresh().catch(() => {}), EVERY_MS);
