# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the earlier steps of a check-mode run would have made: later steps predict on top of it.

The steps of a playbook are processes of their own, so it is kept in a file of the controller's; a module has none and
predicts from the account alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NOTES = "plan"


class Preview:
    """The predictions of one check-mode run in one environment.

    Args:
        path: the file, which need not exist; None keeps them in memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._known: dict[str, Any] = json.loads(path.read_text()) if path and path.exists() else {}

    def __contains__(self, resource: str) -> bool:
        return resource in self._known

    def get(self, resource: str, default: Any = None) -> Any:
        """Give what an earlier step predicted for a resource; None stands for its absence."""
        return self._known.get(resource, default)

    def predict(self, resource: str, state: Any) -> None:
        """Say how a resource would be (of JSON's types; None: absent)."""
        self._known[resource] = state
        if self._path:
            self._path.write_text(json.dumps(self._known))

    def below(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Give what was predicted for ``<kind>/<name>``, with the names, in the order of the predictions."""
        for resource, state in self._known.items():
            if resource.startswith(f"{kind}/"):
                yield resource.removeprefix(f"{kind}/"), state

    def note(self, verb: str, resource: str) -> None:
        """Add a change to the plan, which is shown at the end of a check-mode run."""
        self.predict(NOTES, [*self.get(NOTES, []), [verb, resource]])

    @property
    def notes(self) -> list[tuple[str, str]]:
        """The plan so far: verb and resource of each change, in order."""
        return [tuple(each) for each in self.get(NOTES, [])]
