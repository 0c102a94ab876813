"""marimo's settings: what they are when nobody has changed them yet."""

import os
from pathlib import Path

from carrel import place

# Nothing here may need the internet; models are Carrel's business, not marimo's.
SETTINGS = """\
[package_management]
manager = "uv"

[runtime]
auto_instantiate = true

[save]
autosave = "after_delay"
autosave_delay = 1000
format_on_save = false

[display]
theme = "system"

[completion]
activate_on_typing = true
copilot = false

[ai]
enabled = false
allow_provider_config = false

[sharing]
html = false
wasm = false
molab = false

[server]
transport = "sse"
"""


def write() -> None:
    folder = Path(os.environ["HOME"]) / ".config" / "marimo"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "marimo.toml").write_text(SETTINGS)


def page_head() -> str:
    """What marimo's pages get of ours."""
    return f"<script>{place.TAB.read_text()}</script>"
