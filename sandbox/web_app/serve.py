"""Stands for the web application: it serves as long as it has its database, and ends when it loses it."""

from __future__ import annotations

import os
import sys
import time

import psycopg

CHECK = 0.2  # seconds


def main() -> None:
    """Look at the database again and again; whatever goes wrong with it is the end."""
    if os.environ.get("WEB_SERVICE_RETURNS") == "false":
        sys.exit("the application does not start")
    try:
        with psycopg.connect(
            host=os.environ["RDS_HOST"],
            port=os.environ["RDS_PORT"],
            dbname=os.environ["RDS_DB_NAME"],
            user=os.environ["RDS_USER"],
            password=os.environ["RDS_PASSWORD"],
        ) as connection:
            while connection.execute("SELECT 1"):
                connection.commit()
                time.sleep(CHECK)
    except psycopg.Error as error:
        sys.exit(f"the database is lost: {error}")


if __name__ == "__main__":
    main()
