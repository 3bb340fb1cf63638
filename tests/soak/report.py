"""The soak's report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.faults.proxy import Exchange
from tests.soak.acts import KILLS
from tests.soak.course import Happened
from tests.sweep.report import table

_HEAD = """# Soak

One run of `populate.yml` behind a proxy in which its calls meet faults at random. Meanwhile the network is cut for
minutes, instances are reclaimed, the database is restarted between the drains, the terminal is closed, and the
controller is killed ten times; each time the same command is given again, and nothing else is done. Once it stays
dead until the account ends the fleet by itself. Hours that only pass, until the messages of dead workers can be seen
again or the dead man's switch fires, pass at once.

In the end each job was queued exactly once, all values in the database are those of the NetCDF files, and nothing is
left that costs money.

Made by `make soak`; do not edit."""


def markdown(
    seed: int,
    date: str,
    seconds: float,
    happened: Sequence[Happened],
    controllers: Sequence[tuple[float, str]],
    exchanges: Sequence[Exchange],
    wrong: Sequence[str],
) -> str:
    """Write the report.

    Args:
        seed: of faults and acts.
        date: of today.
        seconds: how long it took.
        happened: besides the faults, in order.
        controllers: how long each ran, and how it ended.
        exchanges: what the proxy has taken.
        wrong: what is not as it should be.
    """
    faults = Counter(each.fault for each in exchanges if each.fault)
    kills = sum(how in KILLS for _, how in controllers)
    summary = [
        ("date", date),
        ("seed", str(seed)),
        ("result", "FAILED" if wrong else "complete"),
        ("minutes", f"{seconds / 60:.0f}"),
        ("calls of the controllers", str(len(exchanges))),
        ("of these met a fault", str(faults.total())),
        ("controllers killed", str(kills)),
    ]
    parts = [_HEAD, table(("", ""), summary)]
    if wrong:
        parts += ["## What is wrong", "\n".join(f"- {each}" for each in wrong)]
    rows = [(f"{each.seconds:.0f}", each.what) for each in happened]
    ends = [(str(number), f"{ran:.0f}", how) for number, (ran, how) in enumerate(controllers, 1)]
    parts += [
        "## What happened",
        table(("second", "what"), rows),
        "## Controllers",
        table(("", "seconds", "ended by"), ends),
        "## Faults",
        table(("fault", "calls", "of these changing"), _faults(exchanges)),
    ]
    return "\n\n".join(parts) + "\n"


def _faults(exchanges: Sequence[Exchange]) -> list[tuple[str, str, str]]:
    met = [each for each in exchanges if each.fault]
    every, changing = (
        Counter(each.fault for each in some) for some in (met, [each for each in met if each.call.changes])
    )
    return [(str(fault), str(count), str(changing[fault])) for fault, count in sorted(every.items())]
