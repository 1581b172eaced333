"""Answers that a job has to find first."""

from __future__ import annotations

import time
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

SECONDS = 120


def ready(client: TestClient) -> dict[str, Any]:
    """What /health/ready answers once the server is ready."""
    ends = time.monotonic() + SECONDS
    while (answer := client.get("/health/ready")).status_code == 503 and time.monotonic() < ends:
        time.sleep(0.02)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


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
