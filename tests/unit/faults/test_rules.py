"""Which request meets which fault."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.faults.rules import Call, Chance, Fault, Rule, Script

RUN, PUT, LIST = "ecs.RunTask", "ssm.PutParameter", "ecs.ListTasks"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def call(name: str, content: str = "") -> Call:
    service, _, operation = name.partition(".")
    return Call(service, operation, not operation.startswith("List"), f"{name} {content}".encode())


def test_the_first_request_of_an_operation_once() -> None:
    script = Script([Rule(Fault.ERROR, RUN)])
    assert script.unmet() == list(script.rules)
    assert [script.choose(call(name)) for name in (PUT, RUN, RUN, RUN)] == [None, Fault.ERROR, None, None]
    assert script.unmet() == []


def test_a_later_request_and_several_times() -> None:
    script = Script([Rule(Fault.ERROR, PUT, occurrence=2, times=2)])
    met = [script.choose(call(PUT, text)) for text in ("a", "b", "c", "d")]
    assert met == [None, Fault.ERROR, Fault.ERROR, None]


def test_a_request_sent_again_is_not_another() -> None:
    script = Script([Rule(Fault.RESET_AFTER, PUT, occurrence=number) for number in (1, 2, 4)])
    met = [script.choose(call(PUT, text)) for text in ("a", "a", "b", "b", "c", "d", "d", "e")]
    lost = Fault.RESET_AFTER
    assert met == [lost, None, lost, None, None, lost, None, None]


def test_the_same_request_later_is_another() -> None:
    script = Script([Rule(Fault.ERROR, PUT, occurrence=number) for number in (1, 2)])
    assert [script.choose(call(PUT)) for _ in range(4)] == [Fault.ERROR, None, Fault.ERROR, None]


def test_the_first_rule_that_fits_decides_and_all_count() -> None:
    script = Script([Rule(Fault.ERROR, RUN), Rule(Fault.DELAY, "ecs.*", times=None)])
    assert [script.choose(call(name)) for name in (RUN, PUT, LIST)] == [Fault.ERROR, None, Fault.DELAY]


def test_for_a_while() -> None:
    clock = Clock()
    script = Script([Rule(Fault.THROTTLE, LIST, times=None, seconds=180.0)], clock)
    clock.now += 500
    met = []
    for _ in range(3):
        met.append(script.choose(call(LIST)))
        clock.now += 90
    met.append(script.choose(call(LIST)))
    assert met == [Fault.THROTTLE, Fault.THROTTLE, None, None]


def test_only_after_another_operation_and_a_wait() -> None:
    clock = Clock()
    script = Script([Rule(Fault.ERROR, LIST, after=RUN, wait=60)], clock)
    assert script.choose(call(LIST)) is None
    script.performed(call(PUT))
    script.performed(call(RUN))
    assert script.choose(call(LIST)) is None
    clock.now += 60
    script.performed(call(RUN))
    assert script.choose(call(LIST)) is Fault.ERROR


def test_by_chance_a_share_of_the_requests() -> None:
    chance = Chance(7, [Fault.ERROR, Fault.DELAY], share=0.2, changing=0.4)
    for name, times in ((LIST, 200), (PUT, 400)):
        met = Counter(chance.choose(call(name, str(number))) for number in range(2000))
        assert met[Fault.ERROR] == pytest.approx(times, rel=0.3) and met[Fault.DELAY] == pytest.approx(times, rel=0.3)


def test_the_same_seed_gives_the_same_faults() -> None:
    def of(seed: int) -> list[Fault | None]:
        chance = Chance(seed, tuple(Fault), share=0.5, changing=0.5)
        return [chance.choose(call(RUN)) for _ in range(50)]

    assert of(1) == of(1) != of(2)


def test_something_gets_through() -> None:
    chance = Chance(7, [Fault.ERROR], share=1.0, changing=1.0, in_a_row=2)
    assert [chance.choose(call(RUN)) for _ in range(6)] == [Fault.ERROR, Fault.ERROR, None] * 2
    assert chance.choose(call(LIST)) is Fault.ERROR
