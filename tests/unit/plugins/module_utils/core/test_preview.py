"""What the earlier steps of a check-mode run would have made."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview


def test_a_later_task_knows_what_an_earlier_one_predicted(tmp_path: Path) -> None:
    Preview(tmp_path / "preview.json").predict("service/a", {"status": "ACTIVE"})
    Preview(tmp_path / "preview.json").predict("service/b", None)
    later = Preview(tmp_path / "preview.json")
    assert later.get("service/a") == {"status": "ACTIVE"}
    assert "service/b" in later and later.get("service/b", "unknown") is None
    assert "service/c" not in later and later.get("service/c", "unknown") == "unknown"
    assert list(later.below("service")) == [("a", {"status": "ACTIVE"}), ("b", None)]


def test_without_a_file_predictions_are_kept_in_memory() -> None:
    preview = Preview()
    preview.predict("service/a", {"status": "ACTIVE"})
    assert preview.get("service/a") == {"status": "ACTIVE"}
    assert "service/a" not in Preview()


def test_a_later_prediction_replaces_an_earlier_one_in_its_place() -> None:
    preview = Preview()
    for resource, state in (("fleet/a", 1), ("service/x", 0), ("fleet/b", 2), ("fleet/a", 3)):
        preview.predict(resource, state)
    assert list(preview.below("fleet")) == [("a", 3), ("b", 2)]
    assert list(preview.below("flee")) == []


def test_the_plan_is_kept_in_order(tmp_path: Path) -> None:
    assert Preview().notes == []
    Preview(tmp_path / "preview.json").note("created", "group g")
    Preview(tmp_path / "preview.json").note("removed", "group g")
    assert Preview(tmp_path / "preview.json").notes == [("created", "group g"), ("removed", "group g")]
