"""The commands of ``python -m sandbox``."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.cli import start
from sandbox.daemon import Daemon, RequestFailed, SandboxDown, StartFailed
from sandbox.gateway.control import MOST_SECONDS
from sandbox.own_project import scripts
from sandbox.policy import document
from sandbox.private import NotPrivate
from sandbox.runtime import SCRIPTS_LOG

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
    except (RequestFailed, StartFailed, NotPrivate, TimeoutError) as error:
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
            type=start.path,
            default=start.path(_STATE_DIR),
            metavar="DIR",
            help=f"folder of its pid, log, endpoint and credentials files (default: {_STATE_DIR})",
        )
        return command

    start.add_options(add("up", _up, "start it in the background and wait until it answers"))
    add("down", _down, "end it and everything it started; its state is lost")
    status = add("status", _status, "say what is in it; exit code 3 when it is not up")
    status.add_argument("--json", action="store_true", help="as JSON")
    add("env", _env, 'print variables that lead a shell\'s AWS clients to it: eval "$(python -m sandbox env)"')
    add("reset", _reset, "go back to the state after `up`, at the same address")
    policy = add("policy", _policy, "allow an operator's calls only what a policy of IAM allows")
    policy.add_argument(
        "file",
        nargs="?",
        type=start.path,
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


def _time(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    seconds = float(found[1]) * {"m": 60, "h": 3600}.get(found[2], 1) if found else -1.0
    if not 0 <= seconds <= MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time of at most a year, such as 90s, 30m or 13h")
    return seconds


def _up(options: argparse.Namespace) -> int:
    daemon = Daemon(options.state_dir)
    wanted = start.read(options)
    started = daemon.up(wanted)
    status = daemon.request("status")
    if not started and (differs := start.differences(wanted, status)):
        print(f"the sandbox is up already, with other options: {differs}; `down` first", file=sys.stderr)
        return 1
    if started:
        _print_scripts(options, status)
    print(f"the sandbox is up{'' if started else ' already'}")
    print(f"  endpoint  {status['endpoint']}")
    print(f"  port      {status['endpoint'].rpartition(':')[2]}")
    print(f"  profile   {_profile(status)}")
    print('to call it from this shell: eval "$(python -m sandbox env' + _state_dir_option(options) + ')"')
    return 0


def _state_dir_option(options: argparse.Namespace) -> str:
    return "" if options.state_dir == start.path(_STATE_DIR) else f" --state-dir {shlex.quote(str(options.state_dir))}"


def _env(options: argparse.Namespace) -> int:
    access = Daemon(options.state_dir).access()
    # nothing may be left that leads to another account, such as AWS_ENDPOINT_URL_S3
    print("unset AWS_PROFILE $(env | sed -n 's/^\\(AWS_[A-Za-z0-9_]*\\)=.*/\\1/p')")
    for name, value in scripts.variables(access).items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _down(options: argparse.Namespace) -> int:
    was_up = Daemon(options.state_dir).down()
    print("the sandbox is down" if was_up else "the sandbox was not up")
    return 0


def _reset(options: argparse.Namespace) -> int:
    status = Daemon(options.state_dir).reset()
    _print_scripts(options, status)
    print(f"the sandbox is as it was after `up`, at {status['endpoint']}")
    return 0


def _print_scripts(options: argparse.Namespace, status: dict[str, Any]) -> None:
    if status["scripts"]:
        print((options.state_dir / SCRIPTS_LOG).read_text(errors="replace"), end="")


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
        when = datetime.fromtimestamp(call["time"], UTC).strftime("%H:%M:%S.%f")[:-3]
        kind = "changes" if call["changes"] else "reads"
        what = f"{call['service']}.{call['operation']} {call['error'] or ''}".rstrip()
        print(f"{call['number']:6} {when} {call['duration'] * 1000:7.0f} ms  {call['caller']:8}  {kind:7}  {what}")
    return 0
