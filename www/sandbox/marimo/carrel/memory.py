"""The limit of a kernel's memory, a little below that of its sandbox.

What takes more than the sandbox may have ends all of it, the variables with it. A process that
reaches a limit of its own gets a MemoryError in the cell that asked for too much, and goes on.
gVisor limits address space only, so what a kernel reserves without using it comes on top.
"""

import resource

OTHERS = 320 << 20  # marimo's server, and what runs the sandbox
UNUSED = 1100 << 20  # measured of a kernel with the usual packages: 1.1 to 1.3 GB


def total():
    with open("/proc/meminfo") as lines:
        return int(next(lines).split()[1]) << 10


def install():
    limit = max(total() - OTHERS, OTHERS) + UNUSED
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
