"""A clone of the golden sandbox: this process began in that one, over files that were nobody's,
and goes on in another, over those of a workspace.  The guest says so here, once it has written
the workspace's first files, and waits until all is ready for them."""

import asyncio
from pathlib import Path

from carrel import environment, packages, spare

SOCKET = Path("/tmp/home/again.sock")


def prepare() -> str | None:
    spare.renew()
    environment.make()
    return packages.install_declared()


async def keep(prepared) -> None:
    """prepared: called with what went wrong with the packages, or None."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readline() == b"clone\n":
            prepared(await asyncio.to_thread(prepare))
            writer.write(b"ready\n")
            await writer.drain()
        writer.close()

    SOCKET.unlink(missing_ok=True)
    async with await asyncio.start_unix_server(answer, SOCKET) as server:
        await server.serve_forever()
