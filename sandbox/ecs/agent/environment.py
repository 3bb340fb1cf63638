"""The environment variables of a container."""

from __future__ import annotations

from moto.s3.models import s3_backends
from moto.ssm.models import ssm_backends

from sandbox.credentials import Keys
from sandbox.ecs.agent.images import Image, search_path
from sandbox.ecs.model.task import Container
from sandbox.processes import TASK_APP_ID
from sandbox.runtime import ACCOUNT_ID, REGION


class CannotResolve(Exception):
    """A secret or an environment file cannot be had."""


def environment(container: Container, image: Image, endpoint_url: str, keys: Keys) -> dict[str, str]:
    """Give a container's variables: the image's, the definition's and the override's, and how to reach the account.

    Nothing else of this machine's environment gets in.

    Args:
        container: as its task has it.
        image: what it runs.
        endpoint_url: the sandbox's address.
        keys: the task role's.

    Raises:
        CannotResolve: an SSM parameter or an S3 object that is not there, in the agent's words.
    """
    variables = {"PATH": search_path(), "HOME": "/", "AWS_DEFAULT_REGION": REGION, **image.environment}
    files = [*container.definition.get("environmentFiles", []), *container.override.get("environmentFiles", [])]
    for entry in files:
        variables.update(_file(entry["value"]))
    variables.update(
        {secret["name"]: _secret(secret["valueFrom"]) for secret in container.definition.get("secrets", [])}
    )
    # Whatever the definition says, a container here never talks to another account.
    account = {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_SDK_UA_APP_ID": TASK_APP_ID,
    }
    return {**variables, **container.environment(), **account}


def _secret(source: str) -> str:
    """Read an SSM parameter by name or ARN."""
    name = source
    if source.startswith("arn:"):
        service, path = source.split(":")[2], source.partition(":parameter")[2]
        if service != "ssm":
            raise CannotResolve(f"unable to pull secrets: the sandbox reads SSM parameters only, not {source}")
        # Only names that are paths keep the slash of the ARN.
        name = path if path.count("/") > 1 else path.removeprefix("/")
    parameter = ssm_backends[ACCOUNT_ID][REGION].get_parameter(name)
    if parameter is None:
        raise CannotResolve(f"unable to pull secrets or registry auth: invalid ssm parameters: {name}")
    return str(parameter.response_object(decrypt=True)["Value"])


def _file(source: str) -> dict[str, str]:
    """Read a file of ``NAME=value`` lines from S3."""
    bucket, _, key = source.partition(":::")[2].partition("/")
    try:
        body = s3_backends[ACCOUNT_ID]["aws"].get_object(bucket, key)
    except Exception as error:
        raise CannotResolve(f"failed to download env files: {source}: {error}") from error
    if body is None:
        raise CannotResolve(f"failed to download env files: {source}: not found")
    lines = body.value.decode("utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}
