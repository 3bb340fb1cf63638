"""Inputs for every module."""

from __future__ import annotations

from typing import Any

QUEUE, FAMILY, CLUSTER = "cc-api-staging", "StagingManagement", "ecsStagingCluster"
TARGET = {"cluster": CLUSTER, "task_definition": FAMILY, "container": "management"}
CHECK = {"_ansible_check_mode": True}
CLONE = {"family": FAMILY, "container": "management", "purpose": "p", "environment": "staging"}
SOUND = {"ingest_cluster": CLUSTER, "ingest_family": FAMILY, "ingest_container": "management"}
SPECS = {**{name: {"type": "str"} for name in SOUND}, "ingest_worker_environment": {"type": "dict"}}
DATASET = {"models": "CCSM4,MIROC5", "years": 2050}
IMPORTS = [{"scenario": "RCP85", **DATASET}]
UNKNOWN = [{"scenario": "RCP85"}]  # what all means is not said
RUN = {"environment": "faces", "cluster": CLUSTER, "imports": IMPORTS}

# Inputs, with whether they succeed; check mode where an account without container instances cannot do the rest.
CASES: dict[str, list[tuple[dict[str, Any], bool]]] = {
    "task_definition": [
        (
            {
                **CLONE,
                "memory": 0,
                "memory_reservation": 2048,
                "env": {"API_TOKEN": "s3cret"},
                "_ansible_check_mode": True,
            },
            True,
        ),
        ({**CLONE, "container": "web"}, False),
        ({"family": FAMILY}, False),
        ({"family": FAMILY, "state": "absent"}, True),
    ],
    "management_command": [
        ({**TARGET, "command": 'create_jobs,RCP85,"ACCESS1-0,CCSM4",all', "_ansible_check_mode": True}, True),
        ({**TARGET, "command": "migrate,"}, False),
        ({**TARGET, "command": "migrate", "cluster": "nowhere"}, False),
    ],
    "create_jobs": [
        ({**TARGET, "queue": QUEUE, "command": "create_jobs", "models": "m", "years": 2050, **CHECK}, True),
        ({**TARGET, "queue": "nowhere", "command": "create_jobs", "models": "m", "years": 2050}, False),
        ({**TARGET, "queue": QUEUE, "command": "create_jobs", "settle": -1}, False),
    ],
    "teardown": [
        ({"environment": "faces", "cluster": CLUSTER, "family": FAMILY, "database": "nowhere"}, False),
        (
            {
                "environment": "faces",
                "cluster": CLUSTER,
                "family": FAMILY,
                "database": "nowhere",
                "parts": ["service", "task_definitions"],
            },
            True,
        ),
    ],
    "run": [
        ({**RUN, **CHECK}, True),
        ({**RUN, "assume_done": ["nothing"]}, False),
        ({"environment": "faces", "state": "closed", "cluster": CLUSTER, "family": FAMILY, "database": "d"}, True),
    ],
    "retry": [
        ({"environment": "faces", "cluster": CLUSTER}, False),
        ({"environment": "no spaces", "cluster": "c"}, False),
    ],
    "lock": [({"environment": "faces", **CHECK}, True), ({"environment": "no spaces"}, False)],
    "failed_run": [
        (
            {
                "environment": "faces",
                "cluster": CLUSTER,
                "family": FAMILY,
                "database": "nowhere",
                "task": "t",
                "result": {"msg": "why"},
                **CHECK,
            },
            False,
        )
    ],
    "verification": [
        (
            {
                **TARGET,
                "command": "verify",
                "scenario": "A1B",
                "models": "HadCM3",
                "years": 2050,
                "_ansible_check_mode": True,
            },
            True,
        ),
        ({**TARGET, "command": "verify", "scenario": "A1B"}, False),
    ],
    "status": [
        (
            {
                "environment": "before-any",
                "cluster": CLUSTER,
                "family": FAMILY,
                "container": "management",
                "queue": QUEUE,
                "database": "nowhere",
                "report_folder": "nowhere",
            },
            True,
        ),
        ({"environment": "before-any", "cluster": CLUSTER}, False),
    ],
    "plan": [({"queue": QUEUE, "database": "nowhere"}, True)],
    "estimate": [
        (
            {"environment": "faces", "cluster": CLUSTER, "database": "nowhere", "imports": UNKNOWN, **CHECK},
            False,
        ),
        (
            {
                "environment": "faces",
                "cluster": CLUSTER,
                "database": "nowhere",
                "playbook": "future",
                "imports": IMPORTS,
                **CHECK,
            },
            True,
        ),
        (
            {
                "environment": "faces",
                "cluster": CLUSTER,
                "database": "nowhere",
                "imports": IMPORTS,
                "tags": ["migrate"],
            },
            True,
        ),
    ],
    "database": [({"instance": "nowhere", "class": "db.m4.xlarge"}, False), ({"instance": "nowhere"}, False)],
    "snapshot": [({"instance": "nowhere", "name": "before"}, False), ({"instance": "nowhere"}, False)],
    "spot_capacity": [
        ({"name": "spot", "cluster": CLUSTER, "environment": "staging", "count": 0}, False),
        ({"name": "spot", "cluster": CLUSTER, "environment": "staging", "state": "absent"}, True),
    ],
    "processing_service": [
        ({"name": "spot", "cluster": CLUSTER, "environment": "staging"}, False),
        ({"name": "spot", "cluster": CLUSTER, "environment": "staging", "state": "absent"}, True),
    ],
    "preflight": [
        ({"variables": SOUND, "specs": SPECS, "tags": ["prepare"]}, True),
        (
            {
                "variables": {**SOUND, "ingest_container": "web", "ingest_worker_environment": {"P": "s3cret"}},
                "specs": SPECS,
                "unresolved": {"ingest_queue": "'x' is undefined"},
            },
            False,
        ),
        ({"variables": {"ingest_clutser": CLUSTER}, "specs": SPECS, "playbook": "teardown"}, False),
        ({"variables": {**SOUND, "ingest_worker_environment": ["s3cret"]}, "specs": SPECS}, False),
    ],
    "canary": [
        ({**TARGET, "environment": "faces", "queue": QUEUE, "mode": "decide", "command": ""}, True),
        ({**TARGET, "environment": "faces", "queue": "nowhere", "scenarios": ["s"], "command": ""}, False),
    ],
    "queue_drain": [({"queue": "nowhere", "cluster": CLUSTER, "service": "s"}, False)],
}
