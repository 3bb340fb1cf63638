"""What holds for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# a test holds on a machine that is four times as busy: nothing is measured against a clock
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
