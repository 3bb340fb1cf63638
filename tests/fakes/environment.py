"""An environment with what a run left, for tests that script failures: AWS's answers, with its delays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fakes.aws import FakeAws, Refusal

CLUSTER, FAMILY, ENVIRONMENT = "ecsStagingCluster", "StagingManagement", "climate.ingest:environment"
SERVICE, FLEET = "ingest-staging-run-jobs", "ingest-staging-spot"
GROUP = "aws:autoscaling:groupName"
ORIGINAL = "climate.ingest:original-class"
PLAIN_SERVICE = {"status": "ACTIVE", "desiredCount": 2, "runningCount": 2, "taskDefinition": f"{FAMILY}:2"}
OURS = {ENVIRONMENT: "staging"}
ARN = "arn:aws:ecs:us-east-1:1"
DRAINS, ENDS, TERMINATES, MODIFIES, LATE = 10.0, 30.0, 60.0, 600.0, 150.0  # seconds from the call that asks for it


def upper(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": text} for name, text in tags.items()]


def lower(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": name, "value": text} for name, text in tags.items()]


class Environment:
    """A service with two workers, a fleet of two, a resized database, two clones; each part can be changed."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws = aws
        self.services: dict[str, dict[str, Any]] = {}
        self.tasks: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self.templates: dict[str, dict[str, str]] = {}
        self.instances: dict[str, dict[str, Any]] = {}
        self.registered: list[str] = []
        self.clones = {2: "ACTIVE", 3: "INACTIVE"}
        self.database = {
            "DBInstanceClass": "db.m4.xlarge",
            "PendingModifiedValues": {},
            "DBInstanceStatus": "available",
        }
        self.remembers = {ORIGINAL: "db.t2.medium"}
        self.modified_at: float | None = None
        self.modifies = MODIFIES
        self.service(SERVICE, OURS)
        self.group(FLEET, OURS)
        self.templates[FLEET] = OURS
        self._answer()

    def service(self, name: str, tags: dict[str, str], workers: int = 2) -> None:
        self.services[name] = {"serviceName": name, "tags": lower(tags), "requested": None, **PLAIN_SERVICE}
        for number in range(workers):
            self.task(f"{name}-{number}", tags, group=f"service:{name}")

    def task(self, name: str, tags: dict[str, str] | None = None, **more: Any) -> str:
        arn = f"{ARN}:task/{CLUSTER}/{name}"
        plain = {"taskArn": arn, "lastStatus": "RUNNING", "desiredStatus": "RUNNING", "group": f"family:{FAMILY}"}
        self.tasks[arn] = {**plain, "tags": lower(tags or {}), "requested": None, **more}
        return arn

    def command(self, *words: str, **more: Any) -> str:
        return self.task(words[0], OURS, overrides={"containerOverrides": [{"command": list(words)}]}, **more)

    def group(self, name: str, tags: dict[str, str], count: int = 2) -> None:
        self.groups[name] = {"AutoScalingGroupName": name, "Tags": upper(tags), "requested": None}
        for number in range(count):
            self.instance(f"i-{name}-{number}", {**tags, GROUP: name})

    def instance(self, name: str, tags: dict[str, str], state: str = "running") -> None:
        self.instances[name] = {
            "InstanceId": name,
            "InstanceType": "m4.large",
            "state": state,
            "tags": tags,
            "requested": None,
        }
        self.registered.append(name)

    def _answer(self) -> None:
        answers = (
            self.list_services, self.describe_services, self.delete_service, self.list_tasks, self.describe_tasks,
            self.describe_auto_scaling_groups, self.delete_auto_scaling_group, self.describe_launch_templates,
            self.describe_launch_template_versions, self.delete_launch_template,
            self.describe_instances, self.terminate_instances,
            self.list_container_instances, self.describe_container_instances, self.deregister_container_instance,
            self.describe_d_b_instances, self.modify_d_b_instance, self.remove_tags_from_resource,
            self.list_task_definitions, self.describe_task_definition, self.deregister_task_definition,
            self.delete_task_definitions,
        )  # fmt: skip
        for answer in answers:
            self.aws.on("".join(word.capitalize() for word in answer.__name__.split("_")), answer)
        option = {"DBInstanceClass": "db.t2.medium", "StorageType": "gp2"}
        self.aws.on("DescribeScheduledActions", {"ScheduledUpdateGroupActions": []})
        self.aws.on("DescribeOrderableDBInstanceOptions", {"OrderableDBInstanceOptions": [option]})

    def _passed(self, thing: Mapping[str, Any], seconds: float) -> bool:
        return thing["requested"] is not None and self.aws.now - thing["requested"] >= seconds

    def list_services(self, params: dict[str, Any]) -> dict[str, Any]:
        active = [name for name, each in self.services.items() if each["status"] == "ACTIVE"]
        return {"serviceArns": [f"{ARN}:service/{params['cluster']}/{name}" for name in active]}

    def describe_services(self, params: dict[str, Any]) -> dict[str, Any]:
        names = [each.rsplit("/")[-1] for each in params["services"]]
        found = [self.services[name] for name in names if name in self.services]
        for each in found:
            each["status"] = "INACTIVE" if self._passed(each, DRAINS) else each["status"]
        return {"services": found}

    def delete_service(self, params: dict[str, Any]) -> dict[str, Any]:
        assert params["force"]
        self.services[params["service"]] |= {"status": "DRAINING", "requested": self.aws.now}
        for task in self.tasks.values():
            if task["group"] == f"service:{params['service']}":
                task |= {"desiredStatus": "STOPPED", "requested": self.aws.now}
        return {}

    def delete_service_late(self, params: dict[str, Any], service: float) -> dict[str, Any]:
        """Delete it, but its tasks end only when their instances are gone: agents that do not answer."""
        self.delete_service(params)
        late = self.aws.now + LATE
        self.services[params["service"]]["requested"] = self.aws.now + service
        for task in self.tasks.values():
            if task["group"] == f"service:{params['service']}":
                task["requested"] = late
        return {}

    def list_tasks(self, params: dict[str, Any]) -> dict[str, Any]:
        desired = params.get("desiredStatus", "RUNNING")
        return {"taskArns": [arn for arn, each in self.tasks.items() if each["desiredStatus"] == desired]}

    def describe_tasks(self, params: dict[str, Any]) -> dict[str, Any]:
        found = [self.tasks[arn] for arn in params["tasks"]]
        for each in found:
            each["lastStatus"] = "STOPPED" if self._passed(each, ENDS) else each["lastStatus"]
        return {"tasks": found}

    def describe_auto_scaling_groups(self, params: dict[str, Any]) -> dict[str, Any]:
        found = [each for each in self.groups.values() if not self._passed(each, TERMINATES)]
        if "Filters" in params:
            found = [each for each in found if upper(OURS)[0] in each["Tags"]]
        else:
            found = [each for each in found if each["AutoScalingGroupName"] in params["AutoScalingGroupNames"]]
        return {"AutoScalingGroups": [self._group(each) for each in found]}

    def _group(self, group: dict[str, Any]) -> dict[str, Any]:
        sizes = {"DesiredCapacity": 2, "MinSize": 0, "MaxSize": 2}
        going = {"Status": "Delete in progress"} if group["requested"] is not None else {}
        members = [{"InstanceId": each} for each in self._members(group["AutoScalingGroupName"])]
        return {**group, **sizes, **going, "Instances": members}

    def _members(self, group: str) -> list[str]:
        return [name for name, each in self.instances.items() if each["tags"].get(GROUP) == group]

    def delete_auto_scaling_group(self, params: dict[str, Any]) -> dict[str, Any]:
        assert params["ForceDelete"]
        name = params["AutoScalingGroupName"]
        self.groups[name]["requested"] = self.aws.now
        return self.terminate_instances({"InstanceIds": self._members(name)})

    def describe_launch_templates(self, params: dict[str, Any]) -> dict[str, Any]:
        found = params.get("LaunchTemplateNames") or [name for name, tags in self.templates.items() if tags == OURS]
        if not set(found) <= set(self.templates):
            raise Refusal("InvalidLaunchTemplateName.NotFoundException")
        return {
            "LaunchTemplates": [
                {"LaunchTemplateId": f"lt-{each}", "LaunchTemplateName": each, "Tags": upper(self.templates[each])}
                for each in found
            ]
        }

    def describe_launch_template_versions(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"LaunchTemplateVersions": [{"VersionNumber": 1, "LaunchTemplateData": {"InstanceType": "m4.large"}}]}

    def delete_launch_template(self, params: dict[str, Any]) -> dict[str, Any]:
        del self.templates[params["LaunchTemplateId"].removeprefix("lt-")]
        return {}

    def describe_instances(self, params: dict[str, Any]) -> dict[str, Any]:
        for name, each in self.instances.items():
            if self._passed(each, TERMINATES):
                each["state"] = "terminated"
                self.registered = [other for other in self.registered if other != name]
        found = list(self.instances.values())
        for wanted in params["Filters"]:
            kind, values = wanted["Name"], wanted["Values"]
            found = [
                each
                for each in found
                if (each["state"] if kind == "instance-state-name" else each["tags"].get(kind[4:])) in values
            ]
        shown = [{**each, "State": {"Name": each["state"]}, "Tags": upper(each["tags"])} for each in found]
        return {"Reservations": [{"Instances": shown}]}

    def terminate_instances(self, params: dict[str, Any]) -> dict[str, Any]:
        for name in params["InstanceIds"]:
            self.instances[name] |= {"state": "shutting-down", "requested": self.aws.now}
        return {}

    def list_container_instances(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"containerInstanceArns": [f"{ARN}:container-instance/{name}" for name in self.registered]}

    def describe_container_instances(self, params: dict[str, Any]) -> dict[str, Any]:
        arns = params["containerInstances"]
        return {
            "containerInstances": [{"containerInstanceArn": arn, "ec2InstanceId": arn.rsplit("/")[-1]} for arn in arns]
        }

    def deregister_container_instance(self, params: dict[str, Any]) -> dict[str, Any]:
        self.registered.remove(params["containerInstance"].rsplit("/")[-1])
        return {}

    def describe_d_b_instances(self, params: dict[str, Any]) -> dict[str, Any]:
        if params["DBInstanceIdentifier"] != "dbstaging":
            raise Refusal("DBInstanceNotFoundFault")
        if self.modified_at is not None:
            self.database["DBInstanceStatus"] = "modifying" if self.aws.now > self.modified_at else "available"
            if self.aws.now - self.modified_at >= self.modifies:
                self.database |= self.database["PendingModifiedValues"]
                self.database |= {"PendingModifiedValues": {}, "DBInstanceStatus": "available"}
                self.modified_at = None
        fixed = {"DBInstanceIdentifier": "dbstaging", "DBInstanceArn": "arn:db", "AllocatedStorage": 240}
        engine = {"Engine": "postgres", "EngineVersion": "9.6", "StorageType": "gp2"}
        return {"DBInstances": [{**fixed, **engine, **self.database, "TagList": upper(self.remembers)}]}

    def modify_d_b_instance(self, params: dict[str, Any]) -> dict[str, Any]:
        ours = [each for each in self.tasks.values() if each["tags"] == lower(OURS)]
        running = [each for each in ours if each["lastStatus"] != "STOPPED"]
        assert not running, "something uses the database"
        self.database["PendingModifiedValues"] = {"DBInstanceClass": params["DBInstanceClass"]}
        self.modified_at = self.aws.now
        return {}

    def give_up(self, params: dict[str, Any]) -> dict[str, Any]:
        """Accept the change, be modifying for a while, and have the old class again."""
        self.modify_d_b_instance(params)
        self.database["PendingModifiedValues"] = {}
        return {}

    def remove_tags_from_resource(self, params: dict[str, Any]) -> dict[str, Any]:
        self.remembers = {}
        return {}

    def list_task_definitions(self, params: dict[str, Any]) -> dict[str, Any]:
        numbers = [number for number, status in {1: "ACTIVE", **self.clones}.items() if status == params["status"]]
        return {"taskDefinitionArns": [f"{ARN}:task-definition/{FAMILY}:{number}" for number in numbers]}

    def describe_task_definition(self, params: dict[str, Any]) -> dict[str, Any]:
        arn = params["taskDefinition"]
        cloned = {**OURS, "climate.ingest:cloned-from": f"{arn[:-1]}1"}
        return {"taskDefinition": {"taskDefinitionArn": arn}, "tags": [] if arn.endswith(":1") else lower(cloned)}

    def deregister_task_definition(self, params: dict[str, Any]) -> dict[str, Any]:
        self.clones[int(params["taskDefinition"][-1])] = "INACTIVE"
        return {}

    def delete_task_definitions(self, params: dict[str, Any]) -> dict[str, Any]:
        for arn in params["taskDefinitions"]:
            assert self.clones.pop(int(arn[-1])) == "INACTIVE"
        return {"failures": []}
