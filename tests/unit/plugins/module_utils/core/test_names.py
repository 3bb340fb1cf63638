"""The names of what the runs of an environment create."""

from __future__ import annotations

from ansible_collections.climate.ingest.plugins.module_utils.core.names import Names


def test_everything_is_named_after_the_environment() -> None:
    names = Names("staging")
    assert (names.service, names.fleet) == ("ingest-staging-run-jobs", "ingest-staging-spot")
