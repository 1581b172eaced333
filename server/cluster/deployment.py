"""The two deployments: replicas that run graphs, and before them the application of `server.app` as it is."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from ray import serve
from ray.exceptions import NodeDiedError, ObjectLostError, RayActorError, WorkerCrashedError
from ray.serve.exceptions import RayServeException
from ray.serve.handle import DeploymentHandle

from server import logs
from server.cluster.host import NAME, QUIET
from server.cluster.loopback import bind_replica
from server.cluster.replica import About, Feeds, ModelGraphs, Prepared, Refusal
from server.cluster.runtime import ClusterRuntime
from server.errors import NoReplica
from server.runtimes import Device, Name, choose

if TYPE_CHECKING:
    from fastapi import FastAPI
    from numpy.typing import NDArray
    from ray.serve import Application

    from server.engine import Engine
    from server.settings import Settings

DECODER = "decoder"
MODELS = 8  # that a replica holds; the least recently used one goes for the next
ONGOING = 2  # requests that a replica has at a time: while one runs, the next one travels
PATIENCE = 120.0  # seconds that a request waits for a replica, which may have to start first
# A replica's own death, or that of the machine that held it or what it has answered.
DIED = (RayActorError, NodeDiedError, ObjectLostError, WorkerCrashedError)
CONNECTIONS = 10_000  # requests of the application at a time; each live connection is one of them


class Decoder:
    """A replica: the graphs of some models, which Serve's router remembers, and one thread a run."""

    def __init__(self, runtime: Name, device: Device, local: bool) -> None:
        """`local`: nothing off this machine should reach it."""
        if local:
            bind_replica()
        self._runtime = choose(runtime, device)

    @serve.multiplexed(max_num_models_per_replica=MODELS)  # type: ignore[untyped-decorator]
    async def model(self, model_id: str) -> ModelGraphs:
        """The graphs of a model, empty at first."""
        return ModelGraphs(self._runtime)

    async def about(self) -> About:
        """What the graphs run on."""
        return About(self._runtime.name, self._runtime.device, self._runtime.batch)

    async def prepare(self, path: str, digest: str) -> Prepared | Refusal:
        """Load a graph; see ModelGraphs."""
        graphs: ModelGraphs = await self.model(serve.get_multiplexed_model_id())
        return await asyncio.to_thread(graphs.prepare, path, digest)

    async def run(self, path: str, digest: str, outputs: list[str], feeds: Feeds) -> list[NDArray[Any]] | Refusal:
        """Run a graph; see ModelGraphs."""
        graphs: ModelGraphs = await self.model(serve.get_multiplexed_model_id())
        return await asyncio.to_thread(graphs.run, path, digest, outputs, feeds)


def runtime(handle: DeploymentHandle[Any]) -> ClusterRuntime:
    """The replicas behind a handle as a runtime; waits until there is one. To be called in a worker thread."""

    def send(model: str, method: str, *arguments: Any) -> Any:
        to = handle.options(method_name=method, multiplexed_model_id=model)
        try:
            return to.remote(*arguments).result(timeout_s=PATIENCE)
        except (TimeoutError, RayServeException) as wrong:
            raise NoReplica("No replica has answered in time. Try again in a moment.") from wrong

    return ClusterRuntime(send, DIED)


def engine(settings: Settings, handle: DeploymentHandle[Any]) -> Engine:
    """An engine whose passes are threads that wait for replicas: as many as all of them take at a time."""
    from server.catalog import Catalog
    from server.engine import Engine

    workers = ONGOING * settings.replicas_max
    catalog = Catalog(settings.checkpoints)
    return Engine(catalog, partial(runtime, handle), workers=workers, bounds=settings.bounds, in_loop=False)


def application(settings: Settings) -> Application:
    """Both deployments for these settings, which go with them to whatever machine they run on."""

    local = not settings.cluster

    def build() -> FastAPI:
        from server.app import create_app

        if local:
            bind_replica()
        logs.set_up(settings.log, settings.log_level)
        return create_app(engine(settings, serve.get_deployment_handle(DECODER, NAME)), settings)

    replicas = serve.deployment(
        name=DECODER,
        ray_actor_options={"num_cpus": 1, "num_gpus": settings.replica_gpus},
        max_ongoing_requests=ONGOING,
        autoscaling_config={
            "min_replicas": settings.replicas_min,
            "max_replicas": settings.replicas_max,
            "target_ongoing_requests": 1,
            "look_back_period_s": 11,
            "upscale_delay_s": 5,
            "downscale_delay_s": 120,
        },
        health_check_period_s=1,  # a dead replica is replaced when the next check finds it so
        health_check_timeout_s=30,
        graceful_shutdown_timeout_s=5,
        logging_config=QUIET,
    )(Decoder)
    # One, for jobs, uploads and drafts of sets are known to one process only.
    front = serve.deployment(
        name="application",
        num_replicas=1,
        ray_actor_options={"num_cpus": 0},
        max_ongoing_requests=CONNECTIONS,
        graceful_shutdown_timeout_s=10,
        logging_config=QUIET,
    )(serve.ingress(build)())
    bound: Application = front.bind(replicas.bind(settings.runtime, settings.device, local))
    return bound
