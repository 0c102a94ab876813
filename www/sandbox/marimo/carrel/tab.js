// In the head of marimo's page: what becomes of a tab that is left.
(() => {
	// Its stream ends with it.  Chromium keeps that of a page that was loaded again for seconds; as long, the old page would be the
	// editor, and the new one only look on.
	const fetch = window.fetch;
	let leaving = new AbortController();
	window.fetch = (what, options) => {
		const isStream = typeof what === 'string' && new URL(what, document.baseURI).pathname.endsWith('/sse');
		if (!isStream || !AbortSignal.any)
			return fetch(what, options);
		return fetch(what, { ...options, signal: AbortSignal.any([leaving.signal, options?.signal].filter(Boolean)) });
	};
	window.addEventListener('pagehide', () => leaving.abort());
	window.addEventListener('pageshow', (event) => {
		if (event.persisted)
			leaving = new AbortController();
	});

	// Whoever comes back to one whose notebook fell asleep meanwhile wakes it.  What the page asks for by itself wakes nobody, so it
	// would say "Connecting" for ever.  Within the notebook's page on the control plane, that one tells and asks.
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
