# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The version of this collection, that of galaxy.yml."""

from __future__ import annotations

VERSION = "0.1.0"
