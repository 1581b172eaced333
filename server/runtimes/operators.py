"""The ONNX operators that decoders and encoders are made of, in torch; and what is known of each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import functional as F  # noqa: N812 (the field's own name for it)

Tensor = torch.Tensor
Attributes = dict[str, Any]
# (inputs, attributes) -> outputs; an optional input that is left out is None.
Operator = Callable[[list[Any], Attributes], list[Tensor]]

DTYPES = {
    1: torch.float32,
    2: torch.uint8,
    6: torch.int32,
    7: torch.int64,
    9: torch.bool,
    10: torch.float16,
    11: torch.float64,
}


def _pads(attributes: Attributes) -> list[int]:
    """ONNX's pads (all beginnings, then all ends) as one number a side. Raises ValueError where they differ."""
    pads = attributes.get("pads", [0, 0, 0, 0])
    half = len(pads) // 2
    if pads[:half] != pads[half:] or attributes.get("auto_pad", b"NOTSET") != b"NOTSET":
        raise ValueError("a convolution padded differently at its two ends is not supported by the torch runtime")
    return list(pads[:half])


def _conv(x: list[Any], a: Attributes) -> list[Tensor]:
    bias = x[2] if len(x) > 2 else None
    shared = (a.get("strides", 1), _pads(a), a.get("dilations", 1), a.get("group", 1))
    return [F.conv2d(x[0], x[1], bias, *shared)]


def _conv_transpose(x: list[Any], a: Attributes) -> list[Tensor]:
    bias = x[2] if len(x) > 2 else None
    extra = a.get("output_padding", 0)
    return [
        F.conv_transpose2d(
            x[0], x[1], bias, a.get("strides", 1), _pads(a), extra, a.get("group", 1), a.get("dilations", 1)
        )
    ]


def _gemm(x: list[Any], a: Attributes) -> list[Tensor]:
    left = x[0].T if a.get("transA", 0) else x[0]
    right = x[1].T if a.get("transB", 0) else x[1]
    if len(x) > 2 and x[2] is not None and a.get("alpha", 1.0) == a.get("beta", 1.0) == 1.0:
        return [torch.addmm(x[2], left, right)]
    product = a.get("alpha", 1.0) * (left @ right)
    return [product + a.get("beta", 1.0) * x[2] if len(x) > 2 and x[2] is not None else product]


def _reshape(x: list[Any], a: Attributes) -> list[Tensor]:
    sizes = [int(size) for size in x[1]]
    if not a.get("allowzero", 0):
        sizes = [x[0].shape[index] if size == 0 else size for index, size in enumerate(sizes)]
    return [x[0].reshape(sizes)]


def _split(x: list[Any], a: Attributes) -> list[Tensor]:
    axis = a.get("axis", 0)
    if len(x) > 1 and x[1] is not None:
        return list(torch.split(x[0], [int(size) for size in x[1]], axis))
    return list(torch.chunk(x[0], a["num_outputs"], axis))


def _slice(x: list[Any], a: Attributes) -> list[Tensor]:
    starts, ends = x[1].tolist(), x[2].tolist()
    axes = x[3].tolist() if len(x) > 3 and x[3] is not None else range(len(starts))
    steps = x[4].tolist() if len(x) > 4 and x[4] is not None else [1] * len(starts)
    index: list[slice] = [slice(None)] * x[0].ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        index[axis] = slice(start, end, step)
    return [x[0][tuple(index)]]


def _clip(x: list[Any], a: Attributes) -> list[Tensor]:
    return [torch.clamp(x[0], x[1] if len(x) > 1 else None, x[2] if len(x) > 2 else None)]


def _axes(x: list[Any], default: Sequence[int]) -> list[int]:
    return [int(axis) for axis in x[1]] if len(x) > 1 and x[1] is not None else list(default)


def _unsqueeze(x: list[Any], a: Attributes) -> list[Tensor]:
    result = x[0]
    count = x[0].ndim + len(x[1])
    for axis in sorted(int(axis) % count for axis in x[1]):
        result = result.unsqueeze(axis)
    return [result]


def _reduce(function: Callable[..., Tensor]) -> Operator:
    def reduce(x: list[Any], a: Attributes) -> list[Tensor]:
        axes = _axes(x, () if a.get("noop_with_empty_axes", 0) else range(x[0].ndim))
        return [function(x[0], axes, keepdim=bool(a.get("keepdims", 1))) if axes else x[0]]

    return reduce


