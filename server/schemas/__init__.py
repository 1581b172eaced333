"""The wire: what requests may say and what answers look like. The bounds on every number stand here and only here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, FailFast, Field, StringConstraints

MAX_ROWS = 1024
MAX_DIMENSIONS = 65_536
MAX_STEPS = 256

# Latents past float16's range are no points of any model; NaN and infinity are refused by pydantic.
Coordinate = Annotated[float, Field(ge=-1e4, le=1e4, allow_inf_nan=False)]
# Fail fast: a million wrong numbers would otherwise be a million errors, and gigabytes of them.
Latent = Annotated[list[Coordinate], FailFast(), Field(min_length=1, max_length=MAX_DIMENSIONS)]
Latents = Annotated[list[Latent], FailFast()]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$")]
Output = Literal["png", "webp", "raw"]


class Wire(BaseModel):
    """A body in which an unknown key is an error, so that a typing mistake is never silently ignored."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class PictureRequest(Wire):
    """Everything that decides how latents become pictures. One schema for HTTP and for the live connection."""

    model: Name | None = Field(None, description="The model's id; where the address names one too, they must agree.")
    hash: Hash | None = Field(None, description="The version of the model this was made for; another one is refused.")
    space: Name | None = Field(None, description="The space of the latents; the model's default when absent.")
    conditions: dict[Name, Annotated[int, Field(ge=0, le=1_000_000)]] = Field(
        default_factory=dict, description="The class by the condition's id, for conditional models."
    )
    psi: float = Field(1.0, ge=0.0, le=2.0, description="Truncation psi, for models with a w space.")
    noise_seed: int = Field(0, ge=0, le=2**32 - 1, description="Seed of the noise inputs, for models that have them.")
    noise: bool = Field(True, description="False: the noise inputs are zero, whatever the seed.")


class LiveRequest(PictureRequest):
    """The header of a live frame; the latents follow it as row-major float32."""

    stamp: int = Field(ge=0, le=2**53, description="Comes back with the answer, so that stale ones can be dropped.")
    model: Name
    output: Literal["raw"] = "raw"


class DecodeRequest(PictureRequest):
    """Latents to be decoded, one picture a row."""

    latents: Latents = Field(min_length=1, max_length=MAX_ROWS, description="One row a picture.")
    output: Output = Field("png", description="png or webp: one sheet of all pictures; raw: uint8 NHWC bytes.")
    columns: int | None = Field(None, ge=1, le=MAX_ROWS, description="Pictures a row of the sheet.")


class TraverseRequest(PictureRequest):
    """One latent; each dimension in `dims` is walked through its range while all others stay."""

    latents: Latents = Field(min_length=1, max_length=1, description="The one row to start from.")
    dims: list[Annotated[int, Field(ge=0, lt=MAX_DIMENSIONS)]] = Field(min_length=1, max_length=64)
    steps: int = Field(9, ge=2, le=MAX_STEPS)
    range: tuple[Coordinate, Coordinate] | None = Field(
        None, description="From and to; each dimension's own slider range when absent."
    )
    output: Output = "png"


class InterpolateRequest(PictureRequest):
    """Two latents and the way between them."""

    latents: Latents = Field(min_length=2, max_length=2, description="The two ends.")
    steps: int = Field(11, ge=2, le=MAX_STEPS)
    method: Literal["lerp", "slerp"] = "lerp"
    output: Literal["png", "webp", "raw", "latents"] = "png"


class PlaceRequest(Wire):
    """Latents to be placed on a map, or in another space."""

    latents: Latents = Field(min_length=1, max_length=MAX_ROWS)


class ErrorBody(BaseModel):
    """What went wrong."""

    code: str
    message: str = Field(description="A sentence for a person.")
    field: str | None = Field(None, description="The part of the request that is wrong.")


class ErrorAnswer(BaseModel):
    """The one shape of every error."""

    error: ErrorBody


class ImageShape(BaseModel):
    """The pictures of a model."""

    height: int
    width: int
    channels: int
    colour: Literal["gray", "rgb", "rgba"]


class ModelEntry(BaseModel):
    """A line of the model picker."""

    id: str
    title: str
    description: str
    kind: str = Field(description="pca, ae, vae, gan and so on.")
    dataset: str
    latent: int = Field(description="Number of latent dimensions, in the model's default space.")
    image: ImageShape | None
    status: Literal["ready", "broken"]
    reason: str | None = Field(None, description="Why a broken model is broken.")
    hash: str = Field(description="Changes whenever the model would answer differently.")
    shelf: str = Field(description="The heading it stands under: what it was trained on.")
    strip: str | None = Field(
        None, description="Names the pictures of /strip, and changes with them; null without any."
    )


