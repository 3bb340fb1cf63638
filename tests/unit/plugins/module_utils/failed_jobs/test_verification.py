from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    Incomplete,
    InvalidInput,
    Unreadable,
)
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.verification import run
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.run.verification import VERIFY, YEARS, printed
from tests.fakes.task import DEFINITION, page, task, tasks


def test_everything_is_imported(ecs: FakeAws) -> None:
    printed(
        ecs,
        "4 objects imported automatically (use -v 2 for details).",
        "a warning",
        f"INGEST_COMPLETED ACCESS1-0 {YEARS}",
        f"INGEST_COMPLETED HadCM3 {YEARS} 2048",
    )
    result = run(ecs.context(), VERIFY)
    assert not result.changed
    assert (result.values["requested"], result.values["completed"], result.values["missing"]) == (36, 36, {})
    assert ecs.progress.lines == ["shell: a warning", "RCP85: 36 of 36 data sources complete"]


def test_what_is_missing_is_listed_by_model_and_year(ecs: FakeAws) -> None:
    some = " ".join(year for year in YEARS.split() if year not in {"2031", "2044", "2045", "2046"})
    printed(ecs, f"INGEST_COMPLETED ACCESS1-0 {YEARS}", f"INGEST_COMPLETED HadCM3 {some}")
    with pytest.raises(Incomplete) as caught:
        run(ecs.context(), VERIFY)
    assert caught.value.message == (
        "4 of the 36 requested data sources of RCP85 are not imported:\n  HadCM3: 2031, 2044-2046"
    )
    assert caught.value.details["missing"] == {"HadCM3": "2031, 2044-2046"}
    assert (caught.value.details["requested"], caught.value.details["completed"]) == (36, 32)


def test_a_model_may_be_spread_over_lines(ecs: FakeAws) -> None:
    years = YEARS.split()
    lines = [f"INGEST_COMPLETED HadCM3 {year}" for year in years]
    printed(ecs, *lines, f"INGEST_COMPLETED ACCESS1-0 {YEARS}")
    assert run(ecs.context(), VERIFY).values["completed"] == 36


def test_only_what_was_asked_has_to_be_there(ecs: FakeAws) -> None:
    printed(ecs, "INGEST_COMPLETED HadCM3 2031")
    result = run(ecs.context(), {**VERIFY, "models": ["HadCM3"], "years": ["2031"]})
    assert result.values["requested"] == 1


def test_no_report_at_all_says_so(ecs: FakeAws) -> None:
    printed(ecs, "hello")
    with pytest.raises(Incomplete, match="printed no line that begins with INGEST_COMPLETED") as caught:
        run(ecs.context(), VERIFY)
    assert "HadCM3: 2030-2047" in caught.value.message


def test_a_report_that_lags_behind_the_task_is_awaited(ecs: FakeAws) -> None:
    nothing = [page("1")] * 6
    late = page("2", f"INGEST_COMPLETED HadCM3 {YEARS}", f"INGEST_COMPLETED ACCESS1-0 {YEARS}")
    ecs.on("GetLogEvents", page("1", "first"), *nothing, late, page("2"))
    assert run(ecs.context(), VERIFY).values["completed"] == 36
    assert ecs.now < 12


@pytest.mark.parametrize(
    ("refusal", "why"),
    [
        (
            Refusal("AccessDeniedException", "User: x is not authorized to perform: logs:GetLogEvents on resource: y"),
            "logs:GetLogEvents is denied",
        ),
        (Refusal("ResourceNotFoundException"), "there is no log stream"),
    ],
    ids=["denied", "no stream"],
)
def test_a_report_that_cannot_be_read_says_nothing_about_the_data(ecs: FakeAws, refusal: Refusal, why: str) -> None:
    ecs.on("GetLogEvents", refusal)
    with pytest.raises(Unreadable, match=why) as caught:
        run(ecs.context(), VERIFY)
    assert "Nothing is known to be missing" in caught.value.message
    assert "not imported" not in caught.value.message


