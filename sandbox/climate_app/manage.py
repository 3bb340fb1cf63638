#!/usr/bin/env python
"""The entry point of the ``management`` container: runs one of the project's commands."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "climate_change_api.settings")
    execute_from_command_line(sys.argv)
