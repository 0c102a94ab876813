"""A kernel's process that was started ahead: it has imported what most notebooks begin with,
and waits to be told which kernel it is.

There is one in the golden sandbox, of which others are clones, so the first kernel of a clone
starts at once.  Forking each kernel from one that is kept would serve later ones too, but gVisor
copies 2 MB at the first write to each, so the second copy would cost as much as the first.

The process is an ordinary child of the server's, and what it is told is what multiprocessing
tells one that it spawns.
"""

import importlib
import io
import multiprocessing
import multiprocessing.util
import os
import random
import socket
import ssl
import subprocess
import sys
import tempfile
import uuid
from multiprocessing import forkserver, popen_forkserver, reduction, spawn
from multiprocessing.context import SpawnContext, SpawnProcess, set_spawning_popen

from carrel import place

PRELOAD = ["marimo._runtime.runtime", "carrel.flood", "carrel.limit", "pandas", "pyarrow"]
FDS_MAX = 64


class Popen(popen_forkserver.Popen):
    """Tells the spare process what to be; from then on it is one like any other."""

    def _launch(self, process_obj) -> None:
        told = io.BytesIO()
        set_spawning_popen(self)
        try:
            reduction.dump(spawn.get_preparation_data(process_obj._name), told)
            reduction.dump(process_obj, told)
        finally:
            set_spawning_popen(None)
        (theirs, ours), (self.sentinel, held) = os.pipe(), os.pipe()
        self.pid = waiting.tell(theirs, held, *self._fds)
        # Its end closes with us: it would notice.
        self.finalizer = multiprocessing.util.Finalize(
            self, multiprocessing.util.close_fds, (os.dup(ours), self.sentinel)
        )
        with open(ours, "wb") as file:
            file.write(told.getbuffer())
        os.close(theirs)
        os.close(held)

    def poll(self, flag=os.WNOHANG):
        return super(popen_forkserver.Popen, self).poll(flag)


class Process(SpawnProcess):
    @staticmethod
    def _Popen(process_obj):
        return Popen(process_obj)


class Context(SpawnContext):
    Process = Process


class Waiting:
    """The spare process, for as long as nobody has it."""

    def __init__(self) -> None:
        self.channel, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-m", "carrel.spare", str(theirs.fileno())]
        self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()])
        theirs.close()

    def is_usable(self) -> bool:
        return self.process.poll() is None

    def tell(self, *fds: int) -> int:
        """Gives it those descriptors, and its pid."""
        global waiting
        socket.send_fds(self.channel, [b"."], fds)
        self.channel.close()
        # It is reaped like any other kernel.
        self.process.returncode = 0
        waiting = None
        return self.process.pid


waiting: Waiting | None = None


def begin() -> None:
    """Returns once it has imported all."""
    global waiting
    spare = Waiting()
    if spare.channel.recv(1):
        waiting = spare


def context(method: str):
    """In place of multiprocessing.get_context where marimo starts a kernel.  Packages of the
    workspace's own may be other versions of what was imported."""
    if waiting and method == "spawn" and waiting.is_usable() and not place.LOCK.exists():
        return Context()
    return multiprocessing.get_context(method)


def install() -> None:
    from marimo._session.managers import kernel

    kernel.get_context = context


def renew() -> None:
    """What every clone would draw alike."""
    random.seed()
    ssl.RAND_add(os.urandom(48), 48)
    tempfile._name_sequence = None
    uuid._node = None
    numpy = sys.modules.get("numpy")
    if numpy:
        numpy.random.seed()


def wait(channel: socket.socket) -> int:
    for name in PRELOAD:
        importlib.import_module(name)
    channel.send(b".")
    said, fds, _, _ = socket.recv_fds(channel, 1, FDS_MAX)
    channel.close()
    if not said:
        return 0  # the server has ended
    data, held, *fds = fds
    os.set_inheritable(held, False)
    forkserver._forkserver._inherited_fds = fds
    renew()
    return spawn._main(data, os.dup(data))


if __name__ == "__main__":
    sys.exit(wait(socket.socket(fileno=int(sys.argv[1]))))
