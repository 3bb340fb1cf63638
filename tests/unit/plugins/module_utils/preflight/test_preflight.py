"""All checks of a run together: what is checked, what is reported, and that nothing is changed."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Refused
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.sound_account import (
    NO_CLUSTER,
    PENDING,
    check,
    database,
    held_lock,
    problems,
    queue,
    run_record,
)


def test_a_sound_account_gives_facts_and_no_problem(aws: FakeAws):
    result = check(aws, {}, {})
    assert not result.changed
    assert result.warnings == []
    assert result.values["facts"]["queue"]["retention_seconds"] == 1_209_600
    assert result.values["facts"]["database"]["class"] == "db.t2.medium"
    assert result.values["facts"]["workers"] == {
        "requested": 4,
        "fits": 6,
        "message": "4 workers requested (8192 MiB each); 2 x m4.2xlarge would hold 6: all run.",
    }


def test_credentials_that_end_during_a_run_are_warned_of(aws: FakeAws):
    [warning] = check(aws, {}, {}, session_keys=True).warnings
    assert warning.startswith("The AWS credentials are session keys given as they are: they expire within hours")


def test_nothing_is_changed(aws: FakeAws):
    check(aws, {}, {})
    reads = ("Describe", "List", "Get", "Filter", "Head", "Simulate")
    assert all(name.startswith(reads) or params.get("DryRun") for name, params in aws.calls)
    assert len(aws.calls) <= 45


def test_all_problems_come_at_once(aws: FakeAws):
    variables = {
        "ingest_worker_count": "many",
        "ingest_queue": "nope",
        "ingest_years": "20x0",
        "ingest_models": "a,,b",
        "ingest_instance_types": ["m9.huge"],
    }
    answers = {
        "GetQueueUrl": Refusal("QueueDoesNotExist"),
        "DescribeDBInstances": database(DBInstanceStatus="stopped", **PENDING),
        "HeadObject": Refusal("404"),
        "HeadBucket": Refusal("404"),
        **NO_CLUSTER,
    }
    found = "\n".join(problems(aws, variables, answers))
    for words in ("worker_count", "queue", "years", "models", "instance_types", "cluster", "cities_command"):
        assert f"ingest_{words} " in found
    assert "is stopped" in found and "EngineVersion=13" in found


def test_what_is_not_sound_but_works_is_a_warning(aws: FakeAws):
    answers = {
        "HeadObject": Refusal("403", "Forbidden"),
        "DescribeDBInstances": database(AllocatedStorage=500),
        "GetQueueAttributes": queue(visible=7),
    }
    variables = {
        "ingest_worker_count": 200,
        "ingest_models": "HadCM4",
        "ingest_years": "2050,2200",
        "ingest_purge_queue": "yes",
    }
    warnings = "\n".join(check(aws, variables, answers).warnings)
    assert "whether s3://azavea-climate-sandbox/geonames_cities_top200_us.geojson is there is not known" in warnings
    assert "s3:GetObject is denied" in warnings
    assert "ingest_database_storage_gb is 240; dbstaging has 500 GB" in warnings
    assert "6 run, 194 wait" in warnings
    assert "ingest_models has HadCM4" in warnings and "ingest_years has 2200" in warnings
    assert "holds 7 jobs" in warnings


EVERYTHING_WRONG = {
    "GetQueueUrl": Refusal("QueueDoesNotExist"),
    "DescribeDBInstances": Refusal("DBInstanceNotFound"),
    "DescribeAutoScalingInstances": {"AutoScalingInstances": []},
    "HeadObject": Refusal("404"),
    "HeadBucket": Refusal("404"),
}


@pytest.mark.parametrize(
    ("desired", "blamed"),
    [
        ({"tags": ["prepare"]}, set()),
        ({"tags": ["create_jobs"]}, {"ingest_queue", "ingest_database"}),
        ({"tags": ["capacity", "teardown"]}, {"ingest_launch_source"}),
        ({"tags": ["database"]}, {"ingest_database"}),
        ({"tags": ["run_jobs"]}, {"ingest_queue", "ingest_database", "ingest_launch_source"}),
        ({"tags": ["historical"]}, {"ingest_queue", "ingest_database", "ingest_launch_source"}),
        ({"skip_tags": ["cities", "run_jobs", "create_jobs"]}, {"ingest_database"}),
        ({"playbook": "historical"}, {"ingest_queue", "ingest_database", "ingest_launch_source"}),
        ({"playbook": "command", "ingest_command": "migrate"}, {"ingest_database"}),
        ({"playbook": "historical", "tags": ["prepare"]}, set()),
        ({"playbook": "teardown"}, set()),
        (
            {"tags": ["preflight"]},
            {"ingest_queue", "ingest_database", "ingest_launch_source", "ingest_cities_command"},
        ),
    ],
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value),
)
def test_only_what_runs_is_checked(aws: FakeAws, desired: dict[str, Any], blamed: set[str]):
    if not blamed:
        check(aws, desired, EVERYTHING_WRONG)
        return
    assert {each.split()[0].rstrip(":") for each in problems(aws, desired, EVERYTHING_WRONG)} == blamed


def test_another_controller_is_the_only_thing_said(aws: FakeAws):
    held = {"Parameters": [{"Name": "/climate.ingest/staging/lock/4", "Value": held_lock()}]}
    with pytest.raises(Refused, match=r"in use by bob@elsewhere.*ingest_take_over=4") as caught:
        check(aws, {"ingest_worker_count": "many"}, {"GetParametersByPath": held})
    assert "worker_count" not in caught.value.message
    assert aws.count("DescribeClusters") == 0


def test_a_lock_that_is_taken_over_does_not_count(aws: FakeAws):
    held = {"Parameters": [{"Name": "/climate.ingest/staging/lock/4", "Value": held_lock()}]}
    check(aws, {"ingest_take_over": "4"}, {"GetParametersByPath": held})


def test_what_is_done_is_not_checked_again(aws: FakeAws):
    gone = {"HeadObject": Refusal("404"), "HeadBucket": Refusal("404")}
    check(aws, {}, {**gone, "GetParameters": run_record(cities="done")})
    assert problems(aws, {}, gone)


def test_what_is_complete_is_not_looked_at_again(aws: FakeAws):
    desired = {"ingest_queue": "nope"}
    answers = {"GetParameters": run_record("complete"), "GetQueueUrl": Refusal("QueueDoesNotExist")}
    assert check(aws, desired, answers).values["complete"]
    assert aws.count("GetQueueUrl") == 0


# ------------------------------------------------------------------------------------------------ parts that run

EVERYTHING_WRONG = {
    "GetQueueUrl": Refusal("QueueDoesNotExist"),
    "DescribeDBInstances": Refusal("DBInstanceNotFound"),
    "DescribeAutoScalingInstances": {"AutoScalingInstances": []},
    "HeadObject": Refusal("404"),
    "HeadBucket": Refusal("404"),
}


# ------------------------------------------------------------------------------------------------ runs under way


@pytest.mark.parametrize(
    "desired",
    [
        {"ingest_models": "x"},
        {"ingest_new_run_after": "staging-3"},
    ],
)
def test_something_new_is_looked_at(aws: FakeAws, desired: dict[str, Any]):
    assert not check(aws, desired, {"GetParameters": run_record("complete")}).values["complete"]
    assert aws.count("GetQueueUrl") == 1


def test_a_region_that_does_not_exist_is_the_cause_of_the_rest(aws: FakeAws):
    found = problems(aws, {"region": "us-esat-1"}, {**NO_CLUSTER, "GetQueueUrl": Refusal("QueueDoesNotExist")})
    assert len(found) == 1
    assert 'ingest_region is "us-esat-1"' in found[0] and "us-east-1" in found[0]


def test_a_misspelt_variable_ends_the_check_before_any_call(aws: FakeAws):
    found = problems(aws, {"ingest_wroker_count": 3, "ingest_worker_count": 0}, {})
    assert found[0].startswith("ingest_wroker_count ") and "did you mean ingest_worker_count?" in found[0]
    assert "ingest_worker_count is 0" in found[1]
    assert aws.calls == []


def test_a_template_that_fails_is_one_problem_of_all(aws: FakeAws):
    found = problems(aws, {"unresolved": {"ingest_models": "'x' is undefined"}, "ingest_worker_count": 0}, {})
    assert found == [
        "ingest_models: 'x' is undefined",
        "ingest_worker_count is 0; allowed are whole numbers from 1 to 5000.",
    ]


def test_the_problems_stand_in_the_list_and_their_number_in_the_message(aws: FakeAws):
    with pytest.raises(Refused) as caught:
        check(aws, {"ingest_worker_count": 0, "ingest_on_failure": "explode"}, {})
    assert caught.value.message == "2 problems stop this run before anything is changed."
    assert len(caught.value.details["problems"]) == 2


@pytest.mark.parametrize(
    ("desired", "words"),
    [
        ({"tags": ["migarte"]}, "--tags has 'migarte'"),
        ({"skip_tags": ["migarte"]}, "--skip-tags has 'migarte'"),
        ({"unresolved": {"ingest_endpoint_url": "'nope' is undefined"}}, "ingest_endpoint_url: 'nope' is undefined"),
        ({"ingest_region": "us-east-1 "}, "'us-east-1 ' has a blank at its end"),
    ],
    ids=["tags", "skip_tags", "unresolved", "wrong"],
)
def test_a_slip_that_may_lead_elsewhere_ends_it_before_anything_is_called(
    aws: FakeAws, desired: dict[str, Any], words: str
):
    (problem,) = problems(aws, desired, {})
    assert words in problem
    assert aws.calls == []


def test_tags_of_ones_own_tasks_are_told(aws: FakeAws):
    check(aws, {"tags": ["mine"], "ingest_own_tags": ["mine"]}, {})


def test_a_new_run_must_follow_the_last_one(aws: FakeAws):
    (problem,) = problems(aws, {"ingest_new_run_after": "staging-7"}, {"GetParameters": run_record()})
    assert problem.startswith("ingest_new_run_after is 'staging-7'; the last run of 'staging' is 'staging-3'")


def test_cities_are_not_added_where_nothing_can_tell_what_they_have(aws: FakeAws):
    wanted = {"playbook": "cities", "ingest_verify_with": "dumpdata", "ingest_verify_command": ""}
    [problem] = problems(aws, wanted, {})
    assert problem.startswith("ingest_verify_with is 'dumpdata', which cannot tell which cities have data")
    check(aws, {**wanted, "ingest_verify_command": "list_imports,RCP85"}, {})


def test_a_run_of_the_other_kind_is_finished_first(aws: FakeAws):
    problem = problems(aws, {"playbook": "cities"}, {"GetParameters": run_record()})[0]
    assert "Run staging-3 is open and populates the database: finish it with playbooks/populate.yml" in problem


def test_cities_are_not_added_without_the_command_that_adds_them(aws: FakeAws):
    wanted = {"playbook": "cities", "ingest_commands_before": [{"name": "regions", "command": "import_regions"}]}
    (problem,) = problems(aws, wanted, {})
    assert "ingest_commands_before" in problem and "no command named cities" in problem
