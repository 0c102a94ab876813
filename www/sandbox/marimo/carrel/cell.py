"""Puts a cell into the notebook, so that whoever has it open in a browser sees it at once."""

import copy
from asyncio import to_thread

from marimo._ast.cell import CellConfig
from marimo._ast.cell_id import CellIdGenerator
from marimo._messaging.notebook import CreateCell, Transaction
from marimo._messaging.notification import NotebookDocumentTransactionNotification
from marimo._runtime.commands import ExecuteCellsCommand


def new_id(document) -> str:
    ids = CellIdGenerator()
    ids.seen_ids.update(document.cell_ids)
    return ids.create_cell_id()


async def save(session) -> None:
    """As marimo does itself for cells that come from the kernel."""
    files = session.app_file_manager
    name, generation = files.capture_autosave_target()
    cells = copy.deepcopy(session.document.cells)
    await to_thread(
        files.save_from_cells, cells, expected_filename=name, expected_generation=generation
    )


def add(session, code: str, after: str | None, is_run: bool) -> str:
    """Behind the cell `after`, which must be there, or at the end.  Its id."""
    document = session.document
    cell = new_id(document)
    after = after or (document.cell_ids[-1] if document.cell_ids else None)
    change = CreateCell(cell_id=cell, code=code, name="_", config=CellConfig(), after=after)
    applied = document.apply(Transaction(changes=(change,), source="host"))
    session.notify(
        NotebookDocumentTransactionNotification(transaction=applied), from_consumer_id=None
    )
    if is_run:
        # The kernel hears of a cell with the run that first carries it.
        session.put_control_request(
            ExecuteCellsCommand(cell_ids=[cell], codes=[code]), from_consumer_id=None
        )
    return cell
