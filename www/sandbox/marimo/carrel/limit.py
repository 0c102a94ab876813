"""In the kernel's process: a limit of memory a little below that of the sandbox.

What takes more than the sandbox may have ends all of it, the variables with it.  A process that
reaches a limit of its own gets a MemoryError in the cell that asked for too much, and goes on.
gVisor limits address space only, so what is reserved and hardly touched comes on top.
"""

import resource
from pathlib import Path

OTHERS_KB = 320 << 10  # marimo's server, and what runs the sandbox
UNTOUCHED_KB = 1100 << 10  # of a kernel with the image's libraries: 1.1 to 1.3 GB


def total_kilobytes() -> int:
    """gVisor's MemTotal is the limit of this sandbox."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1])
    raise LookupError("MemTotal")


def install() -> None:
    space = (max(total_kilobytes() - OTHERS_KB, OTHERS_KB) + UNTOUCHED_KB) * 1024
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
