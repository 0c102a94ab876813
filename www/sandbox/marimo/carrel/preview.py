"""Keeps preview.html: the notebook with its last outputs, to be seen while it sleeps."""

import asyncio
import os

from carrel import export, place

QUIET_SECS = 1  # changes come in crowds
REST_SECS = 3  # between two previews


class Preview:
    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.session = None

    def mark(self, session) -> None:
        self.session = session
        self.changed.set()

    async def keep(self) -> None:
        while True:
            await self.changed.wait()
            await asyncio.sleep(QUIET_SECS)
            self.changed.clear()
            try:
                request = export.html_request(self.session, place.ASSETS)
                await asyncio.to_thread(write, request)
            except Exception as error:  # a preview is never worth a kernel
                print(f"preview.html was not made: {error!r}", flush=True)
            await asyncio.sleep(REST_SECS)


def write(request) -> None:
    text = export.render(request)
    new = place.PREVIEW.with_name(".preview.html.new")
    new.parent.mkdir(exist_ok=True)
    new.write_text(text)
    os.replace(new, place.PREVIEW)
