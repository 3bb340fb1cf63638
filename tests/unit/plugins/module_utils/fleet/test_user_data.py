from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.fleet import user_data

ECHO = "#!/bin/bash\necho ECS_CLUSTER=staging >> /etc/ecs/ecs.config\nstart ecs\n"
HEREDOC = "#!/bin/bash\ncat <<EOF > /etc/ecs/ecs.config\nECS_CLUSTER=staging\nEOF\n"
CLOUD = "#cloud-config\nwrite_files:\n  - path: /etc/ecs/ecs.config\n    content: |\n      ECS_CLUSTER=staging\n"
BOTTLEROCKET = '[settings.ecs]\ncluster = "staging"\n'
VARIABLE = '#!/bin/bash\nNAME=staging\necho "ECS_CLUSTER=${NAME}" > /etc/ecs/ecs.config\n'
TEE = "#!/bin/sh\necho ECS_CLUSTER=staging | tee /etc/ecs/ecs.config\n"


@pytest.mark.parametrize("text", [ECHO, HEREDOC, CLOUD, BOTTLEROCKET, VARIABLE, TEE])
def test_the_cluster_is_read_from_every_usual_form(text: str):
    assert user_data.cluster_named(text, "staging") == "staging"


def test_a_variable_that_cannot_be_the_wanted_cluster_is_given_as_it_is():
    assert user_data.cluster_named(VARIABLE, "production") == "${NAME}"


def test_a_longer_name_is_not_the_wanted_one():
    assert user_data.cluster_named("NAME=staging-old\nECS_CLUSTER=$NAME\n", "staging") == "$NAME"


@pytest.mark.parametrize("text", ["", "#!/bin/bash\necho hello\n", "#!/bin/bash\n# ECS_CLUSTER=staging\n"])
def test_no_cluster_is_none(text: str):
    assert user_data.cluster_named(text, "staging") is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (ECHO, "echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config"),
        (HEREDOC, "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true"),
        (CLOUD, "      ECS_ENABLE_SPOT_INSTANCE_DRAINING=true"),
        (BOTTLEROCKET, "enable-spot-instance-draining = true"),
        (VARIABLE, 'echo "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true" >> /etc/ecs/ecs.config'),
    ],
)
def test_draining_stands_right_behind_the_cluster(text: str, line: str):
    changed = user_data.with_draining(text)
    assert changed is not None
    lines = changed.splitlines()
    place = next(number for number, each in enumerate(lines) if "ECS_CLUSTER=" in each or each.startswith("cluster ="))
    assert lines[place + 1] == line
    assert [each for each in lines if each != line] == text.splitlines()


def test_another_shell_script_gets_it_at_its_end():
    assert user_data.with_draining(TEE) == TEE + "echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config\n"


def test_what_is_there_already_stays():
    text = ECHO + "echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=false >> /etc/ecs/ecs.config\n"
    assert user_data.with_draining(text) == text


def test_what_is_not_understood_is_left_alone():
    assert user_data.with_draining("#include\nhttps://example.org/setup\n") is None


def test_packed_user_data_is_read():
    long = ECHO + "# padding\n" * 2000
    packed = user_data.encode(long)
    assert len(packed) < user_data.MAX_BYTES
    assert user_data.decode(packed) == long
    assert user_data.decode(user_data.encode("caf\u00e9")) == "caf\u00e9"


def test_what_is_shown_is_the_agents_settings_and_nothing_else():
    text = (
        f"#!/bin/bash\nexport DB_PASSWORD=hunter2\n{ECHO.splitlines()[1]}\necho ECS_ENGINE_AUTH_DATA=s3cret >> /etc/x\n"
    )
    shown = user_data.shown(user_data.encode(text))
    assert shown["agent"] == ["echo ECS_CLUSTER=staging >> /etc/ecs/ecs.config"]
    assert "hunter2" not in str(shown) and "s3cret" not in str(shown)


def test_a_change_anywhere_shows_as_another_digest():
    first, second = (user_data.shown(user_data.encode(ECHO + tail)) for tail in ("", "reboot\n"))
    assert first["agent"] == second["agent"]
    assert first["sha256"] != second["sha256"]
