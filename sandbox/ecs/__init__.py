"""ECS with a data plane: moto's API for ECS, and instances, tasks and services that really run on this machine."""

from __future__ import annotations

from moto.ecs import urls

from sandbox.ecs.api.responses import EcsResponse
from sandbox.ecs.model import backend
from sandbox.ecs.plane import Plane
from sandbox.runtime import Runtime
from sandbox.services import autoscaling
from sandbox.services.moto_patches import replace_dispatch


def install(runtime: Runtime) -> None:
    """Put the data plane behind moto's ECS and start it; the one of an earlier sandbox in this process is ended.

    Args:
        runtime: the sandbox; must happen before its server is asked for ECS the first time.
    """
    earlier = getattr(EcsResponse, "plane", None)
    if earlier is not None:
        earlier.stop()
    autoscaling.install(runtime)
    backend.use()
    replace_dispatch(urls.url_paths, EcsResponse.dispatch)
    EcsResponse.plane = Plane(runtime)
    EcsResponse.plane.start()


def interrupt(instance_id: str) -> None:
    """Interrupt a spot instance: the notice (DRAINING if its user data enables that), then EC2 terminates it.

    Args:
        instance_id: EC2's id, e.g. ``i-0123456789abcdef0``.

    Raises:
        ValueError: no such instance runs.
    """
    EcsResponse.plane.interrupt(instance_id)


def pass_time(seconds: float) -> None:
    """Forget stopped tasks sooner, as if so many seconds had passed."""
    EcsResponse.plane.pass_time(seconds)


def forget_stopped() -> int:
    """Forget the stopped tasks, and the client tokens that started them, as if an hour had passed.

    Returns:
        how many there were.
    """
    return EcsResponse.plane.forget_stopped()
