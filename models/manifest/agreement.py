"""What several fields of a manifest must agree on, beyond the type and range of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.manifest.fields import ManifestError
from models.manifest.schema import Decoder, Encoder, Manifest, PointSet, Sampler, Spaces


def check(manifest: Manifest) -> None:
    """ManifestError, naming one field, when two facts contradict each other."""
    if manifest.encoder is None and manifest.decoder is None:
        raise ManifestError("decoder", "is null and so is encoder: a model must have at least one of the two.")
    for field, path in _references(manifest):
        if path not in manifest.files:
            raise ManifestError(field, f'is "{path}", which is not listed under "files".')
    for field, graph in (("encoder", manifest.encoder), ("decoder", manifest.decoder)):
        if graph is not None:
            _check_picture(field, graph, graph.channels or manifest.image.channels)
    _check_names(manifest)
    _check_conditions(manifest)
    if manifest.spaces is not None:
        _check_spaces(manifest.spaces, manifest.decoder)
    _check_sets(manifest.sets, manifest.spaces.names if manifest.spaces else ("z",))
    _check_samplers(manifest.samplers)


def _references(manifest: Manifest) -> Iterable[tuple[str, str]]:
    """(field, path) of every file that the manifest gives a role."""
    if manifest.encoder is not None:
        yield "encoder.file", manifest.encoder.file
    if manifest.decoder is not None:
        yield "decoder.file", manifest.decoder.file
    if manifest.spaces is not None and manifest.spaces.mapping is not None:
        yield "spaces.mapping.file", manifest.spaces.mapping.file
    if manifest.spaces is not None and manifest.spaces.mean is not None:
        yield "spaces.mean", manifest.spaces.mean
    for i, each in enumerate(manifest.sets):
        yield f"sets.{i}.latents", each.latents
    for i, sampler in enumerate(manifest.samplers):
        if sampler.file is not None:
            yield f"samplers.{i}.file", sampler.file


def _check_picture(field: str, graph: Encoder | Decoder, channels: int) -> None:
    normalize, plain = graph.normalize, graph.range == (0.0, 1.0)
    if normalize is not None:
        if not plain:
            raise ManifestError(f"{field}.normalize", f"works on pictures in [0, 1], so {field}.range must be [0, 1].")
        for key, values in (("mean", normalize.mean), ("std", normalize.std)):
            if len(values) != channels:
                raise ManifestError(
                    f"{field}.normalize.{key}", f"must have one number a channel ({channels}), but has {len(values)}."
                )
    if isinstance(graph, Decoder) and graph.activation == "sigmoid" and not (plain and normalize is None):
        raise ManifestError(
            f"{field}.activation", "is sigmoid, which gives [0, 1]: range must be [0, 1] and normalize null."
        )
    if graph.layout == "HWC" and graph.batch not in ("dynamic", "none", 1):
        raise ManifestError(f"{field}.batch", "must be 1 for layout HWC, which has no batch axis.")
    if graph.layout != "HWC" and graph.batch == "none":
        raise ManifestError(
            f"{field}.batch", f'is "none", but layout {graph.layout} has a batch axis; only HWC has not.'
        )


def _check_names(manifest: Manifest) -> None:
    """A tensor has one role: two inputs or outputs of one graph with one name would overwrite each other."""
    if manifest.encoder is not None:
        inputs = [("encoder.input", manifest.encoder.input)]
        inputs += [(f"conditions.{i}.encoder_input", c.encoder_input or "") for i, c in enumerate(manifest.conditions)]
        _unique(inputs, "an input of the encoder")
    if manifest.decoder is not None:
        inputs = [("decoder.input", manifest.decoder.input)]
        inputs += [(f"conditions.{i}.decoder_input", c.decoder_input or "") for i, c in enumerate(manifest.conditions)]
        noise = manifest.spaces.noise_inputs if manifest.spaces else ()
        inputs += [(f"spaces.noise_inputs.{i}.input", each.input) for i, each in enumerate(noise)]
        _unique(inputs, "an input of the decoder")
        _unique(
            [("decoder.output", manifest.decoder.output), ("decoder.pixels", manifest.decoder.pixels or "")],
            "an output of the decoder",
        )


def _check_conditions(manifest: Manifest) -> None:
    _unique([(f"conditions.{i}.id", c.id) for i, c in enumerate(manifest.conditions)], "the id of a condition")
    for i, condition in enumerate(manifest.conditions):
        if condition.encoder_input is not None and manifest.encoder is None:
            raise ManifestError(f"conditions.{i}.encoder_input", "names an input, but the model has no encoder.")
        if condition.decoder_input is not None and manifest.decoder is None:
            raise ManifestError(f"conditions.{i}.decoder_input", "names an input, but the model has no decoder.")


def _check_spaces(spaces: Spaces, decoder: Decoder | None) -> None:
    if decoder is None:
        raise ManifestError("spaces", "needs a decoder: w is what the synthesis takes.")
    if (spaces.mapping is None) != (spaces.w is None):
        missing = "mapping" if spaces.mapping is None else "w"
        raise ManifestError(f"spaces.{missing}", "is null: the mapping graph and the size of w are given together.")
    if spaces.default not in spaces.names:
        raise ManifestError("spaces.default", f'is "{spaces.default}", but the model has {", ".join(spaces.names)}.')
    if spaces.mean is not None and spaces.w is None:
        raise ManifestError("spaces.mean", "is the mean of w, but the model has no w.")
    if spaces.truncation and spaces.mean is None:
        raise ManifestError("spaces.truncation", "is true, but spaces.mean is null: psi pulls w towards its mean.")


def _check_sets(sets: tuple[PointSet, ...], spaces: Sequence[str]) -> None:
    _unique([(f"sets.{i}.name", each.name) for i, each in enumerate(sets)], "the name of a set")
    for i, each in enumerate(sets):
        if each.name == "reference":
            raise ManifestError(f"sets.{i}.name", 'must not be "reference", which always means the default set.')
        if each.space not in spaces:
            raise ManifestError(f"sets.{i}.space", f'is "{each.space}", but the model has {", ".join(spaces)}.')
    if sets and sum(each.default for each in sets) != 1:
        raise ManifestError("sets", "must have exactly one entry with default true.")


def _check_samplers(samplers: tuple[Sampler, ...]) -> None:
    _unique([(f"samplers.{i}.name", each.name) for i, each in enumerate(samplers)], "the name of a sampler")
    for i, each in enumerate(samplers):
        prior = each.kind == "prior"
        if prior != (each.name == "prior"):
            raise ManifestError(f"samplers.{i}.name", 'must be "prior" for the kind prior, and for no other.')
        if prior != (each.file is None):
            should = "must be null: the prior is known" if prior else f"is null: the kind {each.kind} needs its numbers"
            raise ManifestError(f"samplers.{i}.file", f"{should}.")


def _unique(named: Iterable[tuple[str, str]], what: str) -> None:
    """`named` holds (field, name); an empty name stands for null."""
    seen: dict[str, str] = {}
    for field, name in named:
        if name and name in seen:
            raise ManifestError(field, f'is "{name}", which is {what} already (see {seen[name]}).')
        seen[name] = field