def _gather(x: list[Any], a: Attributes) -> list[Tensor]:
    axis, index = a.get("axis", 0) % x[0].ndim, x[1].long()
    shape = (*x[0].shape[:axis], *index.shape, *x[0].shape[axis + 1 :])
    index = torch.where(index < 0, index + x[0].shape[axis], index)
    return [x[0].index_select(axis, index.reshape(-1)).reshape(shape)]


def _depth_to_space(x: list[Any], a: Attributes) -> list[Tensor]:
    if a.get("mode", b"DCR") != b"CRD":
        raise ValueError("DepthToSpace is supported by the torch runtime in the mode CRD only")
    return [F.pixel_shuffle(x[0], a["blocksize"])]


def _resize(x: list[Any], a: Attributes) -> list[Tensor]:
    """Bilinear only, by factors or to a size, with pixels as areas."""
    where = a.get("coordinate_transformation_mode", b"half_pixel")
    if a.get("mode", b"nearest") != b"linear" or where not in (b"half_pixel", b"pytorch_half_pixel") or x[0].ndim != 4:
        raise ValueError("Resize is supported by the torch runtime for pictures, in the mode linear, half_pixel only")
    if len(x) > 3 and x[3] is not None:
        return [F.interpolate(x[0], [int(size) for size in x[3][2:]], mode="bilinear", align_corners=False)]
    factors = [float(factor) for factor in x[2][2:]]
    return [F.interpolate(x[0], scale_factor=factors, mode="bilinear", align_corners=False)]


OPERATORS: dict[str, Operator] = {
    "Add": lambda x, a: [x[0] + x[1]],
    "BatchNormalization": lambda x, a: [F.batch_norm(x[0], x[3], x[4], x[1], x[2], eps=a.get("epsilon", 1e-5))],
    "Cast": lambda x, a: [x[0].to(DTYPES[a["to"]])],
    "Clip": _clip,
    "Concat": lambda x, a: [torch.cat(x, a["axis"])],
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "DepthToSpace": _depth_to_space,
    "Div": lambda x, a: [x[0] / x[1]],
    "Equal": lambda x, a: [x[0] == x[1]],
    "Expand": lambda x, a: [x[0] * torch.ones([int(n) for n in x[1]], dtype=x[0].dtype, device=x[0].device)],
    "Flatten": lambda x, a: [x[0].flatten(1)],
    "Gather": _gather,
    "Gemm": _gemm,
    "Identity": lambda x, a: [x[0]],
    "LeakyRelu": lambda x, a: [F.leaky_relu(x[0], a.get("alpha", 0.01))],
    "MatMul": lambda x, a: [x[0] @ x[1]],
    "Mul": lambda x, a: [x[0] * x[1]],
    "Pow": lambda x, a: [torch.pow(x[0], x[1]).to(x[0].dtype)],
    "Reciprocal": lambda x, a: [torch.reciprocal(x[0])],
    "ReduceMean": _reduce(torch.mean),
    "ReduceSum": _reduce(torch.sum),
    "Relu": lambda x, a: [F.relu(x[0])],
    "Reshape": _reshape,
    "Resize": _resize,
    "Round": lambda x, a: [torch.round(x[0])],
    "Shape": lambda x, a: [torch.tensor(x[0].shape[a.get("start", 0) : a.get("end")])],
    "Sigmoid": lambda x, a: [torch.sigmoid(x[0])],
    "Slice": _slice,
    "Split": _split,
    "Sqrt": lambda x, a: [torch.sqrt(x[0])],
    "Squeeze": lambda x, a: [x[0].squeeze(_axes(x, range(x[0].ndim)))],
    "Sub": lambda x, a: [x[0] - x[1]],
    "Tanh": lambda x, a: [torch.tanh(x[0])],
    "Transpose": lambda x, a: [x[0].permute(a["perm"])],
    "Unsqueeze": _unsqueeze,
}

# The inputs that say a shape or axes and no values. They are read on the host: from a GPU each would be waited for.
SHAPES: dict[str, tuple[int, ...]] = {
    "Expand": (1,),
    "ReduceMean": (1,),
    "ReduceSum": (1,),
    "Reshape": (1,),
    "Resize": (2, 3),
    "Slice": (1, 2, 3, 4),
    "Split": (1,),
    "Squeeze": (1,),
    "Unsqueeze": (1,),
}
# What is worth half precision, since nearly all the work is there; and what loses by it: sums of squares overflow, and
# the last step to a picture would be rounded more coarsely than its 256 levels.
HALF = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})
FULL = frozenset({"Div", "Pow", "Reciprocal", "ReduceMean", "ReduceSum", "Round", "Sigmoid", "Sqrt", "Tanh"})
CONVOLUTIONS = frozenset({"Conv", "ConvTranspose"})
