"""``python -m sandbox``: an AWS account on this machine, up and down."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.daemon import Daemon, SandboxDown, StartFailed, StartOptions
from sandbox.gateway.control import MOST_SECONDS
from sandbox.policy import document
from sandbox.private import NotPrivate
from sandbox.runtime import IMAGES, REGION
from sandbox.timing import PROFILES

_STATE_DIR = ".sandbox"
_EXIT_DOWN = 3  # what `systemctl status` answers for a unit that is not active


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: without the program's name; None for the process's own.

    Returns:
        the exit code: 0 done, 1 failed, 2 wrong arguments, 3 the sandbox is not up.
    """
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.run
    try:
        return command(options)
    except SandboxDown as error:
        print(error, file=sys.stderr)
        return _EXIT_DOWN
    except (StartFailed, NotPrivate, TimeoutError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="An AWS account on this machine, with a real database and real tasks."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        command.set_defaults(run=run)
        command.add_argument(
            "--state-dir",
            type=_path,
            default=_path(_STATE_DIR),
            metavar="DIR",
            help=f"folder of its pid, log, endpoint and credentials files (default: {_STATE_DIR})",
        )
        return command

    _add_start_options(add("up", _up, "start it in the background and wait until it answers"))
    add("down", _down, "end it and everything it started; its state is lost")
    status = add("status", _status, "say what is in it; exit code 3 when it is not up")
    status.add_argument("--json", action="store_true", help="as JSON")
    add("env", _env, 'print variables that lead a shell\'s AWS clients to it: eval "$(python -m sandbox env)"')
    add("reset", _reset, "go back to the state after `up`, at the same address")
    policy = add("policy", _policy, "allow an operator's calls only what a policy of IAM allows")
    policy.add_argument(
        "file",
        nargs="?",
        type=_path,
        default=document.DOCUMENTED,
        metavar="FILE",
        help="JSON, or Markdown with the policy in it (default: the policy that a run needs, docs/permissions.md)",
    )
    policy.add_argument("--remove", action="store_true", help="allow everything again")
    wait = add("wait", _wait, "let time pass in it at once, e.g. `wait 13h`: what is due at a time comes nearer")
    wait.add_argument("time", type=_time, help="seconds, or a number with s, m or h")
    calls = add("calls", _calls, "list the API calls it answered")
    calls.add_argument("--json", action="store_true", help="as JSON, with all that is known of each")
    calls.add_argument("--changes", action="store_true", help="only those of operations that change something")
    calls.add_argument("--since", type=int, default=0, metavar="N", help="only those after call number N")
    return parser


def _add_start_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--port", type=int, default=0, help="of the API on 127.0.0.1 (default: a free one)")
    command.add_argument("--profile", choices=PROFILES, default="quick", help="how long things take (default: quick)")
    command.add_argument(
        "--factor",
        action="append",
        default=[],
        type=_factor,
        metavar="NAME=X",
        help="multiply a delay of the profile, or `all`; repeatable. Delays: " + ", ".join(PROFILES["quick"]),
    )
    command.add_argument("--spot-capacity", type=int, metavar="N", help="how many spot instances there are to be had")
    command.add_argument(
        "--images",
        type=_path,
        default=IMAGES,
        metavar="FILE",
        help="what runs for which container image (default: the climate application for cc-management)",
    )
    command.add_argument(
        "--no-launch-configurations",
        action="store_true",
        help="refuse to create launch configurations, as accounts made since October 2024 do",
    )
    command.add_argument(
        "--retired-classes",
        action="store_true",
        help="offer the database classes of the guide's time (db.t2, db.m4, db.r4), and seed one: db.t2.medium",
    )


def _path(text: str) -> Path:
    return Path(text).absolute()


def _factor(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    if name != "all" and name not in PROFILES["quick"]:
        raise argparse.ArgumentTypeError(f"no delay {name!r}")
    try:
        factor = float(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=NUMBER") from error
    if not 0 <= factor < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r}: a factor is not negative")
    return name, factor


def _time(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    seconds = float(found[1]) * {"m": 60, "h": 3600}.get(found[2], 1) if found else -1.0
    if not 0 <= seconds <= MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time of at most a year, such as 90s, 30m or 13h")
    return seconds


def _start_options(options: argparse.Namespace) -> StartOptions:
    return StartOptions(
        port=options.port,
        profile=options.profile,
        factors=dict(options.factor),
        images=str(options.images),
        launch_configurations=not options.no_launch_configurations,
        retired_classes=options.retired_classes,
        spot_capacity=options.spot_capacity,
    )


def _up(options: argparse.Namespace) -> int:
    daemon = Daemon(options.state_dir)
    wanted = _start_options(options)
    started = daemon.up(wanted)
    status = daemon.request("status")
    if not started and (differs := _differences(wanted, status)):
        print(f"the sandbox is up already, with other options: {differs}; `down` first", file=sys.stderr)
        return 1
    print(f"the sandbox is up{'' if started else ' already'}")
    print(f"  endpoint  {status['endpoint']}")
    print(f"  port      {status['endpoint'].rpartition(':')[2]}")
    print(f"  profile   {_profile(status)}")
    print('to call it from this shell: eval "$(python -m sandbox env' + _state_dir_option(options) + ')"')
    return 0


def _state_dir_option(options: argparse.Namespace) -> str:
    return "" if options.state_dir == _path(_STATE_DIR) else f" --state-dir {shlex.quote(str(options.state_dir))}"


def _env(options: argparse.Namespace) -> int:
    access = Daemon(options.state_dir).access()
    # nothing may be left that leads to another account, such as AWS_ENDPOINT_URL_S3
    print("unset AWS_PROFILE $(env | sed -n 's/^\\(AWS_[A-Za-z0-9_]*\\)=.*/\\1/p')")
    variables = {
        "AWS_ENDPOINT_URL": access.endpoint_url,
        "AWS_ACCESS_KEY_ID": access.keys.access_key,
        "AWS_SECRET_ACCESS_KEY": access.keys.secret_key,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "SANDBOX_TOKEN": access.token,
    }
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _differences(wanted: StartOptions, status: dict[str, Any]) -> str:
    """Name what was asked for, and the sandbox that is up does not have."""
    default = asdict(StartOptions())
    has = {"port": int(status["endpoint"].rpartition(":")[2])} | status | status["initial"]
    return ", ".join(
        f"{name} is {has[name]}, not {value}"
        for name, value in asdict(wanted).items()
        if value not in (has[name], default[name])
    )


def _down(options: argparse.Namespace) -> int:
    was_up = Daemon(options.state_dir).down()
    print("the sandbox is down" if was_up else "the sandbox was not up")
    return 0


def _reset(options: argparse.Namespace) -> int:
    status = Daemon(options.state_dir).request("reset", "POST")
    print(f"the sandbox is as it was after `up`, at {status['endpoint']}")
    return 0


def _policy(options: argparse.Namespace) -> int:
    wanted = None
    if not options.remove:
        try:
            wanted = document.load(options.file)
        except (OSError, ValueError) as error:
            print(f"{options.file}: {error}", file=sys.stderr)
            return 1
    Daemon(options.state_dir).request("settings", "PUT", {"policy": wanted})
    print("everything is allowed" if wanted is None else f"only what {options.file} allows is allowed")
    return 0


def _wait(options: argparse.Namespace) -> int:
    Daemon(options.state_dir).request("wait", "POST", {"seconds": options.time})
    print(f"{options.time:g} seconds have passed")
    return 0


def _profile(status: dict[str, Any]) -> str:
    return " ".join([status["profile"], *(f"{name}={factor:g}" for name, factor in status["factors"].items())])


def _status(options: argparse.Namespace) -> int:
    status = Daemon(options.state_dir).request("status")
    if options.json:
        print(json.dumps(status, indent=2))
        return 0
    print(f"endpoint  {status['endpoint']}")
    print(f"profile   {_profile(status)}")
    print(f"up for    {status['uptime']:.0f} s")
    if cluster := status.get("cluster"):
        print(
            f"cluster   {cluster['name']}: {cluster['instances']} instances, {cluster['services']} services, "
            f"{cluster['running']} tasks running, {cluster['pending']} pending"
        )
    if database := status.get("database"):
        print(
            f"database  {database['name']}: {database['status']}, {database['class']}, {database['storage']} GB, "
            f"{database['address']}"
        )
    if queue := status.get("queue"):
        print(
            f"queue     {queue['name']}: {queue['visible']} visible, {queue['in_flight']} in flight, "
            f"{queue['delayed']} delayed"
        )
    print(f"calls     {status['calls']}")
    return 0


def _calls(options: argparse.Namespace) -> int:
    answer = Daemon(options.state_dir).request(f"calls?since={options.since}&changes={int(options.changes)}")
    if options.json:
        print(json.dumps(answer, indent=2))
        return 0
    for call in answer["calls"]:
        when = datetime.fromtimestamp(call["time"]).strftime("%H:%M:%S.%f")[:-3]
        kind = "changes" if call["changes"] else "reads"
        what = f"{call['service']}.{call['operation']} {call['error'] or ''}".rstrip()
        print(f"{call['number']:6} {when} {call['duration'] * 1000:7.0f} ms  {call['caller']:8}  {kind:7}  {what}")
    return 0
