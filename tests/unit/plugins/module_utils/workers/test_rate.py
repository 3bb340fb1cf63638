"""How fast a queue drains, from its recent past."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.workers.rate import Rate


def test_the_rate_is_of_the_recent_past():
    rate = Rate(window=60)
    for now in range(0, 121, 10):
        rate.add(now, 1000 - now if now <= 60 else 940 - (now - 60) * 3)
    assert rate.per_second == pytest.approx(3)
    assert rate.seconds_left() == pytest.approx(760 / 3)


def test_no_rate_no_estimate():
    rate = Rate()
    rate.add(0, 5)
    rate.add(10, 5)
    assert rate.seconds_left() is None


def test_one_sample_is_no_rate():
    rate = Rate()
    rate.add(0, 5)
    assert (rate.per_second, rate.seconds_left()) == (0.0, None)


def test_jobs_added_meanwhile_begin_the_rate_anew():
    rate = Rate()
    for now, left in ((0, 100), (10, 50), (20, 200), (30, 190)):
        rate.add(now, left)
    assert rate.per_second == pytest.approx(1)


def test_a_drained_queue_has_nothing_left_to_wait_for():
    rate = Rate()
    rate.add(0, 10)
    rate.add(10, 0)
    assert rate.seconds_left() == 0
