"""What a run has made of an account: tables without their keys, jobs, and whatever it left behind."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.core.holder import Holder
from sandbox.seed import WEB_SERVICE
from tests.integration.conftest import Account

CLUSTER, DATABASE, QUEUE = "ecsStagingCluster", "dbstaging", "cc-api-staging"
RECORD = "/climate.ingest/staging"
TAG_PREFIX = "climate.ingest:"
_ALIVE = ("pending", "running")

# surrogate keys differ where a command was run twice, and a mean's last digits with the order of its terms
_SOURCE = """climate_data_climatedatasource source JOIN climate_data_scenario scenario ON scenario.id = scenario_id
    JOIN climate_data_climatemodel model ON model.id = model_id"""
_TABLES = {
    "cities": "SELECT name, admin1, population, longitude, latitude FROM climate_data_city",
    "scenarios": "SELECT name, label, description FROM climate_data_scenario",
    "models": "SELECT name, label, base_time::text FROM climate_data_climatemodel",
    "data sources": f"SELECT scenario.name, model.name, year, import_completed FROM {_SOURCE}",
    "climate data": f"""SELECT city.name, city.admin1, scenario.name, model.name, year, round(tas::numeric, 6)::float
        FROM climate_data_climatedata value JOIN climate_data_city city ON city.id = city_id
        JOIN {_SOURCE} ON source.id = data_source_id""",
    "historic averages": """SELECT city.name, city.admin1, start_year, end_year, round(tas::numeric, 6)::float
        FROM climate_data_historicaverageclimatedata value JOIN climate_data_city city ON city.id = city_id""",
}


# with the habits of 2019, by data set and cell
_TABLES_2019 = {
    **{name: query for name, query in _TABLES.items() if name not in ("data sources", "climate data")},
    "data sources": f"""SELECT dataset.name, scenario.name, model.name, year, import_completed FROM {_SOURCE}
        JOIN climate_data_climatedataset dataset ON dataset.id = dataset_id""",
    "climate data": f"""SELECT cell.lat::text, cell.lon::text, dataset.name, scenario.name, model.name, year,
        round(tas::numeric, 6)::float FROM climate_data_climatedatayear value
        JOIN climate_data_climatedatacell cell ON cell.id = map_cell_id
        JOIN {_SOURCE} ON source.id = data_source_id
        JOIN climate_data_climatedataset dataset ON dataset.id = dataset_id""",
    "cities' cells": """SELECT city.name, city.admin1, dataset.name, cell.lat::text, cell.lon::text
        FROM climate_data_climatedatacitycell own JOIN climate_data_city city ON city.id = city_id
        JOIN climate_data_climatedatacell cell ON cell.id = map_cell_id
        JOIN climate_data_climatedataset dataset ON dataset.id = dataset_id""",
}
# what a run changes of a group and of a service that are not its own
_OF_A_GROUP = ("MinSize", "MaxSize", "DesiredCapacity", "NewInstancesProtectedFromScaleIn", "SuspendedProcesses")
_OF_A_SERVICE = (
    "taskDefinition",
    "desiredCount",
    "runningCount",
    "deploymentConfiguration",
    "availabilityZoneRebalancing",
)


@dataclass
class State:
    """An account after a run.

    Attributes:
        tables: rows by table, each with how often it is there.
        jobs: (data set if there are any, scenario, model, year) of every message that was ever sent, with how often.
        leftovers: what should not be there, each in a few words.
        database_class: of the RDS instance.
        standing: the account's own groups and services, its database's parameter group, and the snapshots there are.
        run: state of the last run in the record; None without a record.
    """

    tables: dict[str, Counter[Hashable]] = field(default_factory=dict)
    jobs: Counter[Hashable] = field(default_factory=Counter)
    leftovers: list[str] = field(default_factory=list)
    database_class: str = ""
    standing: dict[str, Any] = field(default_factory=dict)
    run: str | None = None


def read(account: Account) -> State:
    """Read all of it."""
    rds = account.client("rds").describe_db_instances(DBInstanceIdentifier=DATABASE)["DBInstances"][0]
    run = run_state(account)
    leftovers = [*_fleet(account), *_tasks(account), *_definitions(account), *_queue(account), *_locks(account)]
    leftovers += [f"tag {tag['Key']} of the database" for tag in rds["TagList"] if tag["Key"].startswith(TAG_PREFIX)]
    if run not in (None, "complete"):
        leftovers.append(f"a run that is {run}")
    has_datasets = account.sql("SELECT to_regclass('climate_data_climatedataset') IS NOT NULL") == [(True,)]
    tables = _TABLES_2019 if has_datasets else _TABLES
    return State(
        tables={name: Counter(account.sql(query)) for name, query in tables.items()},
        jobs=_jobs(account),
        leftovers=leftovers,
        database_class=rds["DBInstanceClass"],
        standing=_standing(account, rds),
        run=run,
    )


def run_state(account: Account) -> str | None:
    """Read the state of the last run in the record; None without a record."""
    found = account.client("ssm").get_parameters(Names=[f"{RECORD}/run"])["Parameters"]
    return json.loads(found[0]["Value"])["state"] if found else None


def differences(state: State, reference: State) -> list[str]:
    """Say in what an account is not as an undisturbed run left another."""
    found = [each for each in state.leftovers if each not in reference.leftovers]
    if state.database_class != reference.database_class:
        found.append(f"the database is a {state.database_class}, not a {reference.database_class}")
    found += [
        f"{name} is {state.standing.get(name)}, not {was}"
        for name, was in reference.standing.items()
        if state.standing.get(name) != was
    ]
    if state.run is None and reference.run is not None:
        found.append("no record of a run")
    for name, rows in reference.tables.items():
        if said := _difference(state.tables[name], rows):
            found.append(f"{name}: {said}")
    if said := _difference(state.jobs, reference.jobs):
        found.append(f"jobs queued: {said}")
    return found


def _difference(found: Counter[Hashable], wanted: Counter[Hashable]) -> str:
    parts = []
    for what, more in (("missing", wanted - found), ("too many", found - wanted)):
        if more:
            parts.append(f"{more.total()} {what} ({min(more, key=str)})")
    return ", ".join(parts)


def _jobs(account: Account) -> Counter[Hashable]:
    sent = account.control("messages")["messages"]
    names = {
        table: dict(account.sql(f"SELECT id, name FROM climate_data_{table}")) for table in ("scenario", "climatemodel")
    }
    jobs = [json.loads(message["body"]) for message in sent]
    return Counter(
        (
            *([job["dataset"]] if job.get("dataset") else []),
            names["scenario"].get(job["scenario_id"]),
            names["climatemodel"].get(job["model_id"]),
            str(job["year"]),
        )
        for job in jobs
    )


def _fleet(account: Account) -> list[str]:
    autoscaling, ec2 = account.client("autoscaling"), account.client("ec2")
    tagged = [{"Name": "tag-key", "Values": [f"{TAG_PREFIX}environment"]}]
    groups = autoscaling.describe_auto_scaling_groups(Filters=tagged)["AutoScalingGroups"]
    templates = ec2.describe_launch_templates(Filters=tagged)["LaunchTemplates"]
    reservations = ec2.describe_instances()["Reservations"]
    instances = [one for reservation in reservations for one in reservation["Instances"]]
    spot = sum(one.get("InstanceLifecycle") == "spot" and one["State"]["Name"] in _ALIVE for one in instances)
    return [
        *(f"Auto Scaling group {group['AutoScalingGroupName']}" for group in groups),
        *(f"launch template {template['LaunchTemplateName']}" for template in templates),
        *([f"{spot} spot instances"] if spot else []),
    ]


def _tasks(account: Account) -> list[str]:
    ecs = account.client("ecs")
    arns = ecs.list_tasks(cluster=CLUSTER)["taskArns"]
    tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []
    running = [each for each in tasks if each.get("group") != f"service:{WEB_SERVICE}"]
    services = [each for each in ecs.list_services(cluster=CLUSTER)["serviceArns"] if _is_ours(each)]
    return [
        *([f"{len(running)} running tasks"] if running else []),
        *(f"service {arn.rpartition('/')[2]}" for arn in services),
    ]


def _is_ours(arn: str) -> bool:
    return arn.rpartition("/")[2].startswith("ingest-")


def _standing(account: Account, database: dict[str, Any]) -> dict[str, Any]:
    groups = account.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    ecs = account.client("ecs")
    arns = [each for each in ecs.list_services(cluster=CLUSTER)["serviceArns"] if not _is_ours(each)]
    services = ecs.describe_services(cluster=CLUSTER, services=arns)["services"] if arns else []
    snapshots = account.client("rds").describe_db_snapshots()["DBSnapshots"]
    parameters = [
        (each["DBParameterGroupName"], each["ParameterApplyStatus"]) for each in database["DBParameterGroups"]
    ]
    return {
        **{each["AutoScalingGroupName"]: {name: each.get(name) for name in _OF_A_GROUP} for each in groups},
        **{each["serviceName"]: {name: each.get(name) for name in _OF_A_SERVICE} for each in services},
        "the parameter group": parameters,
        "the list of snapshots": sorted((each["DBSnapshotIdentifier"], each["Status"]) for each in snapshots),
    }


def _definitions(account: Account) -> list[str]:
    ecs = account.client("ecs")
    arns = [
        arn
        for status in ("ACTIVE", "INACTIVE")
        for arn in ecs.list_task_definitions(status=status)["taskDefinitionArns"]
    ]
    found = [ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"]) for arn in arns]
    return [
        "task definition {family}:{revision} ({status})".format_map(each["taskDefinition"])
        for each in found
        if any(tag["key"].startswith(TAG_PREFIX) for tag in each.get("tags", []))
    ]


def _queue(account: Account) -> list[str]:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    counts = {name: int(text) for name, text in attributes.items() if name.startswith("ApproximateNumber")}
    left = sum(counts.values())
    return [f"{left} messages in the queue"] if left else []


def _locks(account: Account) -> list[str]:
    pages = account.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=f"{RECORD}/lock")
    locks: dict[str, dict[str, Any]] = {
        each["Name"].rpartition("/")[2]: json.loads(each["Value"]) for page in pages for each in page["Parameters"]
    }
    return [f"lock {number} is held" for number, lock in locks.items() if _is_held(lock)]


def _is_held(lock: dict[str, Any]) -> bool:
    """Tell whether it keeps others out: a killed process's does not."""
    return not lock.get("released") and not Holder(**lock["holder"]).has_ended()
