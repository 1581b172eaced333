"""Every setting of the server: frozen, read once from the environment, each one documented where it stands."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from server.bounds import Bounds
from server.errors import SettingError
from server.jobs.limits import Limits

PREFIX = "LATENT_EXPLORER_"
ROOT = Path(__file__).resolve().parent.parent
Token = Annotated[str, Field(pattern=r"^$|^[!-~]{16,}$")]


class Settings(BaseSettings):
    """The server's settings; each one's environment variable is its name in capitals after LATENT_EXPLORER_."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True)

    host: str = Field("127.0.0.1", description="Address to listen on; any but loopback needs both tokens.")
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen on; a taken one moves to the next free one.")
    checkpoints: Path = Field(ROOT / "checkpoints", description="Folder of the models; read-only while serving.")
    data: Path = Field(
        default_factory=lambda: user_data_path("latent-explorer", appauthor=False),
        description="Folder for everything that is written; the platform's user data folder unless set.",
    )
    storage: str = Field(
        "",
        repr=False,
        description="URL of an object store for results, for fsspec; empty keeps them in the data folder.",
    )
    results_mb: int = Field(512, ge=1, description="Bound on stored results in MB; the least recently used go first.")
    sets_gb: float = Field(
        20, gt=0, le=100_000, description="Bound on people's own sets in GB; they never go by themselves."
    )
    archive_gb: float = Field(4, gt=0, le=1000, description="Largest archive of pictures in GB for an own set.")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Further Host names to answer to, with the port if there is one, separated by commas."
    )
    root_path: str = Field("", pattern=r"^$|^/.*[^/]$", description="Path under which a proxy serves us, like /latent.")
    viewer_token: Token = Field("", description="Token to look and explore with; needed off loopback.")
    owner_token: Token = Field("", description="Token to change what is stored as well; needed off loopback.")
    body_mb: int = Field(32, ge=1, le=1024, description="Largest request body in MB.")
    runtime: Literal["auto", "onnx", "torch"] = Field("auto", description="What runs the models: auto, onnx or torch.")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where they run: auto, cpu or cuda.")
    log: Literal["text", "json"] = Field("text", description="How events are logged: readable lines or JSON objects.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="From which level on: debug, info, warning or error."
    )
    otel: str = Field(
        "",
        pattern=r"^$|^https?://[^\s?#]+$",
        description="Collector that traces are sent to by OTLP over HTTP, if any.",
    )
    public_url: str = Field(
        "",
        pattern=r"^$|^https?://[^\s/?#@]+(/[^\s?#]*[^\s/?#])?$",
        description="Address under which others reach us behind a proxy, for the class link.",
    )
    workers: int = Field(os.cpu_count() or 1, ge=1, le=256, description="Forward passes at a time, a thread each.")
    models_mb: int = Field(
        2048, ge=1, description="Bound on open models in MB, as they estimate it; the least recently used go first."
    )
    queue: int = Field(
        512, ge=1, le=100_000, description="Requests that may wait to be drawn; one visitor may fill half of it."
    )
    requests_at_a_time: int = Field(
        256, ge=1, le=100_000, description="HTTP requests answered at a time; more are refused with 429."
    )
    visitor_requests_at_a_time: int = Field(
        64, ge=1, le=100_000, description="Of them, and of live connections, those of one visitor."
    )
    live_connections: int = Field(1000, ge=1, le=100_000, description="Pages that may hold a live connection.")
    replicas_min: int = Field(1, ge=1, le=1000, description="Replicas that a cluster has at least, a process each.")
    replicas_max: int = Field(
        os.cpu_count() or 1, ge=1, le=1000, description="Replicas that a cluster grows to while requests wait."
    )
    replica_gpus: float = Field(0, ge=0, le=8, description="GPUs, or the part of one, that a replica takes.")
    cluster: str = Field(
        "",
        pattern=r"^$|^[^\s/]+:\d{1,5}$",
        description="Address (host:port) of a Ray cluster that runs already; empty starts one here.",
    )
    job_workers: int = Field(
        max(1, (os.cpu_count() or 1) // 2), ge=1, le=64, description="Jobs that run at a time, a process each."
    )
    job_queue: int = Field(32, ge=1, le=10_000, description="Jobs that may wait for a process.")
    jobs_a_visitor: int = Field(4, ge=1, le=1000, description="Jobs of one visitor that may run or wait.")
    job_minutes: float = Field(15, gt=0, le=10_000, description="Minutes after which a job is stopped.")
    job_memory_mb: int = Field(64, ge=1, description="Bound in MB on results of uploads, which are never written.")

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("root_path")
    @classmethod
    def _unambiguous(cls, value: str) -> str:
        if value.split("/")[1:2] and value.split("/")[1] in ("api", "static", "health", "metrics"):
            raise ValueError("it must not begin with a name of our own: api, static, health or metrics")
        return value

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if self.viewer_token and self.viewer_token == self.owner_token:
            raise ValueError("the viewer's and the owner's token must differ")
        if self.replicas_max < self.replicas_min:
            raise ValueError(f"{PREFIX}REPLICAS_MAX must not be smaller than {PREFIX}REPLICAS_MIN")
        if not self.loopback and not (self.viewer_token and self.owner_token):
            raise ValueError(
                f"{self.host} can be reached by others, so two different tokens of 16 characters or more are needed "
                f"before the server listens there: set {PREFIX}VIEWER_TOKEN and {PREFIX}OWNER_TOKEN"
            )
        return self

    @property
    def bounds(self) -> Bounds:
        """The bounds of the engine."""
        return Bounds(waiting=self.queue, a_visitor=max(1, self.queue // 2), models=self.models_mb * 2**20)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The Host names that we answer to beside our own, that of the public address among them."""
        return (*self.allowed_hosts, urlsplit(self.public_url).netloc) if self.public_url else self.allowed_hosts

    @property
    def limits(self) -> Limits:
        """The bounds on jobs."""
        return Limits(
            workers=self.job_workers,
            waiting=self.job_queue,
            a_visitor=self.jobs_a_visitor,
            seconds=self.job_minutes * 60,
            memory=self.job_memory_mb * 2**20,
        )

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False


def from_environment(**given: Any) -> Settings:
    """Read the settings; `given` ones come first. Raises SettingError with one sentence a wrong variable, naming it."""
    try:
        return Settings(**given)
    except ValidationError as wrong:
        raise SettingError("; ".join(_sentence(error["loc"], error["msg"]) for error in wrong.errors())) from wrong


def _sentence(place: tuple[int | str, ...], reason: str) -> str:
    reason = reason.removeprefix("Value error, ")
    if not place:
        return reason
    if place[0] in ("viewer_token", "owner_token"):
        reason = "a token needs 16 characters or more, letters, digits and signs without spaces"
    if place[0] == "root_path" and "must not begin" not in reason:
        reason = "it must start with a slash and not end with one, like /latent"
    if place[0] in ("otel", "public_url"):
        reason = "it must be an address like https://name.example:4318, without a slash at its end"
    return f"{PREFIX}{str(place[0]).upper()}: {reason}"
