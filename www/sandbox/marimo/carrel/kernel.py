"""The one door to marimo's sessions.  Everything that depends on marimo's inside, and may
change with its version, is here, in run.py, in browser.py and in export.py.
"""

from marimo._messaging.serde import try_deserialize_kernel_notification_name
from marimo._server.session_manager import SessionManager
from marimo._session.consumer import SessionConsumer
from marimo._session.events import SessionEventListener
from marimo._session.model import ConnectionState
from marimo._session.requests import InstantiateNotebookRequest
from marimo._session.types import KernelState, Session

from carrel import browser, death

WRITTEN = "notebook-document-transaction"
CHANGES = ("cell-op", WRITTEN, "update-cell-ids")


class Observer(SessionConsumer):
    """Sees what a session says.  Not its main consumer: a browser can become that."""

    consumer_id = "carrel"

    def __init__(self, kernel: "Kernel") -> None:
        self.kernel = kernel
        self.session: Session | None = None

    def on_attach(self, session, event_bus) -> None:
        self.session = session

    def on_detach(self) -> None:
        session, self.session = self.session, None
        # One that is closed on purpose is still alive when we hear of it.
        if session and session.kernel_state() is KernelState.STOPPED:
            self.kernel.died(session)

    def notify(self, notification) -> None:
        name = try_deserialize_kernel_notification_name(notification)
        if name in CHANGES:
            self.kernel.changed(self.session)
        if name == WRITTEN:
            browser.show_early_outputs(self.session, notification)

    def connection_state(self) -> ConnectionState:
        return ConnectionState.OPEN


class Opener(Observer):
    """Stands where a browser would while a session is opened without one."""

    consumer_id = "carrel-opener"

    def on_detach(self) -> None:
        pass

    def notify(self, notification) -> None:
        pass


class Kernel(SessionEventListener):
    """The kernel of the workspace's notebook, through marimo's session manager."""

    def __init__(self, manager: SessionManager, changed) -> None:
        self.manager = manager
        self.changed = changed
        self.deaths = 0
        self.last_death: str | None = None
        manager.event_bus.subscribe(self)

    async def on_session_created(self, session: Session) -> None:
        session.connect_consumer(Observer(self), main=False)

    def died(self, session: Session) -> None:
        info = session.kernel_exit_info()
        self.deaths += 1
        self.last_death = death.sentence(info.exitcode if info else None)

    def living(self) -> list[Session]:
        return [
            session
            for session in self.manager.sessions.values()
            if session.kernel_state() is KernelState.RUNNING
            and session.connection_state() is not ConnectionState.CLOSED
        ]

    def state(self) -> str:
        living = self.living()
        if not living:
            return "none"
        busy = any(
            cell.status in ("queued", "running")
            for session in living
            for cell in session.session_view.cell_notifications.values()
        )
        return "running" if busy else "idle"

    def connections(self) -> int:
        """Browsers that have the notebook open, those that only look on too."""
        ours = (Observer.consumer_id, Opener.consumer_id)
        return sum(
            consumer not in ours for session in self.living() for consumer in session.room.consumers
        )

    @property
    def file_key(self) -> str:
        return self.manager.workspace.get_unique_file_key()

    def current(self) -> Session | None:
        """The notebook's session, if its kernel lives."""
        session = self.manager.get_session_by_file_key(self.file_key)
        return session if session in self.living() else None

    async def open(self) -> Session:
        """The notebook's session; where there is none, a new one whose cells are run, and
        which the next browser takes over as it is."""
        name = "s_carrel"
        async with self.manager.connection_lock(name, self.file_key):
            session = self.current()
            if session:
                return session
            for key, other in list(self.manager.sessions.items()):
                if other.kernel_state() is KernelState.STOPPED:
                    self.manager.close_session(key)
            opener = Opener(self)
            session = await self.manager.create_session(
                name, opener, {}, self.file_key, auto_instantiate=False, main=False
            )
            session.disconnect_consumer(opener)
        session.instantiate(
            InstantiateNotebookRequest(object_ids=[], values=[], auto_run=True),
            http_request=None,
        )
        return session
