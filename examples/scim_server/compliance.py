"""Runs scim2-tester against the server on a loopback port.

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt
    cargo build && .venv/bin/python compliance.py target/debug/groupmap-scim-server

Prints every check that did not succeed, and one line of totals. Exits with 1 unless exactly the expected checks failed.
"""

import collections
import os
import pathlib
import subprocess
import sys
import tempfile

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

# The checks that fail, with what they say; the README gives the reason.
EXPECTED_FAILURES = {
    ("check_remove_attribute", "Failed to remove attribute 'active': Operations[0]: `active` cannot be removed"),
}


def main() -> int:
    here = pathlib.Path(__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.argv[1], "--database", f"{folder}/scim.db", "--config", str(here / "mapping.toml"),
             "--listen", "127.0.0.1:0"],
            env={**os.environ, "SCIM_TOKEN": "secret"}, stdout=subprocess.PIPE, text=True,
        )
        try:
            base = server.stdout.readline().removeprefix("listening on ").strip()
            http = Client(base_url=base, headers={"Authorization": "Bearer secret"}, timeout=30)
            results = check_server(SyncSCIMClient(http))
        finally:
            server.kill()
            server.wait()
        check = subprocess.run(
            [sys.argv[1], "--database", f"{folder}/scim.db", "--config", str(here / "mapping.toml"), "--check"],
            stdout=subprocess.PIPE, text=True, check=False,
        )
    totals = collections.Counter(result.status.name.lower() for result in results)
    for result in results:
        if result.status not in (Status.SUCCESS, Status.SKIPPED):
            print(f"{result.status.name.lower()}: {result.title} [{result.resource_type}]: {result.reason}")
    print(", ".join(f"{count} {status}" for status, count in sorted(totals.items())), f"of {len(results)} checks")
    print(check.stdout, end="")
    found = {(result.title, result.reason) for result in results
             if result.status not in (Status.SUCCESS, Status.SKIPPED)}
    return 0 if results and found == EXPECTED_FAILURES and check.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
