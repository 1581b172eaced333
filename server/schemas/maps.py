"""Maps on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, FailFast, Field

from server.schemas import MAX_ROWS, Name, Wire

Place = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
Places = Annotated[list[Annotated[list[Place], FailFast(), Field(min_length=2, max_length=3)]], FailFast()]


class ProjectionQuery(Wire):
    """Which map: everything that decides its positions. Parameters that are left out have the method's defaults."""

    set: Name = Field("reference", description="The set of points; `reference` is the model's default set.")
    space: Name | None = Field(None, description="The space of the set; another one is refused.")
    method: Literal["pca", "umap", "tsne", "pacmap", "localmap"] = "pca"
    dims: int = Field(2, ge=2, le=3)
    seed: int = Field(0, ge=0, le=2**32 - 1, description="PCA needs none but for its control.")
    control: bool = Field(
        False, description="The same map of latents of which each column is shuffled: what shows where nothing is."
    )
    neighbours: int | None = Field(None, ge=2, le=200, description="UMAP (15), PaCMAP and LocalMAP (10).")
    min_dist: float | None = Field(None, ge=0, le=0.99, allow_inf_nan=False, description="UMAP (0.1).")
    perplexity: float | None = Field(None, ge=2, le=200, allow_inf_nan=False, description="t-SNE (30).")
    exaggeration: float | None = Field(None, ge=1, le=12, allow_inf_nan=False, description="t-SNE (1).")
    mn_ratio: float | None = Field(None, ge=0.1, le=5, allow_inf_nan=False, description="PaCMAP and LocalMAP (0.5).")
    fp_ratio: float | None = Field(None, ge=0.5, le=10, allow_inf_nan=False, description="PaCMAP and LocalMAP (2).")

    @property
    def parameters(self) -> dict[str, float]:
        """Those of the methods that were given."""
        names = ("neighbours", "min_dist", "perplexity", "exaggeration", "mn_ratio", "fp_ratio")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


class UnplaceRequest(Wire):
    """Places on a map."""

    positions: Places = Field(
        min_length=1, max_length=MAX_ROWS, description="One row a place, as many numbers as dims."
    )


class ParameterEntry(BaseModel):
    """A number of a method that can be set."""

    name: str
    title: str
    low: float
    high: float
    step: float
    default: float
    explanation: str


class MethodEntry(BaseModel):
    """A way to lay a set out."""

    name: str
    title: str
    description: str
    parameters: list[ParameterEntry]
    dims: list[int]
    ready: bool = Field(description="Whether the map in two dimensions with the defaults is there at once.")
    ready_3d: bool = Field(description="The same for three dimensions.")


class MethodList(BaseModel):
    """The methods for a set of points."""

    methods: list[MethodEntry]


class TrustAnswer(BaseModel):
    """How far a map can be trusted: shares from 0 to 1, over the 10 nearest of each point (see docs/measures.md)."""

    trustworthiness: float
    kept: float = Field(description="Of each point's true neighbours, the share that are neighbours on the map.")
    neighbour_accuracy: float | None = Field(description="Points whose class most neighbours on the map have.")
    latent_accuracy: float | None = Field(description="Points whose class most neighbours in the latent space have.")
    chance: float | None = Field(description="The share of the most frequent class.")
    judged: int = Field(description="Points that were compared with each other.")
    points: int = Field(description="Points of the set.")
    sentence: str


class ProjectionFacts(BaseModel):
    """The header X-Projection, as JSON."""

    method: str
    dims: int
    parameters: dict[str, float]
    seed: int
    explained: list[float] | None = Field(None, description="PCA: the share of the variance on each axis.")
    reduced: dict[str, Any] | None = Field(description="Principal components that the fit started from, if any.")
    trust: TrustAnswer | None = Field(description="null: not looked into yet; the address /trust does.")
    shipped: bool
    control: bool
