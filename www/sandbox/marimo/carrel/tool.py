"""The tool server: what Carrel, and through it programs, ask of a notebook."""

import asyncio
import json
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from carrel import cell, export
from carrel.kernel import Kernel
from carrel.run import Run

CODE_MAX = 1 << 20
VALUE_MAX = 200
# Of a context: more than this no model is told, and no reader takes.
VARIABLES_MAX = 300
FRAMES_MAX = 100
COLUMNS_MAX = 3000  # of all frames
CELLS_MAX = 500
CELL_MAX = 20_000
SECONDS = range(1, 601)


def memory_bytes() -> int:
    """Of all processes in here: gVisor's meminfo is this sandbox's.  What is cached of the
    image's files is not theirs, though RSS has it."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    kilobytes = {name: int(rest.split()[0]) for name, _, rest in map(split_colon, lines)}
    used = kilobytes["MemTotal"] - kilobytes["MemFree"] - kilobytes["Cached"]
    return max(0, used) * 1024


def split_colon(line: str) -> tuple[str, str, str]:
    return line.partition(":")


def refuse(status: int, detail: str, field: str | None = None) -> JSONResponse:
    body = {"detail": detail}
    return JSONResponse({**body, "field": field} if field else body, status)


def event(name: str, data: dict) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


class Tool:
    def __init__(self, kernel: Kernel, packages_error: str | None) -> None:
        self.kernel = kernel
        self.packages_error = packages_error
        self.turn = asyncio.Lock()
        self.works: set[asyncio.Task] = set()
        self.app = Starlette(
            routes=[
                Route("/status", self.status),
                Route("/run", self.run, methods=["POST"]),
                Route("/cell", self.cell, methods=["POST"]),
                Route("/context", self.context),
                Route("/export/{format}", self.export),
            ]
        )

    def set_packages_error(self, error: str | None) -> None:
        self.packages_error = error

    async def status(self, request: Request) -> Response:
        return JSONResponse(
            {
                "kernel": self.kernel.state(),
                "connections": self.kernel.connections(),
                "sessions": len(self.kernel.living()),
                "memory_bytes": memory_bytes(),
                "packages_error": self.packages_error,
                "kernel_deaths": self.kernel.deaths,
                "last_death": self.kernel.last_death,
            }
        )

    async def run(self, request: Request) -> Response:
        try:
            body = json.loads(await request.body())
            code, seconds = body["code"], body.get("timeout", 60)
        except (ValueError, KeyError, TypeError, AttributeError, ClientDisconnect):
            return refuse(400, "This is not a JSON object with code.", "code")
        if not isinstance(code, str) or len(code) > CODE_MAX:
            return refuse(400, "code is a text of at most 1 MB.", "code")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            return refuse(400, "timeout is a number of seconds.", "timeout")
        if not SECONDS[0] <= seconds <= SECONDS[-1]:
            return refuse(400, "timeout is 1 to 600 seconds.", "timeout")
        return StreamingResponse(
            self.stream(request, code, seconds), media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )

    async def stream(self, request: Request, code: str, seconds: float):
        """The run itself is a task of its own: when the client goes, the server ends this
        here at once, but the next run must wait until that one has been interrupted."""
        gone = asyncio.ensure_future(disconnected(request))
        said: asyncio.Queue = asyncio.Queue()
        work = asyncio.create_task(self.work(said, gone, code, seconds))
        self.works.add(work)
        work.add_done_callback(self.works.discard)
        try:
            while (part := await said.get()) is not None:
                yield part
        finally:
            gone.cancel()

    async def work(self, said: asyncio.Queue, gone: asyncio.Future, code: str, seconds: float):
        try:
            async with self.turn:
                if gone.done():
                    return
                session = await self.kernel.open()
                run = Run(session, code, seconds, gone)
                async for name, text in run.events():
                    said.put_nowait(event(name, {"data": text}))
                said.put_nowait(event("done", run.result(lambda: self.kernel.last_death)))
        except Exception as error:
            took = {"truncated": False, "took_ms": 0}
            problem = f"The kernel could not be started: {error}"
            done = {"success": False, "output": None, "error": problem} | took
            said.put_nowait(event("done", done))
        finally:
            said.put_nowait(None)

    async def cell(self, request: Request) -> Response:
        try:
            body = json.loads(await request.body())
            code, is_run, after = body["code"], body.get("run", False), body.get("after")
        except (ValueError, KeyError, TypeError, AttributeError, ClientDisconnect):
            return refuse(400, "This is not a JSON object with code.", "code")
        if not isinstance(code, str) or not code.strip() or len(code) > CODE_MAX:
            return refuse(400, "code is a text of at most 1 MB.", "code")
        if not isinstance(is_run, bool):
            return refuse(400, "run is true or false.", "run")
        try:
            session = await self.kernel.open()
        except Exception as error:
            return refuse(503, f"The kernel could not be started: {error}")
        if after is not None and after not in session.document.cell_ids:
            return refuse(404, "There is no such cell.", "after")
        name = cell.add(session, code, after, is_run)
        try:
            await cell.save(session)
        except Exception as error:
            return refuse(507, f"The cell is there, but the notebook was not saved: {error}")
        return JSONResponse({"cell": name})

    async def context(self, request: Request) -> Response:
        session = self.kernel.current()
        if session is None:
            return JSONResponse({"variables": [], "frames": [], "cells": cells_of_file(self)})
        return JSONResponse(
            {
                "variables": variables(session.session_view),
                "frames": frames(session.session_view),
                "cells": cells(session.document.cells),
            }
        )

    async def export(self, request: Request) -> Response:
        found = export.FORMATS.get(request.path_params["format"])
        if not found:
            return refuse(404, "There is no such format.")
        make, kind, end = found
        session = await self.kernel.open()
        try:
            text = make(session)
        except Exception as error:
            return refuse(409, f"The notebook cannot be exported so: {error}")
        name = export.download_name(session, end).replace('"', "")
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(text, media_type=kind, headers=headers)


async def disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def variables(view) -> list[dict]:
    values = view.variable_values
    return [
        {
            "name": declared.name,
            "type": value.datatype if value else None,
            "value": (value.value or "")[:VALUE_MAX] if value else None,
        }
        for declared in view.variable_notifications.variables[:VARIABLES_MAX]
        for value in [values.get(declared.name)]
    ]


def frames(view) -> list[dict]:
    found, room = [], COLUMNS_MAX
    for table in view.datasets.tables[:FRAMES_MAX]:
        columns = table.columns[:room]
        room -= len(columns)
        found.append(
            {
                "name": table.variable_name or table.name,
                "rows": table.num_rows,
                "columns": [{"name": c.name, "type": c.external_type} for c in columns],
            }
        )
    return found


def cells(document) -> list[dict]:
    return [
        {"id": c.id, "name": c.name, "code": c.code[:CELL_MAX]} for c in document[:CELLS_MAX]
    ]


def cells_of_file(tool: Tool) -> list[dict]:
    files = tool.kernel.manager.app_manager(tool.kernel.file_key)
    return cells(files.app.cell_manager.document.cells)
