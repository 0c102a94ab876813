"""In the kernel's process: what a cell prints is limited before it is sent.

Each message passes through the server's only thread several times, so a cell that prints a
gigabyte would keep everybody waiting for minutes, its own interruption included.
"""

from marimo._messaging.context import execution_id_for
from marimo._messaging.streams import ThreadSafeStderr, ThreadSafeStdout, ThreadSafeStream
from marimo._runtime.scratch import SCRATCH_CELL_ID

from carrel.output import LIMIT, Stream

CELL_LIMIT = 4 << 20


class Gauge:
    """What one of the two streams has said in the cell that runs."""

    def __init__(self, writer, write) -> None:
        self.writer, self.write = writer, write
        self.execution, self.stream = None, Stream()

    def take(self, text: str, mimetype: str) -> None:
        cell = self.writer._stream.cell_id
        execution = cell, execution_id_for(cell)
        if execution != self.execution:
            self.finish()
            self.execution = execution
            self.begin()
        said = self.stream.take(text) if mimetype == "text/plain" else text
        if said:
            self.write(self.writer, said, mimetype)

    def begin(self) -> None:
        cell = self.writer._stream.cell_id
        self.stream = Stream(LIMIT if cell == SCRATCH_CELL_ID else CELL_LIMIT)

    def finish(self) -> None:
        rest = self.stream.finish()
        self.begin()
        if rest:
            self.write(self.writer, rest, "text/plain")


def gauge_of(writer, write) -> Gauge:
    gauges = writer._stream.__dict__.setdefault("carrel_gauges", {})
    return gauges.setdefault(id(writer), Gauge(writer, write))


def install() -> None:
    for kind in (ThreadSafeStdout, ThreadSafeStderr):
        limit(kind)
    flush_console = ThreadSafeStream.flush_console

    def finish_and_flush(self) -> None:
        """Called when a cell has ended, and before it shows something else."""
        for gauge in list(self.__dict__.get("carrel_gauges", {}).values()):
            if gauge.stream.tail:
                gauge.finish()
        flush_console(self)

    ThreadSafeStream.flush_console = finish_and_flush


def limit(kind) -> None:
    write, flush = kind._write_with_mimetype, kind.flush

    def take(self, data, mimetype):
        if not isinstance(data, str):
            return write(self, data, mimetype)
        gauge_of(self, write).take(data, mimetype)
        return len(data)

    def flush_unless_flooded(self) -> None:
        if not gauge_of(self, write).stream.tail:
            flush(self)

    kind._write_with_mimetype, kind.flush = take, flush_unless_flooded
