# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What instances and databases cost on demand, from a dated table: looking it up costs no call and no permission."""

from __future__ import annotations

from .price_table import DATABASES, DATE, INSTANCES

PRICES_OF = DATE
ENGINE = "postgres"  # the only one of the table, as RDS names it in DescribeDBInstances


def instance_price(region: str, instance_type: str) -> float | None:
    """Give what an EC2 instance costs on demand, US dollars an hour: Linux, shared tenancy; None: not known."""
    return INSTANCES.get(region, {}).get(instance_type)


def database_price(region: str, db_class: str, engine: str = ENGINE, multi_az: bool = False) -> float | None:
    """Give what an RDS instance costs on demand, US dollars an hour, without its storage; None: not known.

    Args:
        engine: as DescribeDBInstances names it.
        multi_az: it has a standby, which costs as well.
    """
    if engine != ENGINE or multi_az:
        return None
    return DATABASES.get(region, {}).get(db_class)


def unknown(what: str, region: str) -> str:
    """Write that a price is not known."""
    return f"no price is known for {what} in {region}"
