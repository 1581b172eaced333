"""Classes beside the main input: an index or one-hot, of several types, one or two, other names on each side."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.adapter import BadInput, Model, NotSupported
from tests.contract.tiny_models import HEIGHT, WIDTH, Tiny, decoder_model, model, pictures, rows

H, W = HEIGHT, WIDTH
SHIFTS = np.linspace(0.0, 0.4, 5, dtype=np.float32)  # what each of five classes adds to every pixel
BOLD = np.array([0.0, 0.1], np.float32)  # the same for two styles


def condition(**fields: Any) -> dict[str, Any]:
    return {"id": "class", "type": "class_index", "classes": 5, "decoder_input": "label", **fields}


def add_index(graph: Tiny, to: str, name: str, dtype: str = "int64", batch: tuple[int | str, ...] = ("N",)) -> Tiny:
    """The tensor `to` (N, 6) plus SHIFTS[class], the class given as an index."""
    index = graph.input(name, batch, dtype).op("Cast", first=name, to=7).last  # 7 is int64
    shifts = SHIFTS[:, None] if batch else SHIFTS
    return graph.op("Gather", index, first=shifts).op("Add", to)


def add_one_hot(graph: Tiny, to: str, name: str, values: Any = SHIFTS, dtype: str = "float32") -> Tiny:
    """The tensor `to` (N, 6) plus values[class], the class given as one-hot."""
    graph.input(name, ("N", len(values)), dtype).op("Cast", first=name, to=1)  # 1 is float32
    return graph.op("MatMul", values[:, None]).op("Add", to)


def picture(graph: Tiny) -> Tiny:
    return graph.shaped(-1, H, W, 1).output("image")


def check_shifts(tiny: Model) -> None:
    images, labels = pictures(5, 1) * 0.5, np.array([4, 0, 2, 2, 1])
    answer = tiny.decode(rows(images), conditions={"class": labels})
    np.testing.assert_allclose(answer, images + SHIFTS[labels][:, None, None, None], atol=1e-6)
    pixels = tiny.pixels(rows(images), conditions={"class": labels})
    np.testing.assert_array_equal(pixels, np.rint(answer * 255).astype(np.uint8))
    assert tiny.needs("decoder") == ("class",)
    assert tiny.needs("encoder") == ()


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "float32"])
def test_a_class_index(dtype: str) -> None:
    graph = picture(add_index(Tiny("z", ("N", 6)), "z", "label", dtype))
    check_shifts(decoder_model(graph, layout="NHWC", others={"conditions": [condition(dtype=dtype)]}))


@pytest.mark.parametrize("dtype", ["float32", "float16", "int64"])
def test_one_hot(dtype: str) -> None:
    graph = picture(add_one_hot(Tiny("z", ("N", 6)), "z", "label", dtype=dtype))
    conditions = [condition(type="one_hot", dtype=dtype)]
    check_shifts(decoder_model(graph, layout="NHWC", others={"conditions": conditions}))


def test_the_types_when_none_is_said() -> None:
    graph = picture(add_index(Tiny("z", ("N", 6)), "z", "label", "int64"))
    check_shifts(decoder_model(graph, layout="NHWC", others={"conditions": [condition()]}))
    graph = picture(add_one_hot(Tiny("z", ("N", 6)), "z", "label", dtype="float32"))
    check_shifts(decoder_model(graph, layout="NHWC", others={"conditions": [condition(type="one_hot")]}))


def test_a_fixed_batch_keeps_each_class_with_its_row() -> None:
    graph = picture(add_index(Tiny("z", (2, 6)), "z", "label", batch=(2,)))
    check_shifts(decoder_model(graph, layout="NHWC", batch=2, others={"conditions": [condition()]}))


def test_without_a_batch_axis_a_class_is_a_scalar() -> None:
    graph = add_index(Tiny("z", (6,)), "z", "label", batch=()).shaped(H, W, 1).output("image")
    check_shifts(decoder_model(graph, layout="HWC", batch="none", others={"conditions": [condition()]}))


def two_conditions() -> Model:
    """A digit (an index) and a style (one-hot) that both graphs take under names of their own."""
    encoder = Tiny("x", ("N", H, W, 1)).shaped(-1, 6)
    encoder = add_index(encoder, encoder.last, "y")
    encoder = add_one_hot(encoder, encoder.last, "s", BOLD).output("mean")
    decoder = add_index(Tiny("z", ("N", 6)), "z", "label")
    decoder = picture(add_one_hot(decoder, decoder.last, "style", -BOLD))
    conditions = [
        condition(id="digit", encoder_input="y"),
        {"id": "style", "type": "one_hot", "classes": 2, "labels": ["thin", "bold"]}
        | {"encoder_input": "s", "decoder_input": "style"},
    ]
    graphs = {"encoder.onnx": encoder.build(), "decoder.onnx": decoder.build()}
    return model(graphs, encoder={"layout": "NHWC"}, decoder={"layout": "NHWC"}, conditions=conditions)


def test_two_conditions_with_other_names_on_each_side() -> None:
    tiny, images = two_conditions(), pictures(3, 1) * 0.3
    digits, styles = np.array([3, 1, 0]), np.array([0, 1, 1])
    chosen = {"digit": digits, "style": styles}
    latents = tiny.encode(images, conditions=chosen).mean
    np.testing.assert_allclose(latents, rows(images) + (SHIFTS[digits] + BOLD[styles])[:, None], atol=1e-6)
    answer = tiny.decode(latents, conditions=chosen)
    np.testing.assert_allclose(answer, images + 2 * SHIFTS[digits][:, None, None, None], atol=1e-6)
    assert tiny.needs("encoder") == tiny.needs("decoder") == ("digit", "style")


def test_one_class_for_all_rows() -> None:
    tiny = two_conditions()
    zeros = np.zeros((3, 6), np.float32)
    for value in (np.array([2]), np.array(2)):
        one = tiny.decode(zeros, conditions={"digit": value, "style": np.array(0)})
        np.testing.assert_allclose(one, np.full((3, H, W, 1), SHIFTS[2]), atol=1e-6)


def test_a_condition_that_is_missing_or_unknown() -> None:
    tiny, zeros = two_conditions(), np.zeros((1, 6), np.float32)
    with pytest.raises(NotSupported, match='decoder of this model needs a class for the condition "digit"'):
        tiny.decode(zeros)
    with pytest.raises(NotSupported, match='encoder of this model needs a class for the condition "style"'):
        tiny.encode(pictures(1, 1), conditions={"digit": np.array([0])})
    everything = {"digit": np.array([0]), "style": np.array([0])}
    with pytest.raises(NotSupported, match='no condition "colour"'):
        tiny.decode(zeros, conditions={**everything, "colour": np.array([0])})


@pytest.mark.parametrize("value", [[-1], [5], [0, 1], [0.0], [[0]]], ids=str)
def test_a_class_out_of_range_or_of_another_shape(value: Any) -> None:
    tiny = two_conditions()
    conditions = {"digit": np.array(value), "style": np.array([0])}
    with pytest.raises(BadInput, match='condition "digit"'):
        tiny.decode(np.zeros((3, 6), np.float32), conditions=conditions)


def test_a_class_of_the_other_side_is_no_error() -> None:
    """One request describes the whole picture, so its classes come along where only one graph takes them."""
    graph = Tiny("x", ("N", H, W, 1)).shaped(-1, 6).output("mean").build()
    decoder = picture(add_index(Tiny("z", ("N", 6)), "z", "label")).build()
    tiny = model(
        {"encoder.onnx": graph, "decoder.onnx": decoder},
        encoder={"layout": "NHWC"},
        decoder={"layout": "NHWC"},
        conditions=[condition()],
    )
    images = pictures(2, 1)
    np.testing.assert_allclose(tiny.encode(images, conditions={"class": np.array([1])}).mean, rows(images), atol=1e-6)
