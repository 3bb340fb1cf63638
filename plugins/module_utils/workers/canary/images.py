# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The images by which drains of an environment have completed: ``/climate.ingest/<environment>/drained``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ...core.context import Context
from ...core.secrets import container_definition
from ...core.waiting import if_possible
from ...ecs.tasks import describe_tasks
from ...record import store

MOST = 20  # images that are kept; the parameter stays small
PINNED = "@sha256:"


@dataclass(frozen=True)
class Image:
    """An image.

    Attributes:
        name: as the task definition has it.
        digest: what ECS says it is (``imageDigest`` of a task's container); empty: that is not known.
    """

    name: str
    digest: str = ""

    def same(self, other: Image) -> bool:
        """Compare by digest where both are known, by name otherwise: a tag may have been moved meanwhile."""
        return self.digest == other.digest if self.digest and other.digest else self.name == other.name


def of_definition(definition: Mapping[str, Any], container: str) -> Image:
    """Give the image of a container, with its digest where the definition pins it."""
    name = str(container_definition(definition, container).get("image", ""))
    return Image(name, name[name.index(PINNED) + 1 :] if PINNED in name else "")


def resolved(context: Context, image: Image, cluster: str, tasks: Sequence[str]) -> Image:
    """Add the digest that a task found behind the image's name, if one of these tasks ran it and ECS still knows.

    Args:
        tasks: ARNs.
    """
    if image.digest or not tasks:
        return image

    def read(brief: Context) -> list[dict[str, Any]]:
        return describe_tasks(brief.client("ecs"), cluster, list(tasks))

    found = if_possible(context, read, list[dict[str, Any]](), "The digest of an image")
    return Image(image.name, next(_digests(image.name, found), ""))


def _digests(name: str, tasks: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    newest_first = sorted(tasks, key=lambda task: str(task.get("createdAt", "")), reverse=True)
    containers = (each for task in newest_first for each in task.get("containers", []))
    return (str(each["imageDigest"]) for each in containers if each.get("image") == name and each.get("imageDigest"))


def has_drained(context: Context, environment: str, image: Image) -> bool:
    """Say whether a drain of the environment has completed with this image."""
    return any(each.same(image) for each in _read(context, environment))


def remember(context: Context, environment: str, image: Image) -> None:
    """Keep that a drain has completed with this image, unless that is known; newest last."""

    def write(brief: Context) -> None:
        known = _read(brief, environment)
        if image not in known:
            kept = [asdict(each) for each in [*known, image][-MOST:]]
            store.write(brief, _name(environment), {"images": kept})

    if_possible(context, write, None, "The images that have drained a queue")


def _read(context: Context, environment: str) -> list[Image]:
    name = _name(environment)
    document = store.read(context, [name]).get(name)
    return [Image(**each) for each in document["images"]] if document else []


def _name(environment: str) -> str:
    return store.name_of(environment, "drained")
