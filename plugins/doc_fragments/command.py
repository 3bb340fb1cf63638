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
      - A family means its newest revision. One that M(climate.ingest.task_definition) registered counts only if it is
        of O(purpose) and newer than every other revision, so that a clone some former run left never hides a newer
        revision of the family's owner.
    type: str
    required: true
  purpose:
    description:
      - Which clone of ours a family in O(task_definition) may mean.
    type: str
    default: management
  container:
    description:
      - The container of the task definition that runs the command.
      - Its exit code is the command's; what becomes of side-cars does not count.
    type: str
    required: true
  command:
    description:
      - The management command.
      - A string separates its arguments by commas, as the console of ECS does; an argument that holds a comma itself
        is quoted as in CSV.
      - A list holds one argument an item.
      - What the entry point of the container is (C(./manage.py)) must not be repeated.
      - Together with O(env) it must fit into the 8,192 characters ECS takes for overrides.
    type: raw
    required: true
  env:
    description:
      - Environment variables for this command, added to those of the task definition.
      - The values are never shown. A module, unlike the controller, still logs its options to its syslog, so
        secrets are better kept in the task definition.
    type: dict
  repeatable:
    description:
      - Whether the command may run twice. As a step of a run it is then started again where nobody can know how its
        task ended; otherwise the module fails and names the choices.
    type: bool
    default: false
  started_by:
    description:
      - The C(startedBy) of the task, by which C(ListTasks) finds it. A step of a run has its own.
      - At most 128 letters, digits, hyphens, slashes and underscores.
    type: str
  client_token:
    description:
      - Makes starting the task repeatable. With a token that started a task before, no second task is started and the
        first one is waited for.
      - At most 64 printable ASCII characters. By default a random one, which makes repeated requests of one task of a
        playbook safe. A step of a run has its own.
    type: str
  timeout:
    description:
      - Seconds after which the command is no longer waited for. By default there is no limit.
      - The task goes on then, unless O(stop_on_timeout=true).
    type: int
  stop_on_timeout:
    description:
      - Whether the task is stopped when O(timeout) is over.
    type: bool
    default: false
  capacity_timeout:
    description:
      - Seconds to wait for room in the cluster, where that is all that keeps the task from starting.
    type: int
    default: 600
"""
