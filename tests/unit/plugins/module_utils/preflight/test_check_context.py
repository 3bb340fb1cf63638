"""What the checks of the account start from."""

from __future__ import annotations

from ansible_collections.climate.ingest.plugins.module_utils.preflight.check_context import CheckContext
from tests.fakes.aws import FakeAws


def test_a_part_is_needed_in_either_half(aws: FakeAws):
    ctx = CheckContext(aws.context(), {"historical_drain", "cities"}, {})
    assert ctx.needs("drain") and ctx.needs("service", "cities")
    assert not ctx.needs("service", "capacity")


def test_variables_are_there_when_all_are_right(aws: FakeAws):
    ctx = CheckContext(aws.context(), set(), {"ingest_cluster": "c", "ingest_log_group": ""})
    assert ctx.has("ingest_cluster", "ingest_log_group")
    assert not ctx.has("ingest_cluster", "ingest_queue")


def test_names_begin_with_the_environment(aws: FakeAws):
    assert (
        CheckContext(aws.context(), set(), {"ingest_environment": "staging"}).names.service == "ingest-staging-run-jobs"
    )
