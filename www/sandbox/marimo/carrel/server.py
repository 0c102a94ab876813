"""marimo's edit server, and beside it in the same process what Carrel adds: the tool server,
the door of the read-only app, the preview."""

import asyncio
import contextlib
import os

import uvicorn
from marimo._server.registry import LIFESPAN_REGISTRY

from carrel import again, browser, config, place, renew, spare, tracker
from carrel.app import Door
from carrel.kernel import Kernel
from carrel.preview import Preview
from carrel.tool import Tool

COMMAND = [
    "--yes", "edit", str(place.NOTEBOOK), "--headless", "--host", place.HOST,
    "--port", str(place.EDIT_PORT), "--no-token", "--no-skew-protection",
    "--skip-update-check", "--asset-url", place.ASSETS,
]
NOTHING = "import marimo\n\napp = marimo.App()\n"


class Beside(uvicorn.Server):
    """A second server in one process: signals are the first one's business."""

    def capture_signals(self):
        return contextlib.nullcontext()


async def tell_ready(*servers: uvicorn.Server) -> None:
    fd = int(os.environ.pop("CARREL_READY_FD", "-1"))
    while not all(server.started for server in servers):
        await asyncio.sleep(0.005)
    if fd >= 0:
        os.write(fd, b"ready\n")
        os.close(fd)


@contextlib.asynccontextmanager
async def beside(app):
    """A lifespan of marimo's own server, which runs our parts for as long as it lives."""
    app.state.html_head = config.page_head()
    preview = Preview()
    kernel = Kernel(app.state.session_manager, preview.mark)
    tool = Tool(kernel, os.environ.pop("CARREL_PACKAGES_ERROR", None))
    server = Beside(
        uvicorn.Config(
            tool.app, host=place.HOST, port=place.TOOL_PORT, log_level="error", lifespan="off"
        )
    )
    parts = [
        asyncio.create_task(part)
        for part in (
            server.serve(), Door().keep(), preview.keep(), renew.keep(kernel),
            again.keep(tool.set_packages_error),
            tell_ready(app.state.server, server),
        )
    ]
    try:
        yield
    finally:
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)


def main() -> None:
    from marimo._cli.cli import main as marimo

    browser.install()
    spare.install()
    tracker.install()
    if not place.NOTEBOOK.exists():
        # The golden sandbox: nobody's.
        place.NOTEBOOK.write_text(NOTHING)
        spare.begin()
    LIFESPAN_REGISTRY.register("carrel", beside)
    marimo(COMMAND, prog_name="marimo")
