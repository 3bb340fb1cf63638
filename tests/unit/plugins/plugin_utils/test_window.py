from __future__ import annotations

import shlex

import pytest

from ansible_collections.climate.ingest.plugins.plugin_utils import window

ARN = "arn:aws:ecs:us-east-1:123456789012:task/ecsStagingCluster/f44528d0fec448329362963cae60ede4"


def test_lines_break_between_words_and_what_cannot_stays_whole() -> None:
    text = f"loaddata,nothing ended with exit code 1, after it had said why. Task {ARN}.\nThe last lines of its log:"
    text += "\n  one"
    lines = window.fitted(text, 80)
    assert " ".join(line.strip() for line in lines).split() == text.split()
    assert all(len(line) <= 80 for line in lines if ARN not in line)
    assert lines[-2:] == ["The last lines of its log:", "  one"]


@pytest.mark.parametrize("width", [10, 40, 80, 200])
def test_a_command_stays_one_for_a_shell(width: int) -> None:
    command = (
        ".venv/bin/ansible-playbook playbooks/populate.yml -i 'my hosts.yml' --check -e ingest_scenario=A1B -e 'a=b c'"
    )
    lines = window.fitted(f"Go on with\n  {command}", width)
    assert shlex.split("\n".join(lines[1:]).replace("\\\n", "")) == shlex.split(command)
    assert not any(line.endswith("-e \\") for line in lines)
