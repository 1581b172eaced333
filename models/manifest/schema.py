"""The manifest as frozen dataclasses: facts about a model, already checked. See `docs/model-format.md` for each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["pca", "ae", "vae", "beta-vae", "tcvae", "dbvae", "cvae", "gan", "cgan", "stylegan", "other"]
Colour = Literal["gray", "rgb", "rgba"]
LatentLayout = Literal["flat", "CHW", "HWC"]
Prior = Literal["normal", "uniform", "sphere", "empirical"]
PictureLayout = Literal["NCHW", "NHWC", "HWC", "flat", "flat_hwc"]
GraphDtype = Literal["float32", "float16", "float64", "uint8"]
MappingDtype = Literal["float32", "float16", "float64"]
ConditionDtype = Literal["int64", "int32", "uint8", "float32", "float16", "float64"]
Activation = Literal["none", "sigmoid"]
ConditionType = Literal["class_index", "one_hot"]
Space = Literal["z", "w", "w+"]
SamplerKind = Literal["prior", "gaussian", "pca-gaussian", "mixture", "two-stage"]
# "dynamic": any number of rows a run; N: exactly N; "none": the graph has no batch axis anywhere, one row a run.
Batch = int | Literal["dynamic", "none"]

KINDS: tuple[Kind, ...] = get_args(Kind)
LATENT_LAYOUTS: tuple[LatentLayout, ...] = get_args(LatentLayout)
PRIORS: tuple[Prior, ...] = get_args(Prior)
PICTURE_LAYOUTS: tuple[PictureLayout, ...] = get_args(PictureLayout)
GRAPH_DTYPES: tuple[GraphDtype, ...] = get_args(GraphDtype)
MAPPING_DTYPES: tuple[MappingDtype, ...] = get_args(MappingDtype)
CONDITION_DTYPES: tuple[ConditionDtype, ...] = get_args(ConditionDtype)
ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)
CONDITION_TYPES: tuple[ConditionType, ...] = get_args(ConditionType)
SPACES: tuple[Space, ...] = get_args(Space)
SAMPLER_KINDS: tuple[SamplerKind, ...] = get_args(SamplerKind)
CHANNELS: dict[Colour, int] = {"gray": 1, "rgb": 3, "rgba": 4}
COLOURS: tuple[Colour, ...] = tuple(CHANNELS)


@dataclass(frozen=True)
class Provenance:
    """Where a model comes from, as plain text for display and for the licence list; empty when not stated."""

    dataset: str
    licence: str
    source: str = ""
    data_licence: str = ""
    data_source: str = ""
    citation: str = ""


@dataclass(frozen=True)
class Image:
    """The picture as the product sees it, on both sides of the model. `ground` is 0..255, one value a channel."""

    channels: int
    height: int
    width: int
    colour: Colour
    ground: tuple[int, ...]


@dataclass(frozen=True)
class Latent:
    """The latent as the graph takes it: `shape` is without the batch axis, `layout` names its axes."""

    shape: tuple[int, ...]
    layout: LatentLayout
    prior: Prior

    @property
    def size(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True)
class Normalize:
    """Standardisation of a picture in [0, 1], one value a channel of the graph: (x - mean) / std."""

    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True)
class OutputSlice:
    """One output of the encoder, or `start:stop:step` of its channel axis as in a Python slice."""

    output: str
    start: int | None = None
    stop: int | None = None
    step: int | None = None


@dataclass(frozen=True)
class Encoder:
    """The graph from picture to latent. Its latents are of the model's default space."""

    file: str
    input: str
    layout: PictureLayout
    transpose_hw: bool
    range: tuple[float, float]
    normalize: Normalize | None
    dtype: GraphDtype
    batch: Batch
    channels: int | None
    mean: OutputSlice
    logvar: OutputSlice | None


@dataclass(frozen=True)
class Decoder:
    """The graph from latent (z, or w where the model has spaces) to picture."""

    file: str
    input: str
    output: str
    pixels: str | None
    layout: PictureLayout
    transpose_hw: bool
    range: tuple[float, float]
    normalize: Normalize | None
    activation: Activation
    dtype: GraphDtype
    batch: Batch
    channels: int | None


@dataclass(frozen=True)
class Condition:
    """One class that an encoder, a decoder or both take beside their main input."""

    id: str
    type: ConditionType
    classes: int
    labels: tuple[str, ...]
    dtype: ConditionDtype
    encoder_input: str | None
    decoder_input: str | None


@dataclass(frozen=True)
class MappingGraph:
    """The graph from z to w."""

    file: str
    input: str
    output: str
    dtype: MappingDtype
    batch: Batch


@dataclass(frozen=True)
class WSpace:
    """W: `size` values; `plus` says that the synthesis takes one such vector for each of its `layers`."""

    size: int
    layers: int
    plus: bool


@dataclass(frozen=True)
class NoiseInput:
    """A decoder input for standard normal noise. `shape` is without the batch axis, or complete if not `batched`."""

    input: str
    shape: tuple[int, ...]
    batched: bool


@dataclass(frozen=True)
class Spaces:
    """What a style-based generator has beside z. `mapping` and `w` are both there or both None (noise inputs alone)."""

    default: Space
    mapping: MappingGraph | None
    w: WSpace | None
    mean: str | None
    truncation: bool
    noise_inputs: tuple[NoiseInput, ...]

    @property
    def names(self) -> tuple[Space, ...]:
        if self.w is None:
            return ("z",)
        return ("z", "w", "w+") if self.w.plus else ("z", "w")


@dataclass(frozen=True)
class PointSet:
    """A named set of latents of this model; `data` names the shared pictures and labels in `_data/<data>/`, if any."""

    name: str
    title: str
    latents: str
    space: Space
    data: str | None
    default: bool


@dataclass(frozen=True)
class Sampler:
    """A named way to draw latents of the default space; `file` holds what was fitted, None for the prior alone."""

    name: str
    kind: SamplerKind
    title: str
    file: str | None


@dataclass(frozen=True)
class Manifest:
    """All of model.json. `files` maps each path in the folder to the SHA-256 of its content."""

    format: int
    name: str
    title: str
    description: str
    kind: Kind
    provenance: Provenance
    files: dict[str, str]
    image: Image
    latent: Latent
    encoder: Encoder | None
    decoder: Decoder | None
    conditions: tuple[Condition, ...]
    spaces: Spaces | None
    deterministic: bool
    sets: tuple[PointSet, ...]
    samplers: tuple[Sampler, ...]
