"""A style-based generator: z, w and w+, the mapping between them, truncation, noise inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.adapter import BadInput, GraphMismatch, Model, NotSupported
from tests.contract.tiny_models import HEIGHT, WIDTH, Floats, Session, Tiny, decoder_model, model, pictures, rows

H, W = HEIGHT, WIDTH
SIZE, LAYERS = 6, 3
MATRIX = np.random.default_rng(3).uniform(0, 0.5, (4, SIZE)).astype(np.float32)  # z has 4 values, w has 6
MEAN = np.linspace(0.2, 0.4, SIZE, dtype=np.float32)
SHARES = np.array([0.5, 0.3, 0.2], np.float32)  # of each layer in the picture; they add up to one


def mapping(batch: int | str = "N", dtype: str = "float32", repeat: bool = False) -> Session:
    graph = Tiny("z", (batch, 4), dtype).op("MatMul", MATRIX.astype(dtype))
    if repeat:
        graph = graph.shaped(-1, 1, SIZE).op("Tile", np.array([1, LAYERS, 1], np.int64))
    return graph.output("w", dtype).build()


def synthesis(plus: bool, batch: int | str = "N") -> Session:
    graph = Tiny("w", (batch, LAYERS, SIZE) if plus else (batch, SIZE))
    if plus:
        graph = graph.op("Mul", SHARES[None, :, None]).op("ReduceSum", np.array([1], np.int64), keepdims=0)
    return graph.shaped(-1, H, W, 1).output("image").build()


def style_model(*, plus: bool = True, graphs: dict[str, Session] | None = None, **fields: Any) -> Model:
    """`fields` are those of spaces, but for `encoder`; those of `mapping` and `decoder` are added to what they need."""
    parts = {"mapping.onnx": mapping(), "decoder.onnx": synthesis(plus), **(graphs or {})}
    spaces: dict[str, Any] = {"default": "w", "mean": "w_mean.npy", "truncation": True}
    spaces["w"] = {"size": SIZE, "layers": LAYERS, "plus": plus}
    spaces["mapping"] = {"file": "mapping.onnx", "input": "z", "output": "w", **fields.pop("mapping", {})}
    decoder = {"input": "w", "layout": "NHWC", **fields.pop("decoder", {})}
    encoder = fields.pop("encoder", None)
    described = {"encoder": encoder, "decoder": decoder, "latent": {"shape": [4]}, "spaces": {**spaces, **fields}}
    return model(parts, {"w_mean.npy": MEAN}, **described)


def draw(*shape: int) -> Floats:
    return np.random.default_rng(5).uniform(0, 0.4, shape).astype(np.float32)


def test_the_names_and_sizes_of_the_spaces() -> None:
    tiny = style_model()
    assert tiny.spaces == ("z", "w", "w+")
    assert tiny.default_space == "w"
    assert [tiny.latent_size(each) for each in (None, *tiny.spaces)] == [SIZE, 4, SIZE, LAYERS * SIZE]
    tiny = style_model(plus=False, default="z")
    assert tiny.spaces == ("z", "w")
    assert tiny.latent_size() == 4
    with pytest.raises(NotSupported, match=r'no space "w\+"; it has z, w'):
        tiny.decode(draw(1, 18), space="w+")


@pytest.mark.parametrize("plus", [False, True])
def test_decoding_from_each_space(plus: bool) -> None:
    tiny, z = style_model(plus=plus), draw(5, 4)
    expected = (z @ MATRIX).reshape(5, H, W, 1)
    np.testing.assert_allclose(tiny.decode(z, space="z"), expected, atol=1e-6)
    np.testing.assert_allclose(tiny.decode(z @ MATRIX, space="w"), expected, atol=1e-6)
    np.testing.assert_allclose(tiny.decode(z @ MATRIX), expected, atol=1e-6)
    np.testing.assert_array_equal(tiny.pixels(z, space="z"), np.rint(tiny.decode(z, space="z") * 255).astype(np.uint8))


def test_w_plus_gives_each_layer_its_own_w() -> None:
    wide = draw(2, LAYERS, SIZE)
    expected = np.einsum("l,nlk->nk", SHARES, wide).reshape(2, H, W, 1)
    np.testing.assert_allclose(style_model().decode(rows(wide), space="w+"), expected, atol=1e-6)


@pytest.mark.parametrize("batch", ["dynamic", 2])
@pytest.mark.parametrize("repeat", [False, True])
def test_the_mapping(batch: Any, repeat: bool) -> None:
    """Alone, with a fixed batch, and one that gives its w once for each layer."""
    size = "N" if batch == "dynamic" else batch
    tiny = style_model(graphs={"mapping.onnx": mapping(size, repeat=repeat)}, mapping={"batch": batch})
    np.testing.assert_allclose(tiny.map_to_w(draw(5, 4)), draw(5, 4) @ MATRIX, atol=1e-6)
    assert tiny.map_to_w(draw(0, 4)).shape == (0, SIZE)
    assert tiny.decode(draw(0, 4), space="z").shape == (0, H, W, 1)


def test_a_mapping_in_float16() -> None:
    tiny = style_model(graphs={"mapping.onnx": mapping(dtype="float16")}, mapping={"dtype": "float16"})
    w = tiny.map_to_w(draw(3, 4))
    assert w.dtype == np.float32
    np.testing.assert_allclose(w, draw(3, 4) @ MATRIX, atol=2e-3)


def test_a_mapping_of_another_size_is_refused() -> None:
    tiny = style_model(w={"size": 5, "layers": LAYERS, "plus": True}, mean=None, truncation=False)
    with pytest.raises(GraphMismatch, match=r"mapping answered the shape \(2, 6\), expected \(2, 5\)"):
        tiny.map_to_w(draw(2, 4))


def test_a_synthesis_of_batch_1() -> None:
    graph, z = synthesis(True, 1), draw(3, 4)
    tiny = style_model(graphs={"decoder.onnx": graph}, decoder={"batch": 1})
    np.testing.assert_allclose(tiny.decode(z, space="z"), (z @ MATRIX).reshape(3, H, W, 1), atol=1e-6)
    assert [run["w"] for run in graph.runs] == [(1, LAYERS, SIZE)] * 3


@pytest.mark.parametrize("space", ["z", "w", "w+"])
def test_truncation_pulls_w_to_its_mean_in_every_space(space: str) -> None:
    tiny = style_model()
    latents = draw(2, tiny.latent_size(space))
    full, mean = tiny.decode(latents, space=space), MEAN.reshape(1, H, W, 1)
    np.testing.assert_allclose(tiny.decode(latents, space=space, psi=0.25), mean + 0.25 * (full - mean), atol=1e-6)
    np.testing.assert_allclose(tiny.decode(latents, space=space, psi=0), np.broadcast_to(mean, full.shape), atol=1e-6)


def test_truncation_while_mapping() -> None:
    tiny, z = style_model(), draw(3, 4)
    np.testing.assert_allclose(tiny.map_to_w(z, 0.5), MEAN + 0.5 * (z @ MATRIX - MEAN), atol=1e-6)
    np.testing.assert_allclose(tiny.decode(tiny.map_to_w(z, 0.5)), tiny.decode(z, space="z", psi=0.5), atol=1e-6)


def test_psi_without_truncation_is_refused() -> None:
    for tiny in (style_model(mean=None, truncation=False), style_model(truncation=False)):
        with pytest.raises(NotSupported, match="no truncation"):
            tiny.decode(draw(1, SIZE), psi=0.5)
    plain = decoder_model(Tiny("z", ("N", 6)).shaped(-1, H, W, 1).output("image"), layout="NHWC")
    assert plain.spaces == ("z",)
    with pytest.raises(NotSupported, match="no truncation"):
        plain.decode(draw(1, 6), psi=0.5)
    with pytest.raises(NotSupported, match="no w"):
        plain.map_to_w(draw(1, 6))


def test_a_file_or_graph_that_was_not_loaded_is_named() -> None:
    tiny = style_model()
    graphs = {"mapping.onnx": mapping(), "decoder.onnx": synthesis(True)}
    with pytest.raises(GraphMismatch, match=r"w_mean\.npy"):
        Model(tiny.manifest, graphs)
    with pytest.raises(GraphMismatch, match=r"mapping\.onnx"):
        Model(tiny.manifest, {"decoder.onnx": graphs["decoder.onnx"]}, {"w_mean.npy": MEAN})


@pytest.mark.parametrize(("default", "size"), [("w", 6), ("w+", 18)])
def test_the_encoder_answers_in_the_default_space(default: str, size: int) -> None:
    encoder = Tiny("x", ("N", H, W, 1)).shaped(-1, 6)
    if default == "w+":
        encoder = encoder.shaped(-1, 1, SIZE).op("Tile", np.array([1, LAYERS, 1], np.int64))
    graphs = {"encoder.onnx": encoder.output("mean").build()}
    whole = style_model(default=default, graphs=graphs, encoder={"layout": "NHWC"})
    images = pictures(2, 1)
    answer = whole.encode(images).mean
    assert answer.shape == (2, size)
    np.testing.assert_allclose(whole.decode(answer), images, atol=1e-6)


def noisy_model(batch: Any = "dynamic", shape: tuple[int | str, ...] = ("N", 1, 6)) -> Model:
    """z plus noise0 of each row plus noise1, which has no batch axis; no w at all."""
    graph = Tiny("z", (shape[0] if isinstance(shape[0], int) else "N", 6)).input("noise0", shape).input("noise1", (6,))
    first = graph.op("Squeeze", np.array([1], np.int64), first="noise0").last
    graph = graph.op("Add", first, first="z").op("Add", "noise1").scaled(0.1, 0.5).shaped(-1, H, W, 1).output("image")
    inputs = [{"input": "noise0", "shape": [1, 6]}, {"input": "noise1", "shape": [6], "batched": False}]
    return decoder_model(graph, layout="NHWC", batch=batch, others={"spaces": {"default": "z", "noise_inputs": inputs}})


def test_noise_follows_its_seed_alone() -> None:
    tiny, z = noisy_model(), np.zeros((3, 6), np.float32)
    first = tiny.decode(z, noise_seed=1)
    assert tiny.spaces == ("z",)
    np.testing.assert_array_equal(first, tiny.decode(z, noise_seed=1))
    np.testing.assert_array_equal(first[:1], tiny.decode(z[:1], noise_seed=1))  # whoever shares the batch
    np.testing.assert_array_equal(first[0], first[2])
    assert np.abs(first - tiny.decode(z, noise_seed=2)).max() > 0.01
    np.testing.assert_array_equal(tiny.decode(z, noise_seed=None), tiny.decode(z, noise_seed=None))
    assert np.abs(first - tiny.decode(z, noise_seed=None)).max() > 0.01  # zeros are no draw
    with pytest.raises(BadInput, match="noise_seed"):
        tiny.decode(z, noise_seed=-1)


def test_noise_is_standard_normal_and_its_inputs_differ() -> None:
    values = np.array([noisy_model().decode(np.zeros((1, 6), np.float32), noise_seed=seed) for seed in range(60)])
    inner = (values - 0.5) / 0.1  # the sum of two independent standard normal draws has a variance of 2
    assert 1.4 < np.var(inner) < 2.6
    assert abs(np.mean(inner)) < 0.3


def test_noise_with_a_fixed_batch() -> None:
    z = np.zeros((3, 6), np.float32)
    fixed = noisy_model(2, (2, 1, 6))
    np.testing.assert_array_equal(fixed.decode(z, noise_seed=4), noisy_model().decode(z, noise_seed=4))
