"""One sandbox in this process: moto's API with our parts in it, behind an HTTP server."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from botocore.exceptions import BotoCoreError, ClientError
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data

from sandbox import credentials, ecs, private, processes, rds
from sandbox.clients import Clients
from sandbox.credentials import Access, Credentials
from sandbox.gateway.authentication import Authentication
from sandbox.gateway.control import PREFIX, Control
from sandbox.gateway.crash import Trap
from sandbox.gateway.http_server import Server
from sandbox.gateway.moto_app import MotoApp
from sandbox.gateway.permissions import Permissions
from sandbox.gateway.recorder import Recorder
from sandbox.gateway.refusals import Refusals
from sandbox.own_project.scripts import Scripts, variables
from sandbox.policy import document
from sandbox.policy.account import LiveAccount
from sandbox.policy.authorizer import Authorizer
from sandbox.runtime import IMAGES, Runtime, Settings
from sandbox.seed import CLUSTER, DATABASE, QUEUE, seed, tiles
from sandbox.services import autoscaling, ec2, limits, moto_patches, sqs, ssm, sts
from sandbox.timing import Timing

# moto keeps its state in globals
_one_at_a_time = threading.Lock()


class Sandbox:
    """An AWS account on this machine, from ``start`` to ``stop``; also a context manager.

    Args:
        state_dir: folder of the files ``endpoint``, ``credentials`` and ``scratch``; made when missing, and closed to
            other users.
        port: of the API on 127.0.0.1; 0 picks a free one.
        timing: how long things take.
        settings: switches to begin with; members of ``Settings``.
        data: whether the climate data is put into its bucket.
        images: the YAML file that maps container images to folders.
        postgres: the folder of another PostgreSQL server than the wheel's.
        scripts: what is run in the new account, also after ``reset``.
    """

    def __init__(
        self,
        state_dir: Path,
        port: int = 0,
        timing: Timing | None = None,
        settings: Mapping[str, Any] | None = None,
        data: bool = True,
        images: Path = IMAGES,
        postgres: Path | None = None,
        scripts: Scripts | None = None,
    ) -> None:
        self.state_dir = state_dir.absolute()
        self.timing = timing or Timing()
        self.data = data
        self.credentials = Credentials()
        self.runtime: Runtime
        authorizer = Authorizer(
            LiveAccount(lambda service: self.clients(service)),
            lambda: (self.runtime.settings.policy, self.runtime.settings.denied),
        )
        permissions = Permissions(MotoApp(), lambda: self.runtime.settings, authorizer)
        self.recorder = Recorder(Refusals(permissions, lambda: self.runtime.settings))
        self.trap = Trap(self.recorder, lambda: processes.own(self.endpoint_url, self.runtime.scratch_dir))
        self._port = port
        self._settings = dict(settings or {})
        self._initial_settings: dict[str, Any] = {}
        self._images = images.absolute()
        self._postgres = postgres and postgres.absolute()
        self._scripts = scripts
        self._control = Control(self)
        self._changing = threading.Lock()

    def start(self) -> Sandbox:
        """Serve, and seed what terraform would have made.

        Raises:
            NotPrivate: the state folder is another user's.
            PortUnusable: the port is taken.
            RuntimeError: this process has a sandbox already; ScriptFailed.
            ValueError: NoServer, NoScripts.
        """
        if not _one_at_a_time.acquire(blocking=False):
            raise RuntimeError("this process has a sandbox already, and moto's state is global to a process")
        try:
            private.folder(self.state_dir)
            self._server = Server(self._port, Authentication(self._dispatch, self.credentials))
        except BaseException:
            _one_at_a_time.release()
            raise
        self.endpoint_url = self._server.url
        self.clients = Clients(self.endpoint_url, self.credentials.sandbox)
        self.started = time.time()
        self._server.start()
        try:
            self._open()
            self.credentials.write(self.state_dir)
            private.write(self.state_dir / "endpoint", self.endpoint_url + "\n")
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End everything: containers, PostgreSQL, the server; the state is lost."""
        (self.state_dir / "endpoint").unlink(missing_ok=True)
        credentials.remove(self.state_dir)
        self._close()
        self._server.stop()
        _one_at_a_time.release()

    def reset(self) -> None:
        """Go back to the state after ``start``, at the same endpoint.

        Raises:
            RuntimeError, ValueError: as ``start``; the background process ends.
        """
        with self._changing:
            self._close()
            try:
                self._open()
            except BaseException:
                # half an account is none
                (self.state_dir / "endpoint").unlink(missing_ok=True)
                raise

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _open(self) -> None:
        _forget_moto_state()
        scratch_dir = Path(tempfile.mkdtemp(prefix="sandbox-")).resolve()
        private.write(self.state_dir / "scratch", f"{self.endpoint_url}\n{scratch_dir}\n")
        self.runtime = Runtime(
            timing=self.timing,
            state_dir=self.state_dir,
            scratch_dir=scratch_dir,
            endpoint_url=self.endpoint_url,
            images=self._images,
            postgres=self._postgres,
            settings=Settings(**self._settings),
            credentials=self.credentials,
        )
        self._initial_settings = asdict(self.runtime.settings)
        self.trap.set(None)
        limits.install()
        for part in (ec2, rds, sqs, ssm, sts, ecs):
            part.install(self.runtime)
        seed(self.runtime, self.clients, data=self.data)
        if self._scripts:
            database = rds.instance(DATABASE)
            access = Access(self.endpoint_url, self.credentials.operator, self.credentials.token)
            self._scripts.run(variables(access) | database.login, database.server.psql)
        self.recorder.clear()

    def _close(self) -> None:
        if not hasattr(self, "runtime"):
            return
        self.runtime.stopping.set()
        processes.end(self.endpoint_url, self.runtime.scratch_dir)
        _forget_moto_state()
        moto_patches.restore()
        shutil.rmtree(self.runtime.scratch_dir, ignore_errors=True)
        (self.state_dir / "scratch").unlink(missing_ok=True)

    def _dispatch(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        app = self._control if environ["PATH_INFO"].startswith(PREFIX) else self.trap
        return app(environ, start_response)

    def settings(self) -> dict[str, Any]:
        """Give the switches as they are, see ``Settings``, and the trap's."""
        return asdict(self.runtime.settings) | self.trap.state()

    def change_settings(self, wanted: Mapping[str, Any], peer: int = 0, port: int = 0) -> None:
        """Turn switches while it runs.

        Args:
            wanted: members of ``Settings``, and ``crash``.
            peer, port: of the connection that asks for it, see ``Trap.set``.

        Raises:
            ValueError: no such setting, or no such value of it; none is changed.
        """
        names = [name for name in self.settings() if name != "crashed"]
        if unknown := sorted(set(wanted) - set(names)):
            raise ValueError(f"no setting {', '.join(unknown)}; there are {', '.join(names)}")
        switches = {name: value for name, value in wanted.items() if name != "crash"}
        changed = replace(self.runtime.settings, **switches)
        if changed.policy is not None:
            document.read(changed.policy)
        if "crash" in wanted:
            self.trap.set(wanted["crash"], peer, port)
        self.runtime.settings = changed

    def messages(self) -> list[tuple[str, str]]:
        """Give queue and body of every message that was ever sent, in order."""
        return sqs.sent()

    def interrupt(self, instance_id: str) -> None:
        """Take a spot instance back, see ``ecs.interrupt``."""
        ecs.interrupt(instance_id)

    def forget_stopped_tasks(self) -> int:
        """Forget the stopped tasks as if an hour had passed, see ``ecs.forget_stopped``."""
        return ecs.forget_stopped()

    def pass_time(self, seconds: float) -> None:
        """Let time pass in the account: what is due at a time of day, or vanishes after hours, comes nearer.

        Those are scheduled actions of Auto Scaling groups, messages in flight or delayed, and stopped tasks. Clocks and
        times that were recorded stay.
        """
        for part in (autoscaling, sqs, ecs):
            part.pass_time(seconds)

    def status(self) -> dict[str, Any]:
        """Say how the account is: endpoint, timing, what runs, database, queue, calls."""
        with contextlib.suppress(BotoCoreError, ClientError, LookupError):
            # taken down by an operator or a test: the rest of the status is still true
            return self._own_status() | self._account_status()
        return self._own_status()

    def _own_status(self) -> dict[str, Any]:
        return {
            "endpoint": self.endpoint_url,
            "profile": self.timing.profile,
            "factors": dict(self.timing.factors),
            "images": str(self._images),
            "postgres": self._postgres and str(self._postgres),
            "scripts": self._scripts and str(self._scripts.folder),
            "uptime": round(time.time() - self.started, 1),
            "settings": self.settings(),
            "initial": self._initial_settings,
            "calls": self.recorder.last,
        }

    def _account_status(self) -> dict[str, Any]:
        ecs, sqs = self.clients("ecs"), self.clients("sqs")
        cluster = ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0]
        database = self.clients("rds").describe_db_instances(DBInstanceIdentifier=DATABASE)["DBInstances"][0]
        queue = tiles.QUEUE if self.runtime.settings.tiles else QUEUE
        depth = sqs.get_queue_attributes(
            QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"],
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ],
        )["Attributes"]
        return {
            "cluster": {
                "name": CLUSTER,
                "instances": cluster["registeredContainerInstancesCount"],
                "running": cluster["runningTasksCount"],
                "pending": cluster["pendingTasksCount"],
                "services": cluster["activeServicesCount"],
            },
            "database": {
                "name": DATABASE,
                "status": database["DBInstanceStatus"],
                "class": database["DBInstanceClass"],
                "storage": database["AllocatedStorage"],
                "address": f"{database['Endpoint']['Address']}:{database['Endpoint']['Port']}",
            },
            "queue": {
                "name": queue,
                "visible": int(depth["ApproximateNumberOfMessages"]),
                "in_flight": int(depth["ApproximateNumberOfMessagesNotVisible"]),
                "delayed": int(depth["ApproximateNumberOfMessagesDelayed"]),
            },
        }


def _forget_moto_state() -> None:
    BackendDict.reset()
    reset_model_data()
