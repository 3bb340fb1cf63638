"""The variables of a run against the argument specs of the roles."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.module import validate
from ansible_collections.climate.ingest.plugins.module_utils.preflight import inputs
from ansible_collections.climate.ingest.plugins.module_utils.preflight.findings import Findings
from tests.fakes.aws import FakeAws
from tests.fakes.sound_account import SPECS, Case, check, one_problem, value

CASES = [
    value("ingest_worker_count", "many", '"many"', "whole numbers from 1 to 5000"),
    value("ingest_worker_count", 0, "is 0;", "from 1 to 5000"),
    value("ingest_worker_count", "0", "is 0;", "from 1 to 5000"),
    value("ingest_worker_count", 5001, "from 1 to 5000"),
    value("ingest_worker_count", True, "is true;", "whole numbers"),
    value("ingest_worker_count", "2.5", '"2.5"', "whole numbers"),
    value("ingest_worker_count", None, "is null;", "whole numbers"),
    value("ingest_instance_count", -3, "is -3;", "from 1 to 5000"),
    value("ingest_instance_disk_gb", 20000, "GB from 1 to 16384"),
    value("ingest_instance_disk_gb", "100GB", '"100GB"', "GB from 1 to 16384"),
    value("ingest_capacity_minimum", 3, "is 3;", "not be more than ingest_instance_count, which is 2"),
    value("ingest_capacity_timeout", -1, "seconds from 0"),
    value("ingest_memory_reservation", 5, "MiB from 6"),
    value("ingest_worker_memory", 9000, "is 9000;", "not be more than ingest_worker_task_memory, which is 8192 MiB"),
    value("ingest_worker_task_memory", "8G", '"8G"', "MiB from 6"),
    value("ingest_database_storage_gb", 0, "GB from 1 to 65536"),
    value("ingest_database_timeout", 0, "seconds from 1"),
    value("ingest_command_timeout", "soon", "seconds from 0"),
    value("ingest_drain_stall_timeout", 0, "seconds from 1"),
    value("ingest_allow_failed_jobs", -1, "is -1;", "jobs from 0"),
    value("ingest_queue_hours", 337, "hours from 1 to 336"),
    value("ingest_unattended_hours", 169, "is 169", "hours from 0 to 168"),
    value("ingest_unattended_hours", -1, "hours from 0 to 168"),
    value("ingest_unattended_hours", 0.5, "hours from 0 to 168"),
    value("ingest_job_minutes", 0, "minutes from 1 to 720"),
    value("ingest_canary_timeout", 0, "seconds from 1"),
    value("ingest_purge_queue", "perhaps", '"perhaps"', "true and false"),
    value("ingest_on_failure", "explode", '"explode"', "remove and keep"),
    value("ingest_environment", "sta/ging", "'sta/ging'", "letters, digits, hyphens"),
    value("ingest_environment", "sta.ging", '"sta.ging"', "service is named after it"),
    value("ingest_cluster", "", '""', "name of an ECS cluster"),
    value("ingest_spot_max_price", "cheap", "'cheap'", "0.25", "1.5x"),
    value("ingest_instance_types", [], "[]", "[m4.2xlarge]"),
    value("ingest_log_group", "my logs", '"my logs"', "letters, digits"),
    value("ingest_log_group", ["a"], '["a"]', "must be a text"),
    value("ingest_launch_type", "EC3", '"EC3"', "EC2, FARGATE, EXTERNAL and empty"),
    value("ingest_network_configuration", {"vpc": 1}, '{"vpc": 1}', "subnets"),
    value("ingest_capacity_provider_strategy", [{"capacity_provider": "x"}], "empty ingest_launch_type"),
    value("ingest_command_placement_constraints", [{"type": "memberOf"}], "needs an expression"),
    value("ingest_worker_placement_strategy", [{"type": "tight"}], "tight", "random, spread, binpack"),
    value("ingest_worker_environment", "DEBUG", "names and values"),
    value("ingest_database_class", "db.m4.xlarge ", "'db.m4.xlarge ' has a blank at its end", "remove it"),
    value("ingest_cluster", " ecsStagingCluster", "blank at its beginning"),
    value("ingest_family", "StagingManagement\u200b", "does not show (U+200B)"),
    value("ingest_database", "dbstaging\n", "blank at its end"),
    value("ingest_report_folder", "a\nb", "one line"),
    value("ingest_queue", "ｃc-api-staging", "letters, digits"),
    value("ingest_database", "DBSTAGING", "lower-case"),
    value("ingest_database_class", "DB.M4.XLARGE", "db.m4.xlarge"),
    value("ingest_region", "US-EAST-1", "us-east-1"),
    value("ingest_endpoint_url", "localhost:5000", "https://"),
    value("ingest_environment", 1.5, "is 1.5;", "in quotes"),
    value("ingest_worker_count", float("inf"), "must be a number"),
    value("ingest_worker_timeout", float("nan"), "must be a number"),
    value("ingest_worker_timeout", 10**30, "seconds from 1 to 31622400"),
    value("ingest_memory_reservation", 10**9, "MiB from 6 to 33554432"),
    value("ingest_expected_jobs", 10**12, "jobs from 0 to 10000000"),
    value("ingest_instance_types", ["m4.2xlarge", "m4.2xlarge"], "m4.2xlarge is listed twice"),
    value("ingest_instance_types", ["m4.2xlarge", "M4.large"], "'M4.large' is wrong"),
    value("ingest_instance_types", ["m4.2xlarge "], "blank at its end"),
    value("ingest_models", [["A"], "B"], "list of words"),
    value("ingest_models", [None], "list of words"),
    value("ingest_models", [True], "list of words"),
    value("ingest_models", [1.10], "in quotes"),
    value("ingest_models", "['A','B']", "without quotes"),
    value("ingest_scenario", 'RCP85")', "without quotes"),
    value("ingest_spot_max_price", 0.0000001, "not a price"),
    value("ingest_spot_max_price", "0.0000001", "out of range", "0.0001 to 1000", "0.1x to 100x"),
    value("ingest_spot_max_price", "0.01x", "out of range"),
    value("ingest_spot_max_price", 10**30, "out of range"),
    value("ingest_spot_max_price", "１", "not a price"),
    value("ingest_assume_done", ["create_job"], "no step is called 'create_job'", "did you mean create_jobs?"),
    value("ingest_assume_done", ["xyz"], "steps are snapshot, migrate"),
    value("ingest_take_over", "mine", "number of a lock"),
    value("ingest_new_run_after", "the last", "ID of a run"),
    value("ingest_dataset", 5, "a dictionary"),
    value("ingest_network_configuration", 7, "a dictionary"),
    value("ingest_migrate_command", "migrate\u200b", "does not show (U+200B)"),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_is_wrong_is_named(aws: FakeAws, case: Case):
    one_problem(aws, case)


def test_numbers_that_jinja_made_texts_of_are_numbers(aws: FakeAws):
    facts = check(
        aws, {"ingest_worker_count": "4", "ingest_instance_count": " 2 ", "ingest_purge_queue": "no"}, {}
    ).values["facts"]
    assert facts["workers"]["requested"] == 4


def test_each_whole_number_has_a_range():
    assert inputs.RANGES.keys() == {name for name, spec in SPECS.items() if spec["type"] == "int"}


def test_tables_name_variables_that_exist():
    limits = {name for name, _unit in inputs.LIMITED_BY.values()}
    named = {*inputs.NEVER_EMPTY, *inputs.LIMITED_BY, *limits, *inputs.STRUCTURES, *inputs.FORMS}
    assert named <= SPECS.keys()


@pytest.mark.parametrize(
    ("variable", "given", "right"),
    [
        ("ingest_worker_count", " 2 ", 2),
        ("ingest_purge_queue", "y", True),
        ("ingest_spot_max_price", 0.25, "0.25"),
        ("ingest_take_over", 4, "4"),
        ("ingest_years", 2050, ["2050"]),
        ("ingest_years", [2006, "2050"], ["2006", "2050"]),
        ("ingest_years", "2006, 2050", ["2006", " 2050"]),
        ("ingest_environment", 7, "7"),
        ("ingest_scenario", "Szenario A1B", "Szenario A1B"),
        ("ingest_worker_count", 4.0, 4),
        ("ingest_assume_done", ["cities", "retry_1_drain"], ["cities", "retry_1_drain"]),
        (
            "ingest_cluster",
            "arn:aws:ecs:us-east-1:123456789012:cluster/a",
            "arn:aws:ecs:us-east-1:123456789012:cluster/a",
        ),
        ("ingest_endpoint_url", "", ""),
        ("ingest_models", "a,b", ["a", "b"]),
        ("ingest_worker_environment", "A=1", {"A": "1"}),
        ("ingest_log_group", None, None),
        ("ingest_network_configuration", {}, {}),
        ("ingest_migrate_command", ["migrate"], ["migrate"]),
    ],
)
def test_a_right_value_gets_the_type_of_its_spec(variable: str, given: Any, right: Any):
    findings = Findings()
    assert inputs.check({variable: given}, SPECS, validate, findings) == {variable: right}
    assert findings.problems == []


@pytest.mark.parametrize(
    ("variable", "given"),
    [
        ("ingest_environment", ""),
        ("ingest_environment", True),
        ("ingest_cluster", {"a": 1}),
        ("ingest_instance_types", ["m4.2xlarge", " "]),
        ("ingest_instance_types", None),
        ("ingest_purge_queue", None),
        ("ingest_models", {"a": 1}),
        ("ingest_models", True),
        ("ingest_dataset", {"scenario": "RCP85", "modles": "all"}),
        ("ingest_imports", [{"scenario": "RCP85", "scnario": "x"}]),
        ("ingest_worker_placement_strategy", ["spread"]),
        ("ingest_command_placement_constraints", [{"type": "memberOf", "expresion": "x"}]),
    ],
)
def test_a_wrong_value_is_left_out(variable: str, given: Any):
    findings = Findings()
    assert inputs.check({variable: given}, SPECS, validate, findings) == {}
    assert [each.split()[0] for each in findings.problems] == [variable]


def test_passwords_in_an_environment_are_not_shown():
    for given in (["s3cret"], "s3cret", 1234567):
        findings = Findings()
        inputs.check({"ingest_worker_environment": given}, SPECS, validate, findings)
        assert "s3cret" not in findings.problems[0] and "1234567" not in findings.problems[0]


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("ingest_wroker_count", "; did you mean ingest_worker_count?"),
        ("ingest_intance_type", "; did you mean ingest_instance_types?"),
        ("ingest_xyzzy_plugh_frobnicate", "collection."),
    ],
)
def test_a_variable_that_no_role_has_is_named_with_the_nearest(variable: str, nearest: str):
    found = inputs.unknown([variable, "ingest_models"], SPECS)
    assert len(found) == 1
    assert found[0].startswith(f"{variable} is not a variable") and found[0].endswith(nearest)


NUMBERS = [0, -1, 1.5, 1e-7, 10**30, float("nan"), float("inf"), "１２", "+5"]
LISTS = [[], [[]], [None], [""], ["a", ["b"]], [2006, 2050], {"a": 1}, {}]
TEXTS = ["", " ", None, True, "yes", "X\u200by", "ａｂｃ", " a ", "a\nb", "a\x1b[31mb", "a" * 300, "ALL"]


@pytest.mark.parametrize("variable", sorted(SPECS))
def test_whatever_is_given_is_taken_or_named(variable: str):
    """With no other exception, and nothing that does not show is ever taken."""
    for given in [*NUMBERS, *LISTS, *TEXTS]:
        findings = Findings()
        taken = inputs.check({variable: given}, SPECS, validate, findings)
        assert [each.split()[0] for each in findings.problems] == ([] if variable in taken else [variable]), given
        assert not ({"X\u200by", "a\x1b[31mb"} & {str(each) for each in taken.values()})
