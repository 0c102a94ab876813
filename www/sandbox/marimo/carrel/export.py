"""The notebook as a document, from what a session holds in memory."""

import re
from dataclasses import replace

from marimo._convert.common.filename import get_download_filename
from marimo._export.exporter import Exporter, export_markdown, export_script
from marimo._export.requests import (
    HTMLExportRequest,
    IPYNBExportRequest,
    MarkdownExportRequest,
    ScriptExportRequest,
)
from marimo._export.serialization import serialize_notebook_snapshot
from marimo._schemas.export_options import (
    HTMLExportOptions,
    IPYNBExportOptions,
    MarkdownExportOptions,
)
from marimo._session.types import Session


def files_shown(snapshot) -> tuple[str, ...]:
    """The files in the kernel's memory that outputs name: charts fetch their data from one.
    A page that has no kernel has to bring them along."""
    return tuple(sorted(set(re.findall(r"/@file/\d+-[\w.-]+", str(snapshot)))))


def html_request(session: Session, asset_url: str | None = None) -> HTMLExportRequest:
    """Everything the page needs, copied: rendering may take place in another thread.
    asset_url None: marimo's public one, so that the file works anywhere."""
    files, config = session.app_file_manager, session.config_manager.get_config()
    snapshot = serialize_notebook_snapshot(
        files.app,
        session.session_view,
        drop_virtual_file_outputs=False,
        include_model_notifications=True,
    )
    return HTMLExportRequest(
        filename=files.filename,
        app_code=files.app.to_py(),
        app_config=files.app.config,
        snapshot=snapshot,
        display_config=config["display"],
        options=HTMLExportOptions(
            files=files_shown(snapshot), include_code=True, asset_url=asset_url
        ),
        layout=files.read_layout_config(),
        sharing_config=config.get("sharing"),
    )


def render(request: HTMLExportRequest) -> str:
    return Exporter().export_as_html(request)[0]


def as_html(session: Session) -> str:
    return render(html_request(session))


def as_ipynb(session: Session) -> str:
    return Exporter().export_as_ipynb(
        IPYNBExportRequest(
            app=session.app_file_manager.app,
            options=IPYNBExportOptions(sort_mode="top-down"),
            session_view=session.session_view,
        )
    )


def as_script(session: Session) -> str:
    files = session.app_file_manager
    notebook = replace(files.app.to_ir(), filename=files.filename)
    return export_script(ScriptExportRequest(notebook=notebook)).text


def as_markdown(session: Session) -> str:
    files = session.app_file_manager
    options = MarkdownExportOptions(filename=files.filename, source_filename=files.filename)
    return export_markdown(
        MarkdownExportRequest(notebook=files.app.to_ir(), options=options)
    ).text


# What the last part of the address names: how it is made, its type, the end of its name.
FORMATS = {
    "html": (as_html, "text/html; charset=utf-8", "html"),
    "ipynb": (as_ipynb, "application/x-ipynb+json", "ipynb"),
    "script": (as_script, "text/x-python; charset=utf-8", "script.py"),
    "markdown": (as_markdown, "text/markdown; charset=utf-8", "md"),
}


def download_name(session: Session, end: str) -> str:
    return get_download_filename(session.app_file_manager.filename, end)
