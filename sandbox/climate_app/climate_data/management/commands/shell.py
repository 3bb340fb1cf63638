"""``shell``: Django's own, or that of Django 1.9, which takes no ``--command``."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.commands import shell

USAGE = """%(prog)s [-h] [--version] [-v {0,1,2,3}]
                       [--settings SETTINGS] [--pythonpath PYTHONPATH]
                       [--traceback] [--no-color] [--plain] [--no-startup]
                       [-i {ipython,bpython}]"""


class Command(shell.Command):
    """Refuses ``--command`` as an argument that it does not know, with exit code 2."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what Django takes, or took before 1.10."""
        if settings.HABITS.shell_command:
            super().add_arguments(parser)
            return
        parser.usage = USAGE
        parser.add_argument("--plain", action="store_true")
        parser.add_argument("--no-startup", action="store_true")
        parser.add_argument("-i", "--interface", choices=["ipython", "bpython"])

    def handle(self, **options: Any) -> None:
        """Start the shell."""
        super().handle(**{"command": None, "no_imports": True, **options})
