"""The notebook as a read-only app: marimo's run mode, in a process of its own.

`Door` listens in the edit server's process and starts it at the first connection; run as a
program, this is that process.  It ends when nobody has used it for a while.
"""

import asyncio
import os
import socket
import sys
import time

from carrel import config, place

IDLE_SECS = 600
PAUSE_SECS = 3  # after it failed, before it is tried again


def listen(port: int) -> socket.socket:
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind((place.HOST, port))
    door.listen(128)
    door.setblocking(False)
    return door


class Door:
    def __init__(self) -> None:
        self.socket = listen(place.APP_PORT)

    async def keep(self) -> None:
        try:
            while True:
                await self.knock()
                status = await self.serve()
                if status != 0:
                    print(f"the app ended with status {status}", flush=True)
                    await asyncio.sleep(PAUSE_SECS)
        finally:
            self.socket.close()

    async def knock(self) -> None:
        """Returns when somebody has connected; whom the app accepts, not we."""
        loop, came = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.socket, came.set)
        try:
            await came.wait()
        finally:
            loop.remove_reader(self.socket)

    async def serve(self) -> int:
        fd = self.socket.fileno()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "carrel.app", str(fd),
            stdin=asyncio.subprocess.DEVNULL, pass_fds=[fd],
        )
        try:
            return await process.wait()
        except asyncio.CancelledError:
            process.terminate()
            raise


def build():
    import marimo

    builder = marimo.create_asgi_app(
        quiet=True, asset_url=place.ASSETS, html_head=config.page_head()
    )
    return builder.with_app(path="/", root=str(place.NOTEBOOK)).build()


async def run(fd: int) -> None:
    import uvicorn

    used = time.monotonic()
    app = build()

    async def counted(scope, receive, send) -> None:
        nonlocal used
        try:
            await app(scope, receive, send)
        finally:
            used = time.monotonic()

    server = uvicorn.Server(uvicorn.Config(counted, log_level="error", ws_ping_interval=20))
    serving = asyncio.create_task(server.serve(sockets=[socket.socket(fileno=fd)]))
    while not serving.done():
        await asyncio.wait([serving], timeout=IDLE_SECS / 10)
        is_idle = not server.server_state.tasks
        if is_idle and time.monotonic() - used > IDLE_SECS:
            server.should_exit = True
    await serving


if __name__ == "__main__":
    os.chdir(place.WORK)
    asyncio.run(run(int(sys.argv[1])))
