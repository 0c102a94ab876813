"""Kernels that begin with the packages for data imported: in a golden sandbox, of which others
are clones, one process imports them, and each kernel of a clone is forked from it.

Without it, as in a sandbox that was started from nothing, and where the workspace has packages
of its own, which may be other versions of the same, a kernel is a process of its own as ever.
"""

import multiprocessing
import sys
from multiprocessing import forkserver

from carrel import place

# What most notebooks import first.  None may have begun a thread that a fork would lose.
PRELOAD = [
    "marimo._runtime.runtime", "marimo._output.formatters.formatters", "numpy", "pandas",
    "pyarrow", "polars", "altair", "matplotlib.pyplot", "carrel.flood", "carrel.limit",
]
is_warm = False


def begin() -> None:
    """Returns when the process has imported all: it answers only then."""
    global is_warm
    forkserver.set_forkserver_preload(PRELOAD)
    first = multiprocessing.get_context("forkserver").Process(target=int)
    first.start()
    first.join()
    is_warm = first.exitcode == 0


def context(method: str):
    """In place of multiprocessing.get_context where marimo starts a kernel."""
    is_usable = is_warm and method == "spawn" and not place.LOCK.exists()
    return multiprocessing.get_context("forkserver" if is_usable else method)


def install() -> None:
    from marimo._session.managers import kernel

    kernel.get_context = context


def renew() -> None:
    """In a kernel's process that was forked: what would be drawn in every other one too.
    Python's own generators see to that themselves."""
    numpy = sys.modules.get("numpy")
    if numpy:
        numpy.random.seed()
