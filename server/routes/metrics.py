"""The server's figures for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from server.metrics import Metrics
from server.routes.access import OWNER_READS

router = APIRouter(tags=["about"])


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response, dependencies=OWNER_READS)
def metrics(request: Request) -> Response:
    """Queues, batches, waiting and computing times, models held, jobs, requests and the process, as Prometheus' text.

    Where there are tokens, the owner's alone opens it.
    """
    counted: Metrics = request.app.state.metrics
    return Response(counted.text(), media_type=CONTENT_TYPE_LATEST)
