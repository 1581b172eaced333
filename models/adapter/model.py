"""`Model`: encode, decode and the way from z to w, for any model that a manifest can describe."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models.adapter.conditions import Chosen, Side, condition_feeds, condition_input
from models.adapter.errors import BadInput, GraphMismatch, NotSupported
from models.adapter.graph import Array, Feeds, Graph, cast, run_rows
from models.adapter.latents import as_rows, cut, noise
from models.adapter.pictures import Floats, from_graph, pixels_from_graph, to_graph, to_pixels
from models.manifest import Batch, Decoder, Encoder, Manifest

P = TypeVar("P", np.float32, np.uint8)


@dataclass(frozen=True)
class Posterior:
    """What an encoder knows of N pictures: mean (N, D) and, for a VAE, log-variance (N, D), float32."""

    mean: Floats
    logvar: Floats | None


class Model:
    """A manifest and its loaded graphs. Holds no state between calls, so any thread may call it."""

    def __init__(
        self, manifest: Manifest, graphs: Mapping[str, Graph], arrays: Mapping[str, NDArray[np.float32]] | None = None
    ) -> None:
        """`graphs` by file name; `arrays` as `models.manifest.load_arrays` gives them, needed for truncation only."""
        self.manifest = manifest
        self._graphs = dict(graphs)
        mapping = manifest.spaces.mapping if manifest.spaces else None
        for graph in (manifest.encoder, manifest.decoder, mapping):
            if graph is not None and graph.file not in self._graphs:
                raise GraphMismatch(f"The graph {graph.file} of the model {manifest.name} was not loaded.")
        self._w_mean: Floats | None = None
        if manifest.spaces is not None and manifest.spaces.mean is not None:
            if manifest.spaces.mean not in (arrays or {}):
                raise GraphMismatch(f"The file {manifest.spaces.mean} of the model {manifest.name} was not loaded.")
            self._w_mean = np.asarray((arrays or {})[manifest.spaces.mean], np.float32)

    @property
    def spaces(self) -> tuple[str, ...]:
        """The spaces in which latents can be given: z, and for a style-based generator w and w+."""
        return self.manifest.spaces.names if self.manifest.spaces else ("z",)

    @property
    def default_space(self) -> str:
        """The space of `encode` and of every call that names none."""
        return self.manifest.spaces.default if self.manifest.spaces else "z"

    def latent_size(self, space: str | None = None) -> int:
        """D, the values a row of that space."""
        return math.prod(self._latent_shape(space or self.default_space))

    def needs(self, side: Side) -> tuple[str, ...]:
        """The ids of the conditions that the encoder or the decoder takes."""
        return tuple(each.id for each in self.manifest.conditions if condition_input(each, side) is not None)

    def decode(
        self,
        latents: Array,
        *,
        space: str | None = None,
        conditions: Chosen | None = None,
        psi: float = 1.0,
        noise_seed: int | None = 0,
    ) -> Floats:
        """(N, D) float32 -> (N, H, W, C) float32 in [0, 1].

        `conditions` maps ids to class indices, (N,) int64 or one for all. `psi` pulls w towards its mean before the
        synthesis, whatever the space (truncation, Karras et al. 2019). Noise inputs are the same for every row, and
        zero where `noise_seed` is None.
        NotSupported, BadInput, GraphMismatch: see `models.adapter.errors`.
        """
        decoder, feeds = self._decoder_feeds(latents, space, conditions, psi, noise_seed)
        image = self.manifest.image
        return self._pictures(decoder, feeds, decoder.output, lambda x, n: from_graph(x, n, decoder, image), np.float32)

    def pixels(
        self,
        latents: Array,
        *,
        space: str | None = None,
        conditions: Chosen | None = None,
        psi: float = 1.0,
        noise_seed: int | None = 0,
    ) -> NDArray[np.uint8]:
        """(N, D) float32 -> (N, H, W, C) uint8: the graph's own pixels where it has them, else `decode` rounded."""
        decoder, feeds = self._decoder_feeds(latents, space, conditions, psi, noise_seed)
        image = self.manifest.image

        def rounded(x: Array, rows: int) -> NDArray[np.uint8]:
            return to_pixels(from_graph(x, rows, decoder, image))

        if decoder.pixels is None or decoder.channels not in (None, image.channels):
            return self._pictures(decoder, feeds, decoder.output, rounded, np.uint8)
        own = decoder.pixels
        return self._pictures(decoder, feeds, own, lambda x, n: pixels_from_graph(x, n, decoder, image), np.uint8)

    def encode(self, images: Floats, *, conditions: Chosen | None = None) -> Posterior:
        """(N, H, W, C) float32 in [0, 1] -> the posterior in the default space, latents flattened row-major."""
        encoder, image = self.manifest.encoder, self.manifest.image
        if encoder is None:
            raise NotSupported("This model has no encoder, so it cannot place a picture in its latent space.")
        images = np.asarray(images, np.float32)
        if images.ndim != 4 or images.shape[1:] != (image.height, image.width, image.channels):
            expected = f"(N, {image.height}, {image.width}, {image.channels})"
            raise BadInput(f"Pictures must have the shape {expected}, but have {images.shape}.")
        rows = {encoder.input: to_graph(images, encoder, image)}
        rows |= condition_feeds(self.manifest.conditions, "encoder", conditions, len(images))
        without_batch = rows if encoder.batch == "none" else [encoder.input] if encoder.layout == "HWC" else []
        feeds = Feeds(rows, bare=frozenset(without_batch))
        wanted = [each for each in (encoder.mean, encoder.logvar) if each is not None]
        names = list(dict.fromkeys(each.output for each in wanted))
        shape, axis = self._latent_shape(self.default_space), self._channel_axis()
        parts: list[list[Floats]] = [[np.zeros((0, math.prod(shape)), np.float32)] for _ in wanted]
        for size, count, answers in run_rows(self._graphs[encoder.file], names, feeds, _batch(encoder)):
            by_name = dict(zip(names, answers, strict=True))
            for each, part in zip(wanted, parts, strict=True):
                answer = by_name[each.output][None] if encoder.batch == "none" else by_name[each.output]
                part.append(cut(answer, size, each, shape, axis)[:count])
        mean, *logvar = [np.concatenate(part) for part in parts]
        return Posterior(mean, logvar[0] if logvar else None)

    def map_to_w(self, z: Array, psi: float = 1.0) -> Floats:
        """(N, D) of z -> (N, size) of w, pulled towards the mean of w by `psi`."""
        spaces, latent = self.manifest.spaces, self.manifest.latent
        if spaces is None or spaces.mapping is None or spaces.w is None:
            raise NotSupported("This model has no w: its decoder takes z itself.")
        mapping, shape = spaces.mapping, (spaces.w.layers, spaces.w.size)
        rows = cast(as_rows(z, latent.size, "Latents of z").reshape(-1, *latent.shape), mapping.dtype)
        feeds, found = Feeds({mapping.input: rows}), [np.zeros((0, shape[1]), np.float32)]
        for size, count, (w,) in run_rows(self._graphs[mapping.file], [mapping.output], feeds, mapping.batch):
            # Some mappings repeat their w for each layer already.
            one = w[:, 0] if w.shape == (size, *shape) else w
            if one.shape != (size, shape[1]):
                raise GraphMismatch(f"The mapping answered the shape {w.shape}, expected {(size, shape[1])}.")
            found.append(one[:count].astype(np.float32))
        return self._truncate(np.concatenate(found), psi)

    def _decoder_feeds(
        self, latents: Array, space: str | None, conditions: Chosen | None, psi: float, noise_seed: int | None
    ) -> tuple[Decoder, Feeds]:
        decoder = self.manifest.decoder
        if decoder is None:
            raise NotSupported("This model has no decoder, so it cannot turn a latent into a picture.")
        code = self._code(latents, space or self.default_space, psi)
        # A uint8 graph has uint8 pictures; its latents are floats all the same.
        rows = {decoder.input: cast(code, "float32" if decoder.dtype == "uint8" else decoder.dtype)}
        rows |= condition_feeds(self.manifest.conditions, "decoder", conditions, len(code))
        whole: dict[str, Array] = {}
        for i, each in enumerate(self.manifest.spaces.noise_inputs if self.manifest.spaces else ()):
            values = cast(noise(each, i, noise_seed, len(code)), rows[decoder.input].dtype.name)
            (rows if each.batched else whole)[each.input] = values
        return decoder, Feeds(rows, whole, frozenset(rows) if decoder.batch == "none" else frozenset())

    def _code(self, latents: Array, space: str, psi: float) -> Floats:
        """What the decoder's main input takes: z in its shape, or w for one or for every layer."""
        shape = self._latent_shape(space)
        rows = as_rows(latents, math.prod(shape), f"Latents of {space}").reshape(-1, *shape)
        w = self.manifest.spaces.w if self.manifest.spaces else None
        if w is None:
            return self._truncate(rows, psi)
        rows = self.map_to_w(latents, psi) if space == "z" else self._truncate(rows, psi)
        if w.plus and rows.ndim == 2:
            rows = np.repeat(rows[:, None], w.layers, axis=1)
        return rows

    def _truncate(self, w: Floats, psi: float) -> Floats:
        if psi == 1.0:
            return w
        if self._w_mean is None or self.manifest.spaces is None or not self.manifest.spaces.truncation:
            raise NotSupported("This model has no truncation, so psi must be 1.")
        return self._w_mean + np.float32(psi) * (w - self._w_mean)

    def _pictures(
        self, decoder: Decoder, feeds: Feeds, output: str, convert: Callable[[Array, int], NDArray[P]], dtype: type[P]
    ) -> NDArray[P]:
        """Runs the decoder and joins the pictures of all runs, those of the filled-up rows left out."""
        image = self.manifest.image
        found = [np.zeros((0, image.height, image.width, image.channels), dtype)]
        for size, count, (answer,) in run_rows(self._graphs[decoder.file], [output], feeds, _batch(decoder)):
            found.append(convert(answer, size)[:count])
        return np.concatenate(found)

    def _latent_shape(self, space: str) -> tuple[int, ...]:
        if space not in self.spaces:
            raise NotSupported(f'This model has no space "{space}"; it has {", ".join(self.spaces)}.')
        w = self.manifest.spaces.w if self.manifest.spaces else None
        if space == "z" or w is None:
            return self.manifest.latent.shape
        return (w.size,) if space == "w" else (w.layers, w.size)

    def _channel_axis(self) -> int:
        """The axis of the default space's shape that holds the channels: the last, but for CHW the first."""
        if self.default_space == "z" and self.manifest.latent.layout == "CHW":
            return 0
        return len(self._latent_shape(self.default_space)) - 1


def _batch(graph: Encoder | Decoder) -> Batch:
    """Rows a run: pictures of layout HWC pass one at a time, whether or not the other tensors have a batch axis."""
    return 1 if graph.layout == "HWC" else graph.batch
