"""Answers that a job has to find first."""

from __future__ import annotations

import time

from httpx2 import Response
from starlette.testclient import TestClient

SECONDS = 120


def found(client: TestClient, address: str) -> Response:
    """What `address` answers once the job that it may start is done."""
    answer = client.get(address)
    if answer.status_code != 202:
        return answer
    job, ends = answer.json(), time.monotonic() + SECONDS
    while job["state"] in ("queued", "running") and time.monotonic() < ends:
        time.sleep(0.05)
        job = client.get(answer.headers["location"]).json()
    assert job["state"] == "done", job
    return client.get(address)
