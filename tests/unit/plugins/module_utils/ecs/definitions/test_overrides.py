from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput
from ansible_collections.climate.ingest.plugins.module_utils.ecs.definitions.overrides import (
    DASHES,
    LONGEST_OVERRIDE,
    QUOTES,
    TYPOGRAPHIC,
    check_entry_point,
    container_override,
    format_command,
    parse_command,
)

arguments = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1)


def is_a_command(items: list[str]) -> bool:
    named = len(items[0].split()) < 2 and not any("manage.py" in item for item in items[:2])
    typographic = any({item[0], item[-1]} & set(TYPOGRAPHIC) or item[0] in DASHES for item in items)
    return named and not typographic and items[0][0] not in QUOTES


@given(arguments)
@example(["create_jobs", "RCP85", "ACCESS1-0,CCSM4", "all"])
@example(["say", '"hi"', " leading", "trailing ", "line\nbreak", "\r", "\x85\u2028"])
def test_what_is_written_is_read(items: list[str]) -> None:
    assume(is_a_command(items))
    assert parse_command(format_command(items)) == items


@given(st.text())
def test_any_string_is_a_command_or_a_clear_error(text: str) -> None:
    try:
        parsed = parse_command(text)
    except InvalidInput as error:
        assert error.message.startswith("The command ")
    else:
        assert parsed and "" not in parsed
        assert parse_command(format_command(parsed)) == parsed


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("migrate", ["migrate"]),
        ("loaddata,scenarios", ["loaddata", "scenarios"]),
        ("loaddata, scenarios\n", ["loaddata", "scenarios"]),
        ('create_jobs,RCP85,"ACCESS1-0,CCSM4",all', ["create_jobs", "RCP85", "ACCESS1-0,CCSM4", "all"]),
        (["create_jobs", "RCP85", "all", 2050], ["create_jobs", "RCP85", "all", "2050"]),
        (["shell", "-c", "import x\nprint(1)"], ["shell", "-c", "import x\nprint(1)"]),
    ],
)
def test_both_forms(value: Any, expected: list[str]) -> None:
    assert parse_command(value) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "is empty"),
        ("  \n", "is empty"),
        ([], "is empty"),
        ("loaddata,,scenarios", "empty argument (number 2)"),
        ("loaddata,", "empty argument (number 2)"),
        (["migrate", ""], "empty argument (number 2)"),
        ('create_jobs,"ACCESS1-0,all', "unbalanced quotes"),
        ('create_jobs,"a"b', "unbalanced quotes"),
        ("migrate\nloaddata,scenarios", "more than one line"),
        ("python manage.py migrate", "Did you mean migrate?"),
        ("./manage.py migrate", "Did you mean migrate?"),
        (["migrate", True], "True is not text"),
        (["migrate", None], "None is not text"),
        (7, "must be a string or a list, not int"),
        ({"a": "b"}, "must be a string or a list, not dict"),
        ("migrate --noinput", "Did you mean migrate,--noinput?"),
        (["loaddata scenarios", "-v"], "Did you mean loaddata,scenarios,-v?"),
        ("create_jobs,RCP85,\u201cACCESS1-0,CCSM4\u201d,all", "typographic quotes (\u201c)"),
        ("loaddata,\u2018scenarios\u2019", "typographic quotes (\u2018)"),
        ("migrate,\u2013noinput", "typographic dash (\u2013)"),
        ("'migrate',--noinput", "names a management command in quotes (')"),
        (['"migrate"'], 'names a management command in quotes (")'),
    ],
)
def test_what_is_refused(value: Any, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_command(value)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (["./manage.py"], "the container's entry point already"),
        (["python", "manage.py"], "the container's entry point already"),
        (None, "'web' has no entryPoint: it is taken that the image's is manage.py"),
    ],
)
@pytest.mark.parametrize(
    ("value", "begins"),
    [
        ("./manage.py,migrate", "begins with ./manage.py"),
        ("manage.py,migrate", "begins with manage.py"),
        ("python,manage.py,migrate", "begins with manage.py"),
        (["/usr/bin/python3.11", "./manage.py", "migrate"], "begins with ./manage.py"),
    ],
)
def test_the_entry_point_is_not_named_again(value: Any, begins: str, entry: list[str] | None, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_entry_point(parse_command(value), {"name": "web", "entryPoint": entry})
    assert begins in caught.value.message and said in caught.value.message


@pytest.mark.parametrize(
    ("command", "entry"),
    [("manage.py,migrate", ["python"]), ("./manage.py,migrate", ["sh", "-c"]), ("migrate", None), ("python", None)],
)
def test_another_entry_point_may_be_given_any_command(command: str, entry: list[str] | None) -> None:
    check_entry_point(parse_command(command), {"entryPoint": entry})


def test_an_override_is_the_container_its_command_and_its_variables() -> None:
    override = container_override("management", ["migrate"], {"LEVEL": "1"})
    assert override == {
        "containerOverrides": [
            {"name": "management", "command": ["migrate"], "environment": [{"name": "LEVEL", "value": "1"}]}
        ]
    }


def test_the_longest_override_counts_the_json_around_the_command() -> None:
    around = len('{"containerOverrides": [{"name": "management", "command": ["shell", ""]}]}')
    longest = "x" * (LONGEST_OVERRIDE - around)
    container_override("management", ["shell", longest], {})
    with pytest.raises(InvalidInput, match="shell makes an override of 8193 bytes; ECS takes 8192"):
        container_override("management", ["shell", longest + "x"], {})
    with pytest.raises(InvalidInput, match="makes an override of 8193 bytes"):
        container_override("management", ["shell", longest[:-1] + "é"], {})


def test_a_list_of_words_is_one_argument_with_commas() -> None:
    command = ["create_jobs", "RCP85", ["ACCESS1-0", "CCSM4"], [2006, "2050"]]
    assert parse_command(command) == ["create_jobs", "RCP85", "ACCESS1-0,CCSM4", "2006,2050"]


@pytest.mark.parametrize("argument", [[["a"]], [None], [True], {"a": 1}])
def test_what_is_no_list_of_words_is_no_argument(argument: object) -> None:
    with pytest.raises(InvalidInput, match="is not text"):
        parse_command(["create_jobs", argument])
