// In marimo's page: whoever comes back to a tab whose notebook fell asleep meanwhile wakes it.  What the page asks for by itself wakes
// nobody, so it would say "Connecting" for ever.  Within the notebook's page on the control plane, that one tells and asks.
(() => {
	const ASK_EVERY_MS = 3000;
	let asked = -ASK_EVERY_MS;

	async function look() {
		if (document.visibilityState !== 'visible' || performance.now() - asked < ASK_EVERY_MS)
			return;
		asked = performance.now();
		const reply = await fetch(new URL('health', document.baseURI), { cache: 'no-store' }).catch(() => null);
		if (reply?.status === 503)
			location.reload();
	}

	if (window.top !== window)
		return;
	document.addEventListener('visibilitychange', look);
	for (const sign of ['focus', 'online', 'pointerdown', 'keydown'])
		window.addEventListener(sign, look, { capture: true, passive: true });
})();
