"""What a run needs of cluster, task definition, log group, service, queue and cities."""

from __future__ import annotations

import json

import pytest

from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.sound_account import (
    CLUSTER,
    DENIED,
    NETWORKS,
    NO_CLUSTER,
    Case,
    account,
    check,
    definition,
    fargate,
    one_problem,
    problems,
    queue,
    run_record,
    value,
)

CASES = [
    account(
        "no cluster", NO_CLUSTER, 'ingest_cluster is "nowhere"', "us-east-1", "ingest_region", ingest_cluster="nowhere"
    ),
    account(
        "no container instances",
        {"DescribeClusters": {"clusters": [{"status": "ACTIVE", "registeredContainerInstancesCount": 0}]}},
        f'ingest_cluster is "{CLUSTER}"',
        "no container instances",
    ),
    account(
        "no family", {"ListTaskDefinitions": {"taskDefinitionArns": []}}, 'ingest_family is "F"', ingest_family="F"
    ),
    value("ingest_container", "web", '"web"', "it has: management"),
    account(
        "memory below the reservation",
        {"DescribeTaskDefinition": definition(memoryReservation=9000)},
        "ingest_worker_task_memory is 8192",
        "reserves 9000 MiB",
        "ingest_worker_memory",
    ),
    account(
        "Fargate's sizes",
        {"DescribeTaskDefinition": fargate(cpu="512", memory="4096")},
        "ingest_worker_task_memory is 8192",
        "8192 MiB take 1024 or 2048 or 4096 CPU units",
        "512 CPU units take 1024 to 4096 MiB",
        "ingest_worker_cpu",
        **NETWORKS,
    ),
    account(
        "Fargate's sizes with another CPU",
        {"DescribeTaskDefinition": fargate(cpu="512", memory="4096")},
        "16384 MiB",
        "1024 CPU units take 2048 to 8192",
        ingest_worker_cpu=1024,
        ingest_worker_task_memory=16_384,
        **NETWORKS,
    ),
    account(
        "task memory below the reservation",
        {"DescribeTaskDefinition": fargate(cpu="256", memory="512")},
        "ingest_memory_reservation is 2048",
        "reserve 2048 MiB",
        "512 MiB",
        ingest_worker_task_memory=512,
        ingest_worker_memory=512,
        **NETWORKS,
    ),
    account(
        "no log group", {"FilterLogEvents": Refusal("ResourceNotFoundException")}, "ingest_family", "log group logs"
    ),
    account(
        "no such log group",
        {"DescribeLogGroups": {"logGroups": [{"logGroupName": "mine-too"}]}},
        'ingest_log_group is "mine"',
        "no log group mine in region us-east-1",
        "create it",
        ingest_log_group="mine",
    ),
    account(
        "may not look for groups",
        {"DescribeLogGroups": DENIED},
        "may not call DescribeLogGroups",
        ingest_log_group="mine",
    ),
    account(
        "foreign service",
        {"DescribeServices": {"services": [{"serviceName": "s", "status": "ACTIVE", "tags": []}]}},
        'ingest_environment is "staging"',
        "service ingest-staging-run-jobs",
        "no run made it",
    ),
    account("no queue", {"GetQueueUrl": Refusal("QueueDoesNotExist")}, 'ingest_queue is "nope"', ingest_queue="nope"),
    account(
        "queue not empty",
        {"GetQueueAttributes": queue(visible=7)},
        'ingest_queue is "cc-api-staging"',
        "7 visible",
        "ingest_purge_queue=true",
    ),
    account(
        "retention", {"GetQueueAttributes": queue(retention=86_400)}, "ingest_queue_hours is 72", "24 hours", "259200"
    ),
    account(
        "visibility", {"GetQueueAttributes": queue(visibility=1800)}, "ingest_job_minutes is 60", "30 minutes", "3600"
    ),
    account(
        "no bucket",
        {"HeadObject": Refusal("404"), "HeadBucket": Refusal("404")},
        'ingest_cities_command is "import_cities,azavea-climate-sandbox,geonames',
        "no bucket azavea-climate-sandbox",
    ),
    account(
        "no object",
        {"HeadObject": Refusal("404"), "HeadBucket": {}},
        "ingest_cities_command",
        "no object geonames_cities_top200_us.geojson",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_is_wrong_is_named(aws: FakeAws, case: Case):
    one_problem(aws, case)


def test_a_log_group_that_is_there_is_found_by_its_name(aws: FakeAws):
    answer = {"DescribeLogGroups": {"logGroups": [{"logGroupName": "mine"}, {"logGroupName": "mine-too"}]}}
    check(aws, {"ingest_log_group": "mine"}, answer)
    assert aws.sent("DescribeLogGroups") == [{"logGroupNamePrefix": "mine"}]


@pytest.mark.parametrize("state", ["started", "done"])
def test_jobs_of_the_open_run_may_be_in_the_queue(aws: FakeAws, state: str):
    check(aws, {}, {"GetQueueAttributes": queue(visible=7), "GetParameters": run_record(create_jobs=state)})


@pytest.mark.parametrize("fact", ["purging", "years"])
def test_jobs_of_one_command_a_year_may_be_in_the_queue(aws: FakeAws, fact: str):
    """The step failed, and goes on where it was."""
    answers = run_record(create_jobs="failed")
    step = next(each for each in answers["Parameters"] if each["Name"].endswith("create_jobs"))
    step["Value"] = json.dumps({**json.loads(step["Value"]), "facts": {fact: 2}})
    check(aws, {}, {"GetQueueAttributes": queue(visible=7), "GetParameters": answers})


def test_jobs_of_an_earlier_run_may_not(aws: FakeAws):
    answers = {"GetQueueAttributes": queue(visible=7), "GetParameters": run_record("complete", create_jobs="done")}
    assert "7 visible" in problems(aws, {"ingest_years": "2050"}, answers)[0]


def test_jobs_of_a_retry_may_be_queued_already(aws: FakeAws):
    done = run_record(create_jobs="done", drain="done")
    check(aws, {"playbook": "retry_failed"}, {"GetParameters": done, "GetQueueAttributes": queue(visible=3)})


def test_how_long_a_job_takes_does_not_matter_where_none_runs(aws: FakeAws):
    check(aws, {"tags": ["create_jobs"]}, {"GetQueueAttributes": queue(visibility=1800)})


def test_a_name_that_no_service_can_have_does_not_matter_without_one(aws: FakeAws):
    check(aws, {"tags": ["prepare"], "ingest_environment": "sta.ging"}, {})
