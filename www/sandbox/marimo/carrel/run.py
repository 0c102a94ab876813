"""Runs a piece of code in the kernel, in marimo's scratch copy of the notebook's names."""

import asyncio
import html
import math
import re
import time
from uuid import uuid4

from marimo._messaging.cell_output import CellChannel
from marimo._messaging.notification import CellNotification, CompletedRunNotification
from marimo._messaging.serde import deserialize_kernel_message
from marimo._runtime.commands import ExecuteScratchpadCommand
from marimo._runtime.scratch import SCRATCH_CELL_ID
from marimo._server.scratchpad import snapshot_for_scratchpad
from marimo._session.extensions.types import EventAwareExtension

from carrel.output import LIMIT, NOTE, Stream

GRACE_SECS = 5  # for code to end after it was interrupted
CHANNELS = {CellChannel.STDOUT: "stdout", CellChannel.STDERR: "stderr"}
OUTPUT_MAX = 1 << 20


BEGUN = ("begun", "")


class Listener(EventAwareExtension):
    """Collects what the run `run_id` says; None in the queue is its end."""

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self.run_id = run_id
        self.queue: asyncio.Queue = asyncio.Queue()
        self.output = None
        self.has_begun = False
        self.has_ended = False

    def on_notification_sent(self, session, notification) -> None:
        message = deserialize_kernel_message(notification)
        if isinstance(message, CompletedRunNotification):
            if message.run_id == self.run_id:
                self.has_ended = True
                self.queue.put_nowait(None)
        elif isinstance(message, CellNotification) and message.cell_id == SCRATCH_CELL_ID:
            self.take(session, message)

    def take(self, session, message: CellNotification) -> None:
        if message.status == "running" and not self.has_begun:
            self.has_begun = True
            self.queue.put_nowait(BEGUN)
        if message.output is not None:
            self.output = message.output
        console = message.console or []
        for part in console if isinstance(console, list) else [console]:
            name = CHANNELS.get(part.channel)
            if name:
                self.queue.put_nowait((name, plain(str(part.data), part.mimetype)))
        # marimo keeps all of it for later viewers, of which a scratch cell has none.
        view = session.session_view.cell_notifications.get(SCRATCH_CELL_ID)
        if view is not None:
            view.console = []

    def on_detach(self) -> None:
        super().on_detach()
        self.queue.put_nowait(None)


def plain(text: str, mimetype: str) -> str:
    """marimo draws tracebacks in HTML."""
    if mimetype != "application/vnd.marimo+traceback":
        return text
    return html.unescape(re.sub(r"<[^>]*>", "", text))


class Run:
    """One run: iterate over events(), then ask for result()."""

    def __init__(self, session, code: str, seconds: float, gone: asyncio.Future) -> None:
        self.session = session
        self.code = code
        self.seconds = seconds
        self.gone = gone
        self.listener = Listener(str(uuid4()))
        # Twice of what carrel.flood lets through: the server has its own limit.
        self.streams = {name: Stream(2 * LIMIT) for name in CHANNELS.values()}
        self.is_cut = False
        self.started = time.monotonic()
        self.problem: str | None = None

    async def events(self):
        async with self.session.scratchpad_lock:
            with self.session.scoped(self.listener):
                self.submit()
                async for name, text in self.follow():
                    self.is_cut |= bool(NOTE.search(text))
                    said = self.streams[name].take(text)
                    if said:
                        yield name, said
        for name, stream in self.streams.items():
            rest = stream.finish()
            if rest:
                yield name, rest

    def submit(self) -> None:
        cells, outputs = snapshot_for_scratchpad(self.session)
        command = ExecuteScratchpadCommand(
            code=self.code,
            request=None,
            notebook_cells=cells,
            cell_outputs=outputs,
            run_id=self.listener.run_id,
            allow_stdin=False,
        )
        self.session.put_control_request(command, from_consumer_id=None)

    async def follow(self):
        """What it says, until it ends; interrupts it when its time is over, or when nobody
        listens any more.  Its time begins when it does: before that, an interrupt would hit
        a cell of the notebook, or a kernel that is not ready for one and dies of it."""
        end = math.inf
        is_stopped = False
        while True:
            part = asyncio.ensure_future(self.listener.queue.get())
            has_begun = self.listener.has_begun
            waits = {part, self.gone} if has_begun and not is_stopped else {part}
            await asyncio.wait(
                waits, timeout=max(0, end - time.monotonic()) if has_begun else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not part.done():
                part.cancel()
            elif part.result() is None:
                return
            elif part.result() is BEGUN:
                end = time.monotonic() + self.seconds
            else:
                yield part.result()
            if is_stopped and time.monotonic() > end:
                self.problem += " It did not end when it was interrupted."
                return
            has_begun = self.listener.has_begun
            if has_begun and not is_stopped and (self.gone.done() or time.monotonic() > end):
                is_stopped = True
                self.problem = f"It was stopped after {self.seconds:g} s."
                self.session.try_interrupt()
                end = time.monotonic() + GRACE_SECS

    def result(self, last_death) -> dict:
        problem, output = self.problem, self.listener.output
        if not problem and not self.listener.has_ended:
            problem = f"The kernel ended. {last_death() or ''}".strip()
        if not problem and output and output.channel == CellChannel.MARIMO_ERROR:
            problem = "; ".join(describe(error) for error in output.data) or "It failed."
        shown = None
        is_cut = self.is_cut or any(s.left_out for s in self.streams.values())
        if not problem and output and output.channel == CellChannel.OUTPUT:
            shown, was_cut = show(output)
            is_cut |= was_cut
        return {
            "success": not problem,
            "output": shown,
            "error": problem,
            "truncated": is_cut,
            "took_ms": round((time.monotonic() - self.started) * 1000),
        }


def describe(error) -> str:
    kind, text = getattr(error, "exception_type", None), error.describe()
    return f"{kind}: {error.msg}" if kind and not error.msg.startswith(kind) else text


def show(output) -> tuple[dict | None, bool]:
    data = output.data
    if isinstance(data, dict):
        data = data.get("text/plain", data.get("text/html", str(data)))
    data = str(data)
    if not data:
        return None, False
    kept = data[:OUTPUT_MAX]
    return {"mimetype": str(output.mimetype), "data": kept}, len(kept) < len(data)
