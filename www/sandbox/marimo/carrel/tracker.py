"""Python's resource tracker is a process that removes what dead processes of multiprocessing have
left in /dev/shm.  It would do so when marimo's server and every kernel have ended: in a sandbox
that is when all of it ends, /dev/shm too.  So nobody listens to what it would be told, and a
notebook saves 8 MB, and starting that process before its first kernel.
"""

import os
from multiprocessing import resource_tracker


def install() -> None:
    resource_tracker._resource_tracker._fd = os.open(os.devnull, os.O_WRONLY)
