from __future__ import annotations

import base64
import email
import gzip
from pathlib import Path

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.fleet import user_data
from tests.fakes.fleet import scripts_run

ECHO = "#!/bin/bash\necho ECS_CLUSTER=staging >> /etc/ecs/ecs.config\nstart ecs\n"
HEREDOC = "#!/bin/bash\ncat <<EOF > /etc/ecs/ecs.config\nECS_CLUSTER=staging\nEOF\n"
CLOUD = "#cloud-config\nwrite_files:\n  - path: /etc/ecs/ecs.config\n    content: |\n      ECS_CLUSTER=staging\n"
BOTTLEROCKET = '[settings.ecs]\ncluster = "staging"\n'
VARIABLE = '#!/bin/bash\nNAME=staging\necho "ECS_CLUSTER=${NAME}" > /etc/ecs/ecs.config\n'
TEE = "#!/bin/sh\necho ECS_CLUSTER=staging | tee /etc/ecs/ecs.config\n"


@pytest.mark.parametrize("text", [ECHO, HEREDOC, CLOUD, BOTTLEROCKET, VARIABLE, TEE])
def test_the_cluster_is_read_from_every_usual_form(text: str):
    assert user_data.cluster_named(text, "staging") == "staging"


COMPOSED = '#!/bin/bash\nSTAGE=staging\necho "ECS_CLUSTER=web-${STAGE}" >> /etc/ecs/ecs.config\n'
FETCHED = "#!/bin/bash\necho ECS_CLUSTER=$(aws ssm get-parameter --name /c) >> /etc/ecs/ecs.config\n"
TAGGED = '#!/bin/bash\nNAME=$(aws ec2 describe-tags)\necho "ECS_CLUSTER=$NAME" >> /etc/ecs/ecs.config\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (VARIABLE, "production"),
        ("NAME=staging-old\nECS_CLUSTER=$NAME\n", "staging"),
        (COMPOSED, "web-staging"),
        (FETCHED, "web-staging"),
        (TAGGED, "web-staging"),
    ],
)
def test_a_name_that_is_computed_is_known_to_be(text: str, expected: str):
    assert user_data.cluster_named(text, expected) == user_data.COMPUTED


ENCODED = base64.b64encode(b"ECS_CLUSTER=staging\nECS_LOGLEVEL=info\n").decode()
FILE = f"#cloud-config\nwrite_files:\n  - path: /etc/ecs/ecs.config\n    encoding: b64\n    content: {ENCODED}\n"
FILE_FIRST = f"#cloud-config\nwrite_files:\n- content: {ENCODED}\n  encoding: base64\n  path: /etc/ecs/ecs.config\n"
PACKED = base64.b64encode(gzip.compress(b"ECS_CLUSTER=staging\n")).decode()
PACKED_FILE = (
    f'#cloud-config\nwrite_files:\n  - encoding: "gz+b64"\n    content: {PACKED}\n    path: /etc/ecs/ecs.config\n'
)
HEAD = 'Content-Type: multipart/mixed; boundary="part"\nMIME-Version: 1.0\n\n--part\n'
KIND = 'Content-Type: text/x-shellscript; charset="utf-8"\n'
ARCHIVE = (
    f"{HEAD}{KIND}MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n"
    f"{base64.encodebytes(TEE.encode()).decode()}\n--part--\n"
)


@pytest.mark.parametrize("text", [FILE, FILE_FIRST, PACKED_FILE, ARCHIVE, f"{HEAD}{KIND}\n{ECHO}\n--part--\n"])
def test_what_is_encoded_is_read(text: str):
    assert user_data.cluster_named(text, "staging") == "staging"


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


EXIT = "#!/bin/bash\necho ECS_CLUSTER=staging | tee -a /etc/ecs/ecs.config\nexit 0\n"
SHELL_VARIABLE = '#!/bin/bash\nset -eu\nECS_CLUSTER="staging"\necho ECS_CLUSTER=$ECS_CLUSTER > /etc/ecs/ecs.config\n'
OTHER_HEREDOC = TEE.replace("#!/bin/sh", "#!/bin/bash\ncat <<EOF > /etc/other\nECS_CLUSTER=staging\nEOF")


@pytest.mark.parametrize("text", [TEE, EXIT, SHELL_VARIABLE, OTHER_HEREDOC, HEREDOC, VARIABLE, ARCHIVE], ids=range(7))
def test_draining_ends_up_in_the_agents_configuration(text: str, tmp_path: Path):
    changed = user_data.with_draining(text.replace("/etc/other", str(tmp_path / "other")))
    assert changed is not None
    configuration = scripts_run(changed, tmp_path).splitlines()
    assert configuration == ["ECS_CLUSTER=staging", "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true"]
    assert user_data.cluster_named(changed, "staging") == "staging"
    assert user_data.with_draining(changed) == changed


@pytest.mark.parametrize("text", [FILE, PACKED_FILE])
def test_cloud_config_that_is_encoded_gets_a_script_beside_it(text: str):
    changed = user_data.with_draining(text)
    assert changed is not None
    parts = [part.get_content_type() for part in email.message_from_string(changed).walk()]
    assert parts == ["multipart/mixed", "text/cloud-config", "text/x-shellscript"]
    assert text.rstrip() in changed


def test_what_is_there_already_stays():
    text = ECHO + "echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config\n"
    assert user_data.with_draining(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#include\nhttps://example.org/setup\n",
        "<powershell>\nInitialize-ECSAgent -Cluster staging\n</powershell>\n",
        "#!/bin/bash\necho ECS_CLUSTER=staging | tee /etc/ecs/ecs.config\nstart ecs\n",
        "#!/bin/bash\necho ECS_CLUSTER=staging >> /etc/ecs/ecs.config; systemctl restart ecs\n",
        ECHO + "echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=false >> /etc/ecs/ecs.config\n",
    ],
)
def test_what_cannot_be_turned_on_for_sure_is_left_alone(text: str):
    assert user_data.with_draining(text) is None


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


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("#!/bin/sh\necho ECS_CLUSTER=c >> /etc/ecs/ecs.config", False),
        ('#!/bin/sh\necho \'ECS_AVAILABLE_LOGGING_DRIVERS=["json-file","splunk"]\' >> /etc/ecs/ecs.config', True),
        ("#!/bin/sh\necho 'ECS_AVAILABLE_LOGGING_DRIVERS=[\"awslogs\"]' >> /etc/ecs/ecs.config", False),
        ("#!/bin/sh\n# ECS_AVAILABLE_LOGGING_DRIVERS=[]\necho ECS_AVAILABLE_LOGGING_DRIVERS=$DRIVERS", False),
        ('[settings.ecs]\ncluster = "c"\nlogging-drivers = ["json-file"]', True),
    ],
)
def test_log_drivers_that_the_agent_may_not_use_are_known(text: str, lacks: bool) -> None:
    assert user_data.lacks_logging_driver(text, "awslogs") is lacks
