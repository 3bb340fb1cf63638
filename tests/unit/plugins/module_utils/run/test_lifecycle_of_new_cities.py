"""A run that adds cities: opened after a complete one, and never mixed up with a run of another kind."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput, Refused
from ansible_collections.climate.ingest.plugins.module_utils.record import imports, record
from tests.fakes.run.lifecycle import complete, done, opened
from tests.fakes.ssm import FakeSsm

MORE = "import_cities,bucket,more"


def test_it_follows_a_complete_run(ssm: FakeSsm, standing: list[str]) -> None:
    complete(ssm)
    assert opened(ssm, playbook="cities").values["run"] == "staging-2"
    run = record.read(ssm.context(), "staging").run
    assert run and imports.playbook_of(run) == "cities"
    assert run.goals == ["verify"]


def test_it_is_resumed_as_what_it_is(ssm: FakeSsm) -> None:
    opened(ssm, playbook="cities")
    done(ssm, "cities")
    assert opened(ssm, playbook="cities").values["message"].endswith("done: cities")
    with pytest.raises(Refused, match=r"Run staging-1 is open and adds cities: finish it with playbooks/cities\.yml"):
        opened(ssm, playbook="populate")


def test_other_cities_are_another_run(ssm: FakeSsm) -> None:
    opened(ssm, playbook="cities")
    with pytest.raises(Refused, match="imports something else: ingest_cities_command was 'import_cities,bucket,key'"):
        opened(ssm, playbook="cities", cities_command=MORE)


def test_a_run_that_populates_is_finished_first(ssm: FakeSsm) -> None:
    opened(ssm)
    with pytest.raises(Refused, match=r"is open and populates the database: finish it with playbooks/populate\.yml"):
        opened(ssm, playbook="cities")
    assert opened(ssm, playbook="cities", new_run_after="staging-1").values["run"] == "staging-2"


def test_it_is_refused_without_cities_to_add(ssm: FakeSsm) -> None:
    with pytest.raises(InvalidInput, match="cities_command is empty"):
        opened(ssm, playbook="cities", cities_command="")
