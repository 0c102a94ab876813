"""Several browsers at one notebook: marimo lets one of them edit, the others look on.

Whoever comes while there is an editor becomes a reader.  A tab that was closed or loaded again
counts as the editor until a write to it fails, because web servers look for the end of a
client only when they have something for it; some need a second write.
"""

import asyncio

from marimo._messaging.notebook import CreateCell
from marimo._messaging.serde import deserialize_kernel_message, serialize_kernel_message
from marimo._server.api.endpoints.ws.sse_handler import SSESessionHandler, _Signal
from marimo._server.api.endpoints.ws.ws_session_connector import SessionConnector

KEEP_ALIVE_SECS = 2.0  # marimo's own, 20, is for proxies that end what is silent
KEEP_ALIVE = "heartbeat_seconds"
ASK_SECS = 0.6  # for an editor that left to be missed, when somebody else comes
ASK_EVERY_SECS = 0.1


def check() -> None:
    """That marimo still has what we set here.  Run when the image is built."""
    if KEEP_ALIVE not in (SSESessionHandler.__init__.__kwdefaults__ or {}):
        raise LookupError(f"marimo's SSESessionHandler has no {KEEP_ALIVE} any more")
    if not asyncio.iscoroutinefunction(getattr(SessionConnector, "connect", None)):
        raise LookupError("marimo's SessionConnector has no connect any more")


def install() -> None:
    check()
    SSESessionHandler.__init__.__kwdefaults__[KEEP_ALIVE] = KEEP_ALIVE_SECS
    connect = SessionConnector.connect

    async def ask_and_connect(self):
        params = self.params
        session = self.manager.get_session_by_file_key(params.file_key)
        if session and not params.kiosk:
            await ask_editor(session.room, params.session_id)
        return await connect(self)

    SessionConnector.connect = ask_and_connect


async def ask_editor(room, newcomer: str) -> None:
    """Returns when the editor is gone, or has had the time to be missed."""
    editor = room.main_consumer
    if not isinstance(editor, SSESessionHandler) or editor.consumer_id == newcomer:
        return
    loop = asyncio.get_running_loop()
    end = loop.time() + ASK_SECS
    while room.main_consumer is editor and loop.time() < end:
        editor._queue.put_nowait(_Signal.HEARTBEAT)
        await asyncio.sleep(ASK_EVERY_SECS)


def show_early_outputs(session, notification) -> None:
    """marimo's page has a new cell run at once, and tells of the cell itself a moment later.
    Readers drop what comes of a cell that they do not know, so they get it once more."""
    changes = deserialize_kernel_message(notification).transaction.changes
    cells = [change.cell_id for change in changes if isinstance(change, CreateCell)]
    if cells:
        # Not before all of them have the cell.
        asyncio.get_running_loop().call_soon(show_again, session, cells)


def show_again(session, cells: list) -> None:
    known = session.session_view.cell_notifications
    said = [serialize_kernel_message(known[cell]) for cell in cells if cell in known]
    for state in list(session.room.consumers.values()):
        reader = state.consumer
        if isinstance(reader, SSESessionHandler) and reader is not session.room.main_consumer:
            for message in said:
                reader.notify(message)
