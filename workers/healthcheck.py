"""Docker's HEALTHCHECK, `python -m workers.healthcheck`: exit code 0 while the container's process is ready, else 1."""

import os
import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

_WITHIN = 3.0  # seconds


def main() -> int:
    """Ask the process at `HANDOFF_HEALTH_PORT`; returns the exit code."""
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("HANDOFF_HEALTH_PORT") or 0), timeout=_WITHIN)
    try:
        connection.request("GET", "/ready")
        return 0 if connection.getresponse().status == HTTPStatus.OK else 1
    except (OSError, HTTPException):
        return 1


if __name__ == "__main__":
    sys.exit(main())
