# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run needs of the account: cluster, task definition, job queue, and the file of cities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.aws import ClientError, error_code, is_denied, tag_dict, why_unread
from ..core.errors import NotFound, Refused
from ..ecs import services
from ..ecs.definitions import revisions
from ..job_queue import dead_letters, log_words
from ..job_queue.climate_api import TRIES
from ..job_queue.depth import COUNTS, REDRIVE, TIMEOUT, queue_url
from ..job_queue.one_a_year import has_queued
from ..record.job_key import DEFAULT
from ..record.job_key import VARIABLE as JOB_KEY
from ..record.record import Record
from ..record.sections import either
from .check_context import CheckContext
from .findings import Findings
from .inputs import ANY_COMMAND

RETENTION = "MessageRetentionPeriod"
MISSING = {"404", "NoSuchBucket", "NoSuchKey", "NotFound"}


def check_cluster(ctx: CheckContext, findings: Findings) -> bool:
    """Make sure that the cluster is there; the others that need it are not checked without."""
    name = ctx.values["ingest_cluster"]

    def read() -> dict[str, Any]:
        found = ctx.context.client("ecs").describe_clusters(clusters=[name])["clusters"]
        if not found or found[0]["status"] != "ACTIVE":
            raise NotFound(f"There is no ECS cluster {name} in region {ctx.region}; look at ingest_region, too.")
        return dict(found[0])

    cluster = findings.attempt("ingest_cluster", name, read)
    if cluster is None:
        return False
    registered = cluster.get("registeredContainerInstancesCount", 0)
    findings.facts["cluster"] = {"name": name, "container_instances": registered}
    if ctx.needs(*ANY_COMMAND) and not registered and ctx.values.get("ingest_launch_type") == "EC2":
        findings.wrong("ingest_cluster", name, "it has no container instances, and management commands need one.")
    return True


def check_service(ctx: CheckContext) -> Findings:
    """Make sure that the name of the workers' service is free, or taken by one of ours."""
    findings = Findings()
    environment, name = ctx.values["ingest_environment"], ctx.names.service

    def read() -> None:
        service = services.read(ctx.context, ctx.values["ingest_cluster"], name)
        if service:
            check_ours("service", name, tag_dict(service.get("tags")), environment)

    findings.attempt("ingest_environment", environment, read)
    return findings


def check_ours(kind: str, name: str, tags: Mapping[str, str], environment: str) -> None:
    """Make sure that what has a name of ours was made by a run of this environment.

    Raises:
        Refused: it was not.
    """
    if tags.get(revisions.ENVIRONMENT_TAG) != environment:
        raise Refused(
            f"The {kind} {name} exists and carries no tag {revisions.ENVIRONMENT_TAG}={environment}: no run made it,"
            " so it is left alone. Remove or rename it, or use another environment name."
        )


def check_queue(ctx: CheckContext) -> Findings:
    """Make sure that the queue is there, keeps jobs long enough, and holds none of somebody else's."""
    findings = Findings()
    queue = ctx.values["ingest_queue"]

    def read() -> dict[str, str]:
        names = [*COUNTS.values(), TIMEOUT, RETENTION, REDRIVE]
        answer = ctx.context.client("sqs").get_queue_attributes(
            QueueUrl=queue_url(ctx.context, queue), AttributeNames=names
        )
        return dict(answer["Attributes"])

    found = findings.attempt("ingest_queue", queue, read)
    if found is None:
        return findings
    redrive = dead_letters.read_policy(found.pop(REDRIVE, None))
    words = (ctx.values.get(log_words.MARKER_VARIABLE), ctx.values.get(log_words.VARIABLE))
    of_climate_api = log_words.are_default(*words, ctx.values.get(JOB_KEY) or DEFAULT)
    remark = dead_letters.warning(queue, redrive, TRIES if of_climate_api else None)
    findings.warnings += [remark] if remark else []
    attributes = {name: int(text) for name, text in found.items()}
    counts = {name: attributes.get(attribute, 0) for name, attribute in COUNTS.items()}
    retention, visibility = attributes.get(RETENTION, 0), attributes.get(TIMEOUT, 0)
    findings.facts["queue"] = counts | {"retention_seconds": retention, "visibility_seconds": visibility}
    hours = ctx.values.get("ingest_queue_hours", 0)
    minutes = ctx.values.get("ingest_job_minutes", 0) if ctx.needs("drain") else 0
    if retention < hours * 3600:
        findings.wrong(
            "ingest_queue_hours",
            hours,
            f"queue {queue} keeps messages for {retention / 3600:g} hours, and jobs that wait longer are lost: raise"
            f" its {RETENTION} to {hours * 3600} seconds or more, or lower ingest_queue_hours.",
        )
    if visibility < minutes * 60:
        findings.wrong(
            "ingest_job_minutes",
            minutes,
            f"queue {queue} gives a job to a second worker after {visibility / 60:g} minutes: raise its {TIMEOUT} to"
            f" {minutes * 60} seconds or more, or lower ingest_job_minutes.",
        )
    _check_empty(ctx, queue, counts, findings)
    return findings


def _check_empty(ctx: CheckContext, queue: str, counts: Mapping[str, int], findings: Findings) -> None:
    """Refuse jobs of somebody else's: create_jobs would queue on top of them."""
    total = sum(counts.values())
    if not total or not ctx.needs("create_jobs"):
        return
    listing = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
    if ctx.values.get("ingest_purge_queue"):
        findings.warnings.append(f"Queue {queue} holds {total} jobs ({listing}); ingest_purge_queue deletes them.")
    elif not _is_queued(ctx.known):
        findings.wrong(
            "ingest_queue",
            queue,
            f"it is not empty: {listing}. Drain it (--tags run_jobs,teardown), or delete what is in it with"
            " -e ingest_purge_queue=true.",
        )


def _is_queued(known: Record) -> bool:
    """Say whether the open run itself has queued jobs, or begun to."""
    begun = [name for name, step in known.steps.items() if has_queued(step)]
    return known.open_run is not None and either("create_jobs", begun)


def check_cities(ctx: CheckContext) -> Findings:
    """Make sure that the object of ``import_cities,BUCKET,KEY`` is there.

    It is the task's role that reads it: what these credentials cannot see may be there all the same.
    """
    findings = Findings()
    bucket, key = ctx.values["cities_object"]
    s3 = ctx.context.client("s3")

    def read() -> None:
        try:
            s3.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error_code(error) in MISSING:
                raise NotFound(_missing(s3, bucket, key)) from error
            findings.warnings.append(
                f"ingest_cities_command: whether s3://{bucket}/{key} is there is not known, as {why_unread(error)}; the"
                " task's role reads it."
            )

    findings.attempt("ingest_cities_command", f"import_cities,{bucket},{key}", read)
    return findings


def _missing(s3: Any, bucket: str, key: str) -> str:
    """Tell a bucket that is not there from an object that is not: HeadObject's answer has no text."""
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error_code(error) in MISSING:
            return f"There is no bucket {bucket}."
        if not is_denied(error):  # S3 denies a bucket only where there is one
            return f"There is no object {key} in bucket {bucket}, or no such bucket: {why_unread(error)}."
    return f"There is no object {key} in bucket {bucket}."
