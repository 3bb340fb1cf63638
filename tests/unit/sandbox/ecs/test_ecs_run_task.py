"""Tasks, from RunTask to STOPPED."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from threading import Event

import psutil
import pytest
from botocore.exceptions import ClientError
from moto.core.base_backend import BackendDict

from sandbox import ecs
from sandbox.ecs.images import repository
from tests.fakes.ecs_world import World


def code_of(world: World, **request: object) -> tuple[str, str]:
    """Give code and message of the error RunTask answers with."""
    with pytest.raises(ClientError) as caught:
        world.ecs.run_task(cluster="workers", **request)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def lines(world: World, group: str, stream: str) -> list[str]:
    events = world.logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]
    return [event["message"] for event in events]


LOG = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": "jobs", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "p"},
}


def test_a_task_runs_and_stops_with_its_exit_code(workers: World) -> None:
    task = workers.run(workers.define("echo hello; exit 3"))
    assert (task["lastStatus"], task["desiredStatus"], task["group"]) == ("PENDING", "RUNNING", "family:job")
    stopped = workers.task_in(task["taskArn"], "STOPPED")
    assert stopped["stopCode"] == "EssentialContainerExited"
    assert stopped["stoppedReason"] == "Essential container in task exited"
    assert stopped["createdAt"] < stopped["startedAt"] <= stopped["stoppingAt"] <= stopped["stoppedAt"]
    [container] = stopped["containers"]
    assert (container["name"], container["lastStatus"], container["exitCode"]) == ("main", "STOPPED", 3)


def test_overrides_replace_command_and_environment(workers: World) -> None:
    workers.logs.create_log_group(logGroupName="jobs")
    definition = workers.define(
        "echo not this",
        logConfiguration=LOG,
        environment=[{"name": "KEPT", "value": "1"}, {"name": "CHANGED", "value": "1"}],
    )
    script = "env | grep -E '^(KEPT|CHANGED|FROM_IMAGE|AWS_ENDPOINT_URL|SECRET_OF_HOST)=' | sort"
    override = {"name": "main", "command": [script], "environment": [{"name": "CHANGED", "value": "2"}]}
    task = workers.run(definition, overrides={"containerOverrides": [override]})
    assert task["overrides"]["containerOverrides"] == [override]
    workers.task_in(task["taskArn"], "STOPPED")
    stream = f"p/main/{task['taskArn'].rpartition('/')[2]}"
    url = workers.runtime.endpoint_url
    assert lines(workers, "jobs", stream) == [f"AWS_ENDPOINT_URL={url}", "CHANGED=2", "FROM_IMAGE=yes", "KEPT=1"]


def test_the_environment_of_this_machine_stays_out(workers: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_HOST", "x")
    task = workers.run(workers.define('test -z "$SECRET_OF_HOST"'))
    assert workers.task_in(task["taskArn"], "STOPPED")["containers"][0]["exitCode"] == 0


def test_lines_arrive_while_the_container_runs(workers: World) -> None:
    options = {**LOG["options"], "awslogs-create-group": "true"}
    definition = workers.define("echo first; sleep 60", logConfiguration={**LOG, "options": options})
    task = workers.run(definition)
    stream = f"p/main/{task['taskArn'].rpartition('/')[2]}"
    workers.task_in(task["taskArn"], "RUNNING")
    workers.until(lambda: lines(workers, "jobs", stream) == ["first"])
    assert workers.task(task["taskArn"])["lastStatus"] == "RUNNING"


def test_output_without_newline_and_of_great_length_is_logged(workers: World) -> None:
    workers.logs.create_log_group(logGroupName="jobs")
    script = "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; printf 'the end'"
    task = workers.run(workers.define(script, logConfiguration=LOG))
    workers.task_in(task["taskArn"], "STOPPED")
    stream = f"p/main/{task['taskArn'].rpartition('/')[2]}"
    found = workers.logs.get_log_events(logGroupName="jobs", logStreamName=stream, startFromHead=False, limit=10)
    assert found["events"][-1]["message"] == "the end"
    assert found["events"][-2]["message"] == "line 2999"


def test_a_missing_log_group_keeps_the_container_from_starting(workers: World) -> None:
    task = workers.run(workers.define("true", logConfiguration=LOG))
    stopped = workers.task_in(task["taskArn"], "STOPPED")
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert "The specified log group does not exist" in stopped["containers"][0]["reason"]


def test_an_essential_container_ends_the_others(workers: World) -> None:
    sidecar = {"name": "statsd", "image": "shell", "memory": 64, "entryPoint": ["sleep"], "command": ["600"]}
    task = workers.run(workers.define("exit 0", sidecars=[{**sidecar, "essential": True}]))
    stopped = workers.task_in(task["taskArn"], "STOPPED")
    assert {one["name"]: one["exitCode"] for one in stopped["containers"]} == {"main": 0, "statsd": 143}


def test_a_container_that_is_not_essential_ends_alone(workers: World) -> None:
    sidecar = {"name": "init", "image": "shell", "memory": 64, "essential": False, "command": ["true"]}
    task = workers.run(workers.define("sleep 600", sidecars=[sidecar]))
    workers.until(lambda: workers.task(task["taskArn"])["containers"][1].get("exitCode") == 0)
    assert workers.task(task["taskArn"])["desiredStatus"] == "RUNNING"
    task = workers.run(workers.define("sleep 600", sidecars=[{**sidecar, "image": "unknown"}]))
    running = workers.task_in(task["taskArn"], "RUNNING")
    assert running["containers"][1]["reason"].startswith("CannotPullContainerError: ")


def test_over_its_hard_limit_a_container_is_killed(workers: World) -> None:
    script = "data = bytearray(120 * 2**20); import time; time.sleep(60)"
    definition = workers.define(script, entryPoint=[sys.executable, "-c"], memory=64)
    stopped = workers.task_in(workers.run(definition)["taskArn"], "STOPPED")
    [container] = stopped["containers"]
    assert container["exitCode"] == 137
    assert container["reason"] == "OutOfMemoryError: Container killed due to memory usage"
    assert stopped["stopCode"] == "EssentialContainerExited"


def test_a_soft_limit_kills_nobody(workers: World) -> None:
    script = "data = bytearray(120 * 2**20); import time; time.sleep(1)"
    definition = workers.define(script, entryPoint=[sys.executable, "-c"], memoryReservation=64, memory=None)
    stopped = workers.task_in(workers.run(definition)["taskArn"], "STOPPED")
    assert stopped["containers"][0]["exitCode"] == 0


def test_an_unknown_image_cannot_be_pulled(workers: World) -> None:
    task = workers.run(workers.define("true", image="123456789012.dkr.ecr.us-east-1.amazonaws.com/nothing:1"))
    stopped = workers.task_in(task["taskArn"], "STOPPED")
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("TaskFailedToStart", "Task failed to start")
    assert stopped["containers"][0]["reason"].startswith("CannotPullContainerError: ")
    assert "exitCode" not in stopped["containers"][0]
    assert "startedAt" not in stopped


@pytest.mark.parametrize("entry_point", [["no-such-program"], ["./missing.py"], ["/etc"]])
def test_a_program_the_image_lacks_cannot_start(workers: World, entry_point: list[str]) -> None:
    task = workers.run(workers.define("x", image="app", entryPoint=entry_point))
    stopped = workers.task_in(task["taskArn"], "STOPPED")
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert stopped["containers"][0]["reason"].startswith("CannotStartContainerError: ")


def test_python_files_run_in_the_image_directory_on_its_interpreter(workers: World) -> None:
    script = workers.runtime.images.parent / "app" / "manage.py"
    script.write_text(
        "import os, sys\nsys.exit(0 if sys.argv[1:] == ['migrate'] and os.path.exists('manage.py') else 9)\n"
    )
    task = workers.run(workers.define("migrate", image="app:7", entryPoint=["./manage.py"]))
    assert workers.task_in(task["taskArn"], "STOPPED")["containers"][0]["exitCode"] == 0


def test_stop_task_terminates(workers: World) -> None:
    task = workers.run(workers.define("sleep 600"))
    workers.task_in(task["taskArn"], "RUNNING")
    answer = workers.ecs.stop_task(cluster="workers", task=task["taskArn"], reason="enough")["task"]
    assert answer["desiredStatus"] == "STOPPED"
    stopped = workers.task_in(task["taskArn"], "STOPPED")
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "enough")
    assert stopped["containers"][0]["exitCode"] == 143


def test_stop_task_kills_what_does_not_listen(workers: World) -> None:
    task = workers.run(workers.define("trap '' TERM; while :; do sleep 0.1; done"))
    workers.task_in(task["taskArn"], "RUNNING")
    time.sleep(0.2)  # until the trap is set, which nothing shows
    workers.ecs.stop_task(cluster="workers", task=task["taskArn"])
    assert workers.task_in(task["taskArn"], "STOPPED")["containers"][0]["exitCode"] == 137


def test_a_pending_task_can_be_stopped(workers: World) -> None:
    task = workers.run(workers.define("sleep 600"))
    workers.ecs.stop_task(cluster="workers", task=task["taskArn"])
    stopped = workers.task_in(task["taskArn"], "STOPPED")
    assert "startedAt" not in stopped
    assert "exitCode" not in stopped["containers"][0]


def test_secrets_come_from_ssm_and_files_from_s3(workers: World) -> None:
    workers.client("ssm").put_parameter(Name="/db/password", Value="hidden", Type="SecureString")
    s3 = workers.client("s3")
    s3.create_bucket(Bucket="settings")
    s3.put_object(Bucket="settings", Key="app.env", Body=b"# comment\nCOLOUR=red\n")
    definition = workers.define(
        'test "$PASSWORD $COLOUR" = "hidden red"',
        secrets=[{"name": "PASSWORD", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/db/password"}],
        environmentFiles=[{"value": "arn:aws:s3:::settings/app.env", "type": "s3"}],
    )
    stopped = workers.task_in(workers.run(definition)["taskArn"], "STOPPED")
    assert stopped["containers"][0].get("exitCode") == 0, stopped


@pytest.mark.parametrize(
    "settings",
    [
        {"secrets": [{"name": "X", "valueFrom": "missing"}]},
        {"secrets": [{"name": "X", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"}]},
        {"environmentFiles": [{"value": "arn:aws:s3:::nowhere/app.env", "type": "s3"}]},
    ],
)
def test_what_cannot_be_resolved_fails_the_start(workers: World, settings: dict[str, object]) -> None:
    stopped = workers.task_in(workers.run(workers.define("true", **settings))["taskArn"], "STOPPED")
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert stopped["containers"][0]["reason"].startswith("ResourceInitializationError: ")


def test_fargate_runs_without_an_instance(world: World) -> None:
    subnet = world.ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    definition = world.define(
        "sleep 600",
        task={"networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512"},
    )
    network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": []}}
    task = world.run(definition, launchType="FARGATE", networkConfiguration=network)
    assert task["lastStatus"] == "PROVISIONING"
    assert "containerInstanceArn" not in task
    running = world.task_in(task["taskArn"], "RUNNING")
    assert (running["launchType"], running["cpu"], running["memory"]) == ("FARGATE", "256", "512")
    details = {one["name"]: one["value"] for one in running["attachments"][0]["details"]}
    assert details["subnetId"] == subnet
    world.ecs.stop_task(cluster="workers", task=task["taskArn"])
    world.task_in(task["taskArn"], "STOPPED")
    found = world.ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert details["networkInterfaceId"] not in [one["NetworkInterfaceId"] for one in found]


def test_a_capacity_provider_places_on_its_group_only(workers: World) -> None:
    workers.group("spot", 1)
    workers.instances(2)
    found = workers.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["spot"])
    [group] = found["AutoScalingGroups"]
    workers.ecs.create_capacity_provider(
        name="cheap", autoScalingGroupProvider={"autoScalingGroupArn": group["AutoScalingGroupARN"]}
    )
    definition = workers.define("sleep 600")
    strategy = [{"capacityProvider": "cheap", "weight": 1}]
    _, message = code_of(workers, taskDefinition=definition, capacityProviderStrategy=strategy)
    assert "not associated" in message
    workers.ecs.put_cluster_capacity_providers(
        cluster="workers", capacityProviders=["cheap"], defaultCapacityProviderStrategy=[]
    )
    task = workers.run(definition, capacityProviderStrategy=strategy)
    assert task["capacityProviderName"] == "cheap"
    instance = {one["containerInstanceArn"]: one["ec2InstanceId"] for one in workers.instances(2)}
    assert instance[task["containerInstanceArn"]] == group["Instances"][0]["InstanceId"]
    workers.autoscaling.update_auto_scaling_group(AutoScalingGroupName="spot", DesiredCapacity=0)
    workers.instances(1)
    answer = workers.ecs.run_task(cluster="workers", taskDefinition=definition, capacityProviderStrategy=strategy)
    assert [one["reason"] for one in answer["failures"]] == ["EMPTY CAPACITY PROVIDER"]


def test_requests_ecs_refuses(workers: World) -> None:
    definition = workers.define("true")
    network = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    awsvpc = workers.define("true", family="net", task={"networkMode": "awsvpc"})
    refused = [
        ({"count": 11}, "InvalidParameterException"),
        ({"startedBy": "x" * 129}, "InvalidParameterException"),
        ({"startedBy": "no spaces"}, "InvalidParameterException"),
        ({"overrides": {"containerOverrides": [{"name": "other"}]}}, "InvalidParameterException"),
        (
            {"overrides": {"containerOverrides": [{"name": "main", "command": ["x" * 8200]}]}},
            "InvalidParameterException",
        ),
        ({"launchType": "FARGATE"}, "InvalidParameterException"),
        ({"networkConfiguration": network}, "InvalidParameterException"),
        ({"taskDefinition": awsvpc}, "InvalidParameterException"),
        ({"taskDefinition": awsvpc, "networkConfiguration": network}, "InvalidParameterException"),
        ({"launchType": "EC2", "capacityProviderStrategy": [{"capacityProvider": "x"}]}, "InvalidParameterException"),
        ({"taskDefinition": "nothing"}, "ClientException"),
        ({"placementConstraints": [{"type": "memberOf", "expression": "attribute:x ="}]}, "InvalidParameterException"),
        ({"placementStrategy": [{"type": "binpack", "field": "disk"}]}, "InvalidParameterException"),
    ]
    for request, code in refused:
        assert code_of(workers, **{"taskDefinition": definition, **request})[0] == code, request
    with pytest.raises(ClientError, match="ClusterNotFoundException"):
        workers.ecs.run_task(cluster="elsewhere", taskDefinition=definition)
    workers.ecs.deregister_task_definition(taskDefinition=definition)
    assert code_of(workers, taskDefinition=definition) == ("ClientException", "TaskDefinition is inactive")


def test_an_empty_cluster_is_an_error_not_a_failure(world: World) -> None:
    assert code_of(world, taskDefinition=world.define("true")) == (
        "InvalidParameterException",
        "No Container Instances were found in your cluster.",
    )


def test_a_client_token_starts_tasks_once(workers: World) -> None:
    definition = workers.define("sleep 600")
    first = workers.run(definition, clientToken="t1")
    again = workers.run(definition, clientToken="t1")
    assert first["taskArn"] == again["taskArn"]
    with pytest.raises(ClientError) as caught:
        workers.ecs.run_task(cluster="workers", taskDefinition=definition, clientToken="t1", count=2)
    assert caught.value.response["Error"]["Code"] == "ConflictException"
    assert caught.value.response["resourceIds"] == [first["taskArn"]]
    assert workers.run(definition, clientToken="t2")["taskArn"] != first["taskArn"]


def test_tags_are_kept_propagated_and_found(workers: World) -> None:
    definition = workers.ecs.register_task_definition(
        family="tagged",
        containerDefinitions=[{"name": "main", "image": "shell", "memory": 64, "command": ["sleep", "600"]}],
        tags=[{"key": "of", "value": "definition"}, {"key": "both", "value": "definition"}],
    )["taskDefinition"]["taskDefinitionArn"]
    task = workers.run(
        definition,
        tags=[{"key": "both", "value": "task"}],
        propagateTags="TASK_DEFINITION",
        enableECSManagedTags=True,
    )
    answer = workers.ecs.describe_tasks(cluster="workers", tasks=[task["taskArn"]], include=["TAGS"])
    tags = {tag["key"]: tag["value"] for tag in answer["tasks"][0]["tags"]}
    assert tags == {"of": "definition", "both": "task", "aws:ecs:clusterName": "workers"}
    assert workers.task(task["taskArn"])["tags"] == []
    finder = workers.client("resourcegroupstaggingapi")
    filters = [{"Key": "both", "Values": ["task"]}]

    def found() -> list[str]:
        return [one["ResourceARN"] for one in finder.get_resources(TagFilters=filters)["ResourceTagMappingList"]]

    assert found() == [task["taskArn"]]
    workers.ecs.stop_task(cluster="workers", task=task["taskArn"])
    workers.task_in(task["taskArn"], "STOPPED")
    assert found() == []


def test_list_tasks_filters(workers: World) -> None:
    mine = workers.run(workers.define("sleep 600", family="a"), startedBy="me")["taskArn"]
    other = workers.run(workers.define("sleep 600", family="b"))
    ended = workers.run(workers.define("true", family="a"))["taskArn"]
    workers.task_in(ended, "STOPPED")

    def listed(**filters: str) -> set[str]:
        return set(workers.ecs.list_tasks(cluster="workers", **filters)["taskArns"])

    assert listed() == {mine, other["taskArn"]}
    assert listed(startedBy="me") == {mine}
    assert listed(family="a") == {mine}
    assert listed(family="a", desiredStatus="STOPPED") == {ended}
    assert listed(containerInstance=other["containerInstanceArn"]) == {mine, other["taskArn"]}
    assert listed(serviceName="none") == set()
    assert listed(launchType="FARGATE") == set()
    with pytest.raises(ClientError, match="startedBy"):
        listed(startedBy="me", family="a")
    with pytest.raises(ClientError, match="not found"):
        listed(containerInstance="none")
    first = workers.ecs.list_tasks(cluster="workers", maxResults=1)
    second = workers.ecs.list_tasks(cluster="workers", maxResults=1, nextToken=first["nextToken"])
    assert set(first["taskArns"] + second["taskArns"]) == {mine, other["taskArn"]}
    assert "nextToken" not in second


def test_describe_tasks_names_what_is_missing_and_takes_a_hundred(workers: World) -> None:
    task = workers.run(workers.define("sleep 600"))["taskArn"]
    answer = workers.ecs.describe_tasks(cluster="workers", tasks=["nothing", task.rpartition("/")[2]])
    assert [one["taskArn"] for one in answer["tasks"]] == [task]
    assert [one["reason"] for one in answer["failures"]] == ["MISSING"]
    for tasks in ([], [str(number) for number in range(101)]):
        with pytest.raises(ClientError, match="InvalidParameterException"):
            workers.ecs.describe_tasks(cluster="workers", tasks=tasks)
    with pytest.raises(ClientError, match="The referenced task was not found"):
        workers.ecs.stop_task(cluster="workers", task="nothing")


def test_start_task_names_its_instance(workers: World) -> None:
    definition = workers.define("sleep 600", memory=6000)
    [instance] = workers.instances(1)
    arn = instance["containerInstanceArn"]
    answer = workers.ecs.start_task(cluster="workers", taskDefinition=definition, containerInstances=[arn, "gone"])
    assert [one["containerInstanceArn"] for one in answer["tasks"]] == [arn]
    assert [one["reason"] for one in answer["failures"]] == ["MISSING"]
    answer = workers.ecs.start_task(cluster="workers", taskDefinition=definition, containerInstances=[arn])
    assert [one["reason"] for one in answer["failures"]] == ["RESOURCE:MEMORY"]


def test_containers_end_with_the_sandbox(workers: World) -> None:
    pid_file = workers.runtime.scratch_dir / "pid"
    workers.run(workers.define(f"echo $$ > {pid_file}.new; mv {pid_file}.new {pid_file}; sleep 600"))
    workers.until(pid_file.exists)
    pid = int(pid_file.read_text())
    workers.runtime.stopping.set()
    workers.until(lambda: not psutil.pid_exists(pid))


def test_containers_end_when_moto_is_reset_and_the_plane_goes_on(workers: World) -> None:
    pid_file = workers.runtime.scratch_dir / "pid"
    workers.run(workers.define(f"echo $$ > {pid_file}.new; mv {pid_file}.new {pid_file}; sleep 600"))
    workers.until(pid_file.exists)
    pid = int(pid_file.read_text())
    BackendDict.reset()
    workers.until(lambda: not psutil.pid_exists(pid))
    assert workers.ecs.list_clusters()["clusterArns"] == []
    workers.ecs.create_cluster(clusterName="workers")
    workers.group()
    workers.instances(1)
    workers.task_in(workers.run(workers.define("true"))["taskArn"], "STOPPED")


def test_a_second_sandbox_ends_the_first_and_starts_empty(workers: World) -> None:
    task = workers.run(workers.define("sleep 600"))["taskArn"]
    workers.task_in(task, "RUNNING")
    ecs.install(replace(workers.runtime, stopping=Event()))
    assert workers.runtime.stopping.is_set()
    assert workers.ecs.list_clusters()["clusterArns"] == []
    ecs.install(workers.runtime)


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("shell", "shell"),
        ("shell:latest", "shell"),
        ("library/shell", "library/shell"),
        ("localhost/shell", "shell"),
        ("registry:5000/team/shell:1", "team/shell"),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com/cc-management:latest", "cc-management"),
        ("shell@sha256:0123", "shell"),
        ("registry.example.com/shell:1@sha256:0123", "shell"),
    ],
)
def test_an_image_is_known_by_its_repository(reference: str, name: str) -> None:
    assert repository(reference) == name


def test_the_images_file_is_read_again_when_it_changes(workers: World) -> None:
    path = workers.runtime.images
    path.write_text("images:\n  new: {command: [sh, -c, 'exit 7']}\n")
    definition = workers.define(image="new", entryPoint=None)
    assert workers.task_in(workers.run(definition)["taskArn"], "STOPPED")["containers"][0]["exitCode"] == 7
    path.unlink()
    stopped = workers.task_in(workers.run(definition)["taskArn"], "STOPPED")
    assert stopped["containers"][0]["reason"].startswith("CannotPullContainerError: ")


def test_nothing_to_run_cannot_start(workers: World) -> None:
    stopped = workers.task_in(workers.run(workers.define(entryPoint=None))["taskArn"], "STOPPED")
    assert "no command specified" in stopped["containers"][0]["reason"]
