"""The commands of a run, and the models and years it imports."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.preflight import commands
from ansible_collections.climate.ingest.plugins.module_utils.preflight.findings import Findings
from tests.fakes.aws import FakeAws
from tests.fakes.sound_account import (
    Case,
    account,
    check,
    fargate,
    one_problem,
    value,
)

SPREAD = [{"type": "spread", "field": "instanceId"}]
ONE = {"scenario": "A1B", "models": "HadCM3", "years": "2050"}
LONG = ["shell", "--command", "x" * 9000]


def own(name: str, command: object) -> list[dict[str, object]]:
    return [{"name": name, "command": command}]


CASES = [
    value("ingest_migrate_command", "", '""', "empty"),
    value("ingest_scenarios_command", "loaddata,,scenarios", "loaddata,,scenarios", "empty argument (number 2)"),
    value("ingest_climate_models_command", 'loaddata,"x', "unbalanced quotes"),
    value("ingest_cities_command", "./manage.py import_cities", "Did you mean import_cities?"),
    value("ingest_summary_command", LONG, "ECS takes 8192"),
    value("ingest_verify_command", "verify,,all", "empty argument (number 2)"),
    value("ingest_verify_with", "sql", "auto"),
    value("ingest_generate_historic_command", {"a": 1}, "string or a list"),
    value("ingest_worker_command", [], "empty"),
    Case(
        "command",
        {"playbook": "command", "ingest_command": "a,,b"},
        {},
        ('ingest_command is "a,,b"', "remove a comma"),
    ),
    value("ingest_years", "20x0", "'20x0'", "ranges such as 2006-2099"),
    value("ingest_years", "2050,2049-2051", "2050 is listed twice"),
    value("ingest_years", {"from": 2050}, "separated by commas"),
    value("ingest_models", "HadCM3, HadCM3", "HadCM3 is listed twice"),
    value("ingest_models", "a,,b", "names separated by commas"),
    value("ingest_historical_years", "2005-1950", "'2005-1950'", "ranges"),
    value("ingest_commands_before", own("regions", "a,,b"), "regions.command", "empty argument (number 2)"),
    value("ingest_commands_before", own("cities", "a,,b"), "cities.command", "empty argument (number 2)"),
    value("ingest_commands_after", own("vacuum", LONG), "vacuum.command", "ECS takes 8192"),
    value("ingest_commands_after", own("cities", "check"), "the name 'cities'", "of a step"),
    value("ingest_commands_before", own("projections", "check"), "the name 'projections'", "an import"),
    value("ingest_commands_before", [{"name": "regions"}], "command"),
    value("ingest_imports", [{**ONE, "name": "a"}, {**ONE, "name": "b"}], "A1B HadCM3 2050 twice, in a and in b"),
    value("ingest_log_words", {"taken": "took ("}, "taken: 'took ('", "regular expression of Python"),
    value("ingest_log_words", {"failed": r"(?P<tile>\d+)"}, "has failed: ", "the group tile", "(model, year)"),
    value("ingest_log_words", {"given_up": r"(?P<year>\d+)"}, "has given_up: ", "does not say model", "(?P<model>"),
    value("ingest_log_words", {"lost": "lost"}, "ingest_log_words is", "lost"),
    value("ingest_log_words", "took", "ingest_log_words"),
    value("ingest_log_marker", 'a"b', "without quotes"),
    value("ingest_commands_before", "import_regions", "ingest_commands_before"),
]


@pytest.mark.parametrize(
    "case",
    [
        account(
            "Fargate without subnets",
            {"DescribeTaskDefinition": fargate(cpu="1024", memory="8192")},
            "ingest_network_configuration is {}",
            "needs subnets",
            ingest_launch_type="FARGATE",
        ),
        value("ingest_worker_placement_strategy", SPREAD * 6, "at most 5 entries"),
    ],
    ids=lambda case: case.name,
)
def test_launch_options_that_ecs_would_refuse_are_named(aws: FakeAws, case: Case):
    one_problem(aws, case)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_is_wrong_is_named(aws: FakeAws, case: Case):
    one_problem(aws, case)


def test_the_second_half_alone_does_not_need_the_projections_years(aws: FakeAws):
    check(aws, {"playbook": "historical", "ingest_years": "20x0"}, {})


@pytest.mark.parametrize("tag", ["baseline", "create_jobs", "verify"])
def test_a_command_of_two_steps_is_checked_for_either(tag: str):
    findings = Findings()
    commands.check({"ingest_verify_command": "a,,b"}, {tag}, findings)
    assert len(findings.problems) == (tag != "create_jobs")


@pytest.mark.parametrize("name", ["ingest_verify_command", "ingest_summary_command"])
def test_a_command_the_collection_has_may_be_empty(name: str):
    findings = Findings()
    commands.check({name: ""}, {"baseline", "verify", "summary"}, findings)
    assert findings.problems == []


def test_a_run_of_one_own_command_is_checked_like_any_other(aws: FakeAws) -> None:
    variables = {"ingest_commands_after": own("vacuum", "shell"), "ingest_family": "F", "tags": ["vacuum"]}
    none = {"ListTaskDefinitions": {"taskDefinitionArns": []}}
    one_problem(aws, account("", none, 'ingest_family is "F"', **variables))
