"""SSM parameters for tests that script the rest of AWS: kept in a dict, with the conditional put."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.holder import Holder
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from tests.fakes.aws import FakeAws, Refusal

BEGAN = datetime(2026, 3, 1, 10, tzinfo=UTC)
ALICE = Holder("alice", "laptop", "another place", 4711, "1")
BOB = Holder("bob", "desk", "yet another place", 12, "2")


class FakeSsm:
    """The parameters of an account.

    Attributes:
        parameters: values by name, as JSON documents.
    """

    def __init__(self, aws: FakeAws) -> None:
        self.aws = aws
        self.parameters: dict[str, Any] = {}
        aws.on("PutParameter", self._put)
        aws.on("GetParameters", self._get)
        aws.on("GetParametersByPath", self._below)
        aws.on("DeleteParameters", self._delete)

    def context(self, holder: Holder | None = ALICE, check_mode: bool = False, **more: Any) -> Context:
        """What ``holder`` works with; its time of day moves with the clock."""
        base = self.aws.context(check_mode)
        now = {"now": lambda: BEGAN + timedelta(seconds=self.aws.now)}
        fields = {name: getattr(base, name) for name in ("connect", "check_mode", "clock", "sleep", "progress")}
        return Context(**{**fields, **now, "holder": holder, "preview": Preview(), **more})

    def _put(self, params: dict[str, Any]) -> dict[str, Any]:
        if params["Name"] in self.parameters and not params["Overwrite"]:
            raise Refusal("ParameterAlreadyExists")
        assert len(params["Value"].encode()) <= 4096
        self.parameters[params["Name"]] = json.loads(params["Value"])
        return {"Version": 1}

    def _get(self, params: dict[str, Any]) -> dict[str, Any]:
        assert len(params["Names"]) <= 10
        return {"Parameters": [self._entry(name) for name in params["Names"] if name in self.parameters]}

    def _below(self, params: dict[str, Any]) -> dict[str, Any]:
        path = params["Path"] + "/"
        return {"Parameters": [self._entry(name) for name in self.parameters if name.startswith(path)]}

    def _delete(self, params: dict[str, Any]) -> dict[str, Any]:
        for name in params["Names"]:
            self.parameters.pop(name, None)
        return {}

    def _entry(self, name: str) -> dict[str, Any]:
        return {"Name": name, "Value": json.dumps(self.parameters[name])}
