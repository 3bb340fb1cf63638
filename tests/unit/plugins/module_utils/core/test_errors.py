"""The one exception family operations raise."""

from __future__ import annotations

import inspect

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core import errors
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    Foreign,
    IngestError,
    InvalidInput,
    Refused,
)

FAMILY = [each for _name, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, Exception)]


@pytest.mark.parametrize("error", FAMILY)
def test_each_is_of_the_family_and_carries_a_message_and_facts(error: type[IngestError]) -> None:
    raised = error("What happened.", counts={"visible": 1})
    assert isinstance(raised, IngestError)
    assert (str(raised), raised.message, raised.details) == (
        "What happened.",
        "What happened.",
        {"counts": {"visible": 1}},
    )


def test_what_is_not_ours_is_refused() -> None:
    assert issubclass(Foreign, Refused) and not issubclass(InvalidInput, Refused)
