"""The command that a message tells to run next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN, Run
from ansible_collections.climate.ingest.plugins.module_utils.record import go_on, imports
from tests.fakes.aws import FakeAws

RUN = Run("staging-1", 1, "k", OPEN, "2026-03-01T10:00:00+00:00", "alice@laptop")
BOTH = ["verify", "historical_verify", "generate_historic"]
P = str(go_on.FOLDER)


def typed(aws: FakeAws, command: str) -> Context:
    return replace(aws.context(), command=command)


@pytest.mark.parametrize(
    ("command", "goes_on"),
    [
        ("a-p climate.ingest.future -i hosts.yml", "a-p climate.ingest.retry_failed -i hosts.yml"),
        (f"a-p -i x {P}/populate.yml -e 'y=6 7' --diff", f"a-p -i x {P}/retry_failed.yml -e 'y=6 7' --diff"),
        (f"a-p -e @x/future.yml '{P}/future.yml'", f"a-p -e @x/future.yml {P}/retry_failed.yml"),
        (
            "a-p -vi x --vault-id dev@prompt -l staging -J climate.ingest.populate",
            "a-p -v -i x --vault-id dev@prompt -l staging -J climate.ingest.retry_failed",
        ),
        ("a-p --inventory climate.ingest.x site.yml", "a-p --inventory climate.ingest.x climate.ingest.retry_failed"),
        ("a-p /elsewhere/populate.yml", "a-p climate.ingest.retry_failed"),  # the operator's own
        ("a-p -i x first.yml climate.ingest.populate", "a-p -i x climate.ingest.retry_failed"),
        # what selects parts is of one playbook
        ("a-p -Ct a,b --skip-tags=c --tag d --start-at-task 'T t' s.yml", "a-p -C climate.ingest.retry_failed"),
        ("a-p --become --check -- climate.ingest.future", "a-p --become --check -- climate.ingest.retry_failed"),
        ("", "ansible-playbook -i ... climate.ingest.retry_failed"),
    ],
)  # fmt: skip
def test_another_playbook_keeps_what_was_typed(aws: FakeAws, command: str, goes_on: str) -> None:
    assert go_on.playbook(typed(aws, command), "retry_failed") == goes_on


@pytest.mark.parametrize(
    ("command", "goes_on"),
    [
        ("a-p site.yml -t drain", "a-p site.yml -t drain -e ingest_purge_queue=true"),
        ("a-p -e ingest_purge_queue=false site.yml", "a-p site.yml -e ingest_purge_queue=true"),
        ("a-p --extra-vars=ingest_purge_queue=0 s.yml -e a=1", "a-p s.yml -e a=1 -e ingest_purge_queue=true"),
        ("", "ansible-playbook -i ... climate.ingest.populate -e ingest_purge_queue=true"),
    ],
)
def test_a_variable_is_given_once(aws: FakeAws, command: str, goes_on: str) -> None:
    assert go_on.again(typed(aws, command), go_on.PURGE) == goes_on


@pytest.mark.parametrize(
    ("goals", "command", "goes_on"),
    [
        (BOTH, "a-p -i x climate.ingest.status", "a-p -i x climate.ingest.populate"),
        (BOTH[:1], "a-p -i x climate.ingest.status", "a-p -i x climate.ingest.future"),
        (BOTH[1:], "a-p -i x climate.ingest.populate -t verify", "a-p -i x climate.ingest.historical"),
        (BOTH, "a-p -i x my-ingest.yml -t verify", "a-p -i x my-ingest.yml"),
        (BOTH, "", "ansible-playbook -i ... climate.ingest.populate"),
    ],
)
def test_a_run_goes_on_with_the_playbook_of_its_goals(
    aws: FakeAws, goals: list[str], command: str, goes_on: str
) -> None:
    assert go_on.resume(typed(aws, command), replace(RUN, goals=goals)) == goes_on


SECRET = "  (put in what stands as ...: it is secret, or not known here)"


@pytest.mark.parametrize(
    ("command", "failure", "lines"),
    [
        ("a-p p.yml", {"msg": "m"}, ["  a-p p.yml"]),
        ("a-p p.yml", {"go_on_with": "retry_failed.yml"}, ["  a-p climate.ingest.retry_failed"]),
        ("a-p p.yml", go_on.PURGED, ["  a-p p.yml -e ingest_purge_queue=true"]),
        (
            "a-p p.yml",
            {go_on.CHOICES: {"if it did": {"ingest_assume_done": "migrate"}, "to try again": {}}},
            ["  if it did:", "    a-p p.yml -e ingest_assume_done=migrate", "  to try again:", "    a-p p.yml"],
        ),
        ("a-p p.yml -e db_password=...", {}, ["  a-p p.yml -e db_password=...", SECRET]),
        ('a-p p.yml -e \'{"db_password": "..."}\'', {}, ['  a-p p.yml -e \'{"db_password": "..."}\'', SECRET]),
        ("", {}, ["  ansible-playbook -i ... climate.ingest.populate", SECRET]),
    ],
)
def test_after_a_failure_there_is_a_command_for_each_choice(
    aws: FakeAws, command: str, failure: dict[str, Any], lines: list[str]
) -> None:
    assert go_on.after(typed(aws, command), failure) == ["Fix the cause, then resume with", *lines]


def test_the_names_are_those_of_the_playbooks() -> None:
    assert {path.stem for path in go_on.FOLDER.glob("*.yml")} == go_on.OURS


def test_a_run_for_new_cities_goes_on_as_such(aws: FakeAws) -> None:
    run = replace(RUN, goals=["verify"], requested={imports.PLAYBOOK: imports.CITIES})
    assert go_on.resume(typed(aws, "a-p -i x climate.ingest.populate"), run) == "a-p -i x climate.ingest.cities"
