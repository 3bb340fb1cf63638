"""Make docs/sample-report.html, its JSON and docs/report.png anew: ``python -m tools.sample_report``.

A sandbox of its own populates its database while two NetCDF files are missing, so that two jobs fail, then retries
these and completes the run. The picture needs Debian's chromium.
"""

from __future__ import annotations

import getpass
import json
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import boto3

from sandbox import data
from sandbox.credentials import Access

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
MISSING = [data.netcdf_key("A1B", year) for year in (2031, 2044)]
SIZE = (1000, 1010)  # pixels
OPERATOR = f"{getpass.getuser()}@{socket.gethostname()}"


def main() -> None:
    """Run it all; the sandbox is gone at the end."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "sandbox"
        _run(sys.executable, "-m", "sandbox", "up", "--state-dir", str(state))
        try:
            _populate(state)
        finally:
            _run(sys.executable, "-m", "sandbox", "down", "--state-dir", str(state))
        for suffix in ("html", "json"):
            text = (state / "reports" / f"staging-1.{suffix}").read_text()
            (DOCS / f"sample-report.{suffix}").write_text(text.replace(OPERATOR, "alice@laptop"))
        _picture(DOCS / "sample-report.html", Path(folder))


def _populate(state: Path) -> None:
    """Populate without two files, and retry with them."""
    access = Access.read(state)
    s3 = boto3.client(
        "s3",
        endpoint_url=access.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=access.keys.access_key,
        aws_secret_access_key=access.keys.secret_key,
    )
    kept = {key: s3.get_object(Bucket=data.BUCKET, Key=key)["Body"].read() for key in MISSING}
    for key in MISSING:
        s3.delete_object(Bucket=data.BUCKET, Key=key)
    _playbook(state, "populate", codes=[2])
    for key, body in kept.items():
        s3.put_object(Bucket=data.BUCKET, Key=key, Body=body)
    _playbook(state, "retry_failed")
    _playbook(state, "populate")


def _playbook(state: Path, name: str, codes: Sequence[int] = (0,)) -> None:
    extra = json.dumps({"sandbox_state_dir": str(state), "ingest_report_folder": str(state / "reports")})
    ansible = Path(sys.executable).with_name("ansible-playbook")
    _run(str(ansible), f"playbooks/{name}.yml", "-e", extra, codes=codes)


def _picture(page: Path, folder: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("The picture needs a browser that is not installed: apt-get install chromium")
    _run(
        chromium,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--user-data-dir={folder / 'profile'}",
        f"--window-size={SIZE[0]},{SIZE[1]}",
        "--virtual-time-budget=10000",
        f"--screenshot={DOCS / 'report.png'}",
        page.as_uri(),
        stderr=subprocess.DEVNULL,  # it complains about buses a server does not have
    )


def _run(*command: str, codes: Sequence[int] = (0,), stderr: int | None = None) -> None:
    ended = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=stderr, check=False)
    if ended.returncode not in codes:
        sys.exit(f"{command[0]} ended with exit code {ended.returncode}")


if __name__ == "__main__":
    main()
