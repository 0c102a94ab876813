"""The notebook's file, when somebody else has changed it: a kernel that was brought back from
an earlier time knows the cells of then, and saving those would undo what was written since."""

import asyncio

from carrel import place

LOOK_SECS = 1


def mark():
    try:
        seen = place.NOTEBOOK.stat()
    except OSError:
        return None
    return (seen.st_mtime_ns, seen.st_size, seen.st_ino)


async def keep(kernel) -> None:
    before = await asyncio.to_thread(mark)
    while True:
        await asyncio.sleep(LOOK_SECS)
        now = await asyncio.to_thread(mark)
        if now is None or now == before:
            continue
        before = now
        for session in kernel.living():
            try:  # what marimo wrote itself it knows, and leaves alone
                await kernel.manager._handle_file_change(place.NOTEBOOK, session)
            except Exception as error:  # the next change may be better
                print(f"notebook.py was not read anew: {error!r}", flush=True)
