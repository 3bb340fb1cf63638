"""Writes the table of on-demand prices: the same prices give the same file, to the byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

HEAD = '''# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWS asks on demand, US dollars an hour. Written by tools/refresh_prices.py (``make prices``); do not edit."""

from __future__ import annotations

'''
Prices = Mapping[str, Mapping[str, float]]


def render(date: str, source: Sequence[str], instances: Prices, databases: Prices) -> str:
    """Write the module.

    Args:
        date: of the prices, ISO 8601.
        source: where they come from, a sentence a line.
        instances: of EC2 by region and type: Linux, shared tenancy.
        databases: of RDS by region and class: PostgreSQL, Single-AZ.
    """
    sentences = "".join(f'    "{line}",\n' for line in source)
    return (
        f'{HEAD}DATE = "{date}"\nSOURCE = (\n{sentences})\n'
        f"# EC2 by region and type: Linux, shared tenancy\n{_table('INSTANCES', instances)}"
        f"# RDS by region and class: PostgreSQL, Single-AZ\n{_table('DATABASES', databases)}"
    )


def _table(name: str, prices: Prices) -> str:
    lines = [f"{name}: dict[str, dict[str, float]] = {{"]
    for region in sorted(prices):
        lines.append(f'    "{region}": {{')
        lines += [f'        "{kind}": {float(prices[region][kind])},' for kind in sorted(prices[region], key=_order)]
        lines.append("    },")
    return "\n".join([*lines, "}\n"])


def _order(kind: str) -> tuple[str, int, str]:
    """Order by family, then by size as AWS counts it: large, xlarge, 2xlarge, 10xlarge, metal."""
    family, _, size = kind.rpartition(".")
    small = ["nano", "micro", "small", "medium", "large", "xlarge"]
    number = size.removesuffix("xlarge")
    rank = small.index(size) if size in small else 10 + int(number) if number.isdigit() else 1000
    return family, rank, size
