# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents how a management command is run."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of several modules."""

    DOCUMENTATION = r"""
options:
  cluster:
    description:
      - The ECS cluster the task runs in.
    type: str
    required: true
  task_definition:
    description:
      - The task definition to run, as ARN, C(family:revision) or family.
      - A family means its newest revision. A clone registered by M(climate.ingest.task_definition) is used only if it
        is for O(purpose) and is newer than every other revision. A clone left by an earlier run therefore never hides a
        revision that was registered since.
    type: str
    required: true
  purpose:
    description:
      - Which clone to use if O(task_definition) is a family.
    type: str
    default: management
  container:
    description:
      - The container of the task definition that runs the command.
      - Only its exit code counts. Sidecars are ignored.
    type: str
    required: true
  command:
    description:
      - The management command.
      - A string is split on commas, as in the ECS console. Quote an argument that contains a comma as in CSV.
      - A list has one item per argument.
      - Leave out the container's entry point (C(./manage.py)).
      - ECS limits overrides to 8,192 bytes. O(command) and O(env) share that limit.
    type: raw
    required: true
  env:
    description:
      - Environment variables for this command, added to those of the task definition.
      - Results and diffs do not show the values. An ordinary module still logs its options to syslog, so keep secrets
        in the task definition.
    type: dict
  log_group:
    description:
      - Where the log goes, as in O(climate.ingest.task_definition#module:log_group).
      - If O(task_definition) is a family whose newest revision is not a clone, and that revision does not log there,
        the command runs in a clone of its own, which is removed when the command has ended. This needs O(environment).
    type: str
  repeatable:
    description:
      - Whether the command may run twice.
      - A step of a run whose outcome can no longer be determined is started again if this is V(true). Otherwise the
        module fails and lists the choices.
    type: bool
    default: false
  started_by:
    description:
      - The C(startedBy) of the task, which C(ListTasks) can filter by. A step of a run sets its own.
      - At most 128 letters, digits, hyphens, slashes and underscores.
    type: str
  client_token:
    description:
      - Makes starting the task idempotent. If a task was already started with this token, the module waits for that
        task and starts no other.
      - At most 64 printable ASCII characters. By default a random token, which protects only against repeated requests
        within one call of the module. A step of a run sets its own.
    type: str
  timeout:
    description:
      - How many seconds to wait for the command. By default there is no limit.
      - After the timeout the task keeps running unless O(stop_on_timeout=true).
    type: int
  stop_on_timeout:
    description:
      - Whether to stop the task after O(timeout).
    type: bool
    default: false
  capacity_timeout:
    description:
      - How many seconds to wait for capacity if the cluster has no room for the task.
    type: int
    default: 600
"""
