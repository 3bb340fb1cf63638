"""``python -m sandbox``: an AWS account on this machine, up and down."""

from sandbox.cli.commands import main

__all__ = ["main"]
