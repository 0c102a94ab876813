"""In the kernel's process: one allocation larger than all memory is a MemoryError.

Otherwise the kernel is killed and every variable is lost, or even the whole sandbox.  Many
small ones still end so: address space that is hardly touched has to be allowed, because the
libraries of the image take 1.9 GB of it for code and for the stacks of their threads.
"""

import resource
from pathlib import Path

LIBRARIES_KB = 2 << 20


def kilobytes(file: str, name: str) -> int:
    for line in Path(file).read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise LookupError(name)


def install() -> None:
    """gVisor's MemTotal is the limit of this sandbox."""
    space = LIBRARIES_KB + kilobytes("/proc/meminfo", "MemTotal")
    space += kilobytes("/proc/self/status", "VmSize")
    resource.setrlimit(resource.RLIMIT_AS, (space * 1024, space * 1024))
