"""Where everything is inside the sandbox: paths, ports, and the variables that follow."""

import os
from pathlib import Path

WORK = Path("/work")
NOTEBOOK = WORK / "notebook.py"
PREVIEW = WORK / "__marimo__" / "preview.html"
LOCK = WORK / "requirements.lock"

ENV = Path("/env")
ENV_PYTHON = ENV / "bin" / "python"

BAKED = Path("/opt/marimo")
OURS = Path("/opt/carrel")
UV = BAKED / "bin" / "uv"
TAB = OURS / "carrel" / "tab.js"

HOST = "127.0.0.1"
EDIT_PORT = 2718
APP_PORT = 2719
TOOL_PORT = 2720
INDEX = "http://127.0.0.1:3128/pypi/simple/"

# The web server answers below this itself, see runner/carreld/web.c.
ASSETS = "/__carrel/marimo/{version}"


def site_packages(root: Path) -> Path:
    import sys

    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return root / "lib" / version / "site-packages"


def variables() -> dict[str, str]:
    """What marimo, uv and the libraries of a notebook find in their environment."""
    home = Path(os.environ.get("HOME", "/tmp/home"))
    threads = str(min(4, os.cpu_count() or 1))
    return {
        "HOME": str(home),
        "PATH": f"{ENV}/bin:{OURS}/bin:{BAKED}/bin:/usr/local/bin:/usr/bin:/bin",
        "VIRTUAL_ENV": str(ENV),
        "MPLCONFIGDIR": str(home / ".cache" / "matplotlib"),
        "MARIMO_SERVER_TRANSPORT": "sse",
        "MARIMO_SKIP_UPDATE_CHECK": "1",
        "UV_DEFAULT_INDEX": INDEX,
        "UV_CACHE_DIR": str(ENV / ".cache"),
        "UV_CONSTRAINT": str(OURS / "protected.txt"),
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_MANAGED_PYTHON": "1",
        "UV_USE_IO_URING": "0",
        "UV_CONCURRENT_DOWNLOADS": "4",
        "UV_CONCURRENT_INSTALLS": "2",
        "RAYON_NUM_THREADS": "2",
        "MALLOC_ARENA_MAX": "2",
        # A pool of threads for each core of the host would meet the limit of tasks.
        **{
            f"{library}_{word}": threads
            for library, word in (
                ("OMP", "NUM_THREADS"),
                ("OPENBLAS", "NUM_THREADS"),
                ("MKL", "NUM_THREADS"),
                ("NUMEXPR", "MAX_THREADS"),
                ("POLARS", "MAX_THREADS"),
                ("LOKY", "MAX_CPU_COUNT"),
            )
        },
    }