def test_a_report_of_which_the_rest_may_not_be_read_says_nothing_about_the_data(ecs: FakeAws) -> None:
    ecs.on("GetLogEvents", page("1", f"INGEST_COMPLETED HadCM3 {YEARS}"), Refusal("AccessDeniedException"))
    with pytest.raises(Unreadable, match="GetLogEvents is denied"):
        run(ecs.context(), VERIFY)


def test_a_report_through_another_log_driver_says_nothing_about_the_data(ecs: FakeAws) -> None:
    [container] = [dict(each) for each in DEFINITION["containerDefinitions"] if each["name"] == VERIFY["container"]]
    container["logConfiguration"] = {"logDriver": "syslog"}
    definition = {**DEFINITION, "containerDefinitions": [container]}
    ecs.on("DescribeTaskDefinition", {"taskDefinition": definition, "tags": []})
    with pytest.raises(Unreadable, match="name a log group in it"):
        run(ecs.context(), VERIFY)


def test_a_malformed_report_is_named(ecs: FakeAws) -> None:
    printed(ecs, "INGEST_COMPLETED HadCM3 2031 twenty")
    with pytest.raises(InvalidInput, match="printed 'twenty' where a year should be"):
        run(ecs.context(), VERIFY)


def test_a_verification_that_fails_proves_nothing(ecs: FakeAws) -> None:
    printed(ecs, f"INGEST_COMPLETED HadCM3 {YEARS}", "Traceback")
    ecs.on("DescribeTasks", tasks(task("STOPPED", 1)))
    with pytest.raises(Unreadable, match="could not be verified: shell ended with exit code 1") as caught:
        run(ecs.context(), VERIFY)
    assert caught.value.message.endswith("Nothing is known to be missing.")
    assert "\n" not in caught.value.message and ecs.count("RunTask") == 1


NO_DATABASE = ["Traceback (most recent call last):", "  File", "django.db.utils.OperationalError: connection refused"]


def test_a_verification_is_tried_again_while_the_database_comes_back(ecs: FakeAws) -> None:
    report = [f"INGEST_COMPLETED {model} {YEARS}" for model in ("ACCESS1-0", "HadCM3")]
    ecs.on("GetLogEvents", page("1", *NO_DATABASE), page("1"), page("2", *report), page("2"))
    ecs.on("DescribeTasks", tasks(task("STOPPED", 1)), tasks(task("STOPPED", 0)))
    assert run(ecs.context(), VERIFY).values["completed"] == 36
    assert ecs.count("RunTask") == 2
    assert any("has no database (django.db.utils.OperationalError" in line for line in ecs.progress.lines)


def test_a_database_that_stays_away_is_one_sentence(ecs: FakeAws) -> None:
    printed(ecs, *NO_DATABASE)
    ecs.on("DescribeTasks", tasks(task("STOPPED", 1)))
    context = replace(ecs.context(), patience=10.0)
    with pytest.raises(
        Unreadable, match="It ended with django.db.utils.OperationalError: connection refused"
    ) as caught:
        run(context, VERIFY)
    assert "Traceback" not in caught.value.message


def test_check_mode_runs_nothing(ecs: FakeAws) -> None:
    ecs.on("DescribeClusters", {"clusters": [{"status": "ACTIVE"}], "failures": []})
    result = run(ecs.context(check_mode=True), VERIFY)
    assert (result.changed, result.values["requested"], result.values["predicted"]) == (False, 36, True)
    assert ecs.changes() == []


def test_wrong_input_is_found_before_any_call(aws: FakeAws) -> None:
    with pytest.raises(InvalidInput, match="all_years is empty"):
        run(aws.context(), {**VERIFY, "all_years": []})
    assert aws.calls == []


def test_a_negative_tolerance_is_refused(aws: FakeAws) -> None:
    with pytest.raises(InvalidInput, match="allow_failed_jobs is -1"):
        run(aws.context(), {**VERIFY, "allow_failed_jobs": -1})
