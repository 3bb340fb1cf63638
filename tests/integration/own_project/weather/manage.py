#!/usr/bin/env python
"""Runs a management command of the weather project."""

import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
