"""Who may call the sandbox: credentials made at ``up``, and the file that gives the owner theirs."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sandbox import private

OPERATOR, TASK, SANDBOX, OWNER, STRANGER = "operator", "task", "sandbox", "owner", "stranger"

_FILE = "credentials"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True)
class Keys:
    """An access key, as IAM would make it."""

    access_key: str = field(default_factory=lambda: "AKIA" + "".join(secrets.choice(_LETTERS) for _ in range(16)))
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(30), repr=False)


@dataclass(frozen=True)
class Credentials:
    """All that is accepted while the sandbox is up.

    Attributes:
        operator: signs the owner's AWS calls.
        task: the task role's; every container has it.
        sandbox: signs the sandbox's own calls.
        token: the owner's, for ``/_sandbox/``.
    """

    operator: Keys = field(default_factory=Keys)
    task: Keys = field(default_factory=Keys)
    sandbox: Keys = field(default_factory=Keys)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(30), repr=False)

    def find(self, access_key: str) -> tuple[str, Keys] | None:
        """Give who has an access key (``operator``, ``task`` or ``sandbox``), and the key with its secret."""
        callers = {OPERATOR: self.operator, TASK: self.task, SANDBOX: self.sandbox}
        return next(((name, keys) for name, keys in callers.items() if keys.access_key == access_key), None)

    def write(self, state_dir: Path) -> None:
        """Put the owner's into the state folder, for the owner only; the others are nobody's to read."""
        private.write(state_dir / _FILE, json.dumps(asdict(self.operator) | {"token": self.token}) + "\n")


@dataclass(frozen=True)
class Access:
    """How the owner reaches a sandbox that is up.

    Attributes:
        endpoint_url: its address.
        keys: for AWS calls.
        token: for ``/_sandbox/``.
    """

    endpoint_url: str
    keys: Keys
    token: str = field(repr=False)

    @classmethod
    def read(cls, state_dir: Path) -> Access:
        """Read what a sandbox wrote when it came up.

        Raises:
            FileNotFoundError: there is none.
            PermissionError: it is another user's.
        """
        endpoint_url = (state_dir / "endpoint").read_text().strip()
        written = json.loads((state_dir / _FILE).read_text())
        return cls(endpoint_url, Keys(written["access_key"], written["secret_key"]), written["token"])

    @property
    def headers(self) -> dict[str, str]:
        """Give the headers of a request to ``/_sandbox/``."""
        return {"Authorization": f"Bearer {self.token}"}


def exist(state_dir: Path) -> bool:
    """Say whether a sandbox wrote the owner's credentials."""
    return (state_dir / _FILE).exists()


def remove(state_dir: Path) -> None:
    """Forget what was written for the owner."""
    (state_dir / _FILE).unlink(missing_ok=True)
