"""The notebook's file, when a kernel was brought back from an earlier time: it knows the cells of
then, and saving those would undo what was written since.  Only then: reading the file anew
costs the page its outputs."""

import asyncio
import time

from carrel import place

LOOK_SECS = 1
GONE_SECS = 3  # who did not get to look for so long was asleep


def mark():
    try:
        seen = place.NOTEBOOK.stat()
    except OSError:
        return None
    return (seen.st_mtime_ns, seen.st_size, seen.st_ino)


async def keep(kernel) -> None:
    before, looked = await asyncio.to_thread(mark), time.time()
    while True:
        await asyncio.sleep(LOOK_SECS)
        gone, looked = time.time() - looked > GONE_SECS, time.time()
        now = await asyncio.to_thread(mark)
        if now is None or now == before:
            continue
        before = now
        for session in kernel.living() if gone else ():
            try:
                await kernel.manager._handle_file_change(place.NOTEBOOK, session)
            except Exception as error:  # the next change may be better
                print(f"notebook.py was not read anew: {error!r}", flush=True)