class ModelList(BaseModel):
    """All models, the broken ones included, by shelf and there in the order of a textbook."""

    models: list[ModelEntry]
    default: str | None = Field(description="The model to open first.")


class StepAnswer(BaseModel):
    """One thing that was, or could be, done to an uploaded picture."""

    id: str
    title: str
    detail: str
    applied: bool
    required: bool = Field(description="Whether the model could not take the picture without this step.")


class ReconstructionError(BaseModel):
    """How far the reconstruction is from what the model saw."""

    mse: float = Field(description="Mean squared error over pixels and channels, pictures in [0, 1].")
    psnr: float | None = Field(description="10 log10(1 / mse) in dB; null for a perfect copy.")


class UnusualAnswer(BaseModel):
    """How far a point lies from the data."""

    percentile: float = Field(description="0 to 100: more unusual than this share of held-out points.")
    distance: float = Field(description="Mean distance to the 10 nearest, in standard deviations.")


class EncodeAnswer(BaseModel):
    """Where the picture lies in the model's space."""

    latents: list[list[float]] = Field(description="One row: the posterior mean, or the code.")
    logvar: list[list[float]] | None = Field(description="The posterior's log-variance, for a VAE.")
    conditions: dict[str, int] = Field(description="The class that was used, for conditional encoders.")
    steps: list[StepAnswer]
    error: ReconstructionError | None
    unusual: UnusualAnswer | None
    hash: str


class LatentsAnswer(BaseModel):
    """Latents, one row a picture."""

    latents: list[list[float]]


class SampleAnswer(LatentsAnswer):
    """Latents drawn from one of the model's samplers."""

    seed: int
    sampler: str


class KeptEntry(BaseModel):
    """What is kept of a person's own set."""

    bytes: int = Field(description="On the server's disk.")
    made: str = Field(description="When it was finished: ISO 8601, UTC.")
    source: str = Field(description="The name of the archive or folder that it came from.")
    skipped: int = Field(description="Files that are not in it; /report names them.")
    unlabelled: int = Field(description="Pictures without a label, where others have one.")
    preparation: dict[str, int] = Field(description="How many pictures each step changed; the steps are an upload's.")


class UnfinishedEntry(BaseModel):
    """An own set that cannot be looked at."""

    name: str
    title: str
    state: Literal["receiving", "encoding", "stale"] = Field(
        description="receiving: its pictures are to come; encoding: they are encoded, or wait for it; stale: it was "
        "made with another version of the model."
    )
    kind: Literal["archive", "files", "place"] = Field(description="place: it is added by the command of the server.")
    source: str = Field(description="The name of the archive or folder.")
    total: int = Field(description="Bytes that were announced.")
    files: int = Field(description="Files that were announced; 0 where nobody counted them.")
    received: int = Field(description="Bytes of the archive that have arrived, or batches of files.")
    labels: bool = Field(description="Whether its CSV of labels has arrived.")
    encoded: int = Field(description="Pictures that are encoded.")
    running: bool = Field(description="Whether a job encodes it now, or waits to.")
    job: str | None = Field(description="That job's id, where whoever asks has started it.")
    bytes: int = Field(description="On the server's disk.")


class RoomEntry(BaseModel):
    """How much may be kept, and by whom."""

    used: int = Field(description="Bytes that all own sets of all models take.")
    bound: int = Field(description="Bytes that they may take.")
    archive: int = Field(description="Bytes of the largest archive that is taken.")
    batch: int = Field(description="Bytes of the largest batch of files that is taken.")
    may_add: bool = Field(
        description="Whether whoever asks may add and delete sets: the owner, where there are tokens."
    )


class FactorEntry(BaseModel):
    """One thing that made each picture of a set what it is; its values are a column of the set."""

    name: str
    kind: str = Field(description="continuous, ordered or categorical.")
    description: str = Field(description="What its ends mean, with the unit; empty where nobody said it.")


class SetEntry(BaseModel):
    """A named set of points."""

    name: str
    title: str
    count: int
    space: str
    default: bool
    classes: list[str]
    labelled: bool
    pictures: bool = Field(description="Whether the pictures are originals; those of other sets are decoded.")
    factors: list[FactorEntry] = Field(description="What is known of each picture beside its label.")
    hash: str
    own: bool = Field(False, description="Whether a person has added it; it can be deleted then.")
    kept: KeptEntry | None = Field(None, description="What is kept of an own set; null for those of the model.")


class SetList(BaseModel):
    """The sets of a model, and what is kept of people's own."""

    sets: list[SetEntry]
    unfinished: list[UnfinishedEntry] = Field(description="Own sets that are being added, or that no longer fit.")
    room: RoomEntry
