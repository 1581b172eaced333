"""A document and arrays in one file."""

from __future__ import annotations

import numpy as np
import pytest

from server.kept import pack, unpack


def test_what_is_packed_comes_back() -> None:
    arrays = {"marks": np.array([True, False]), "points": np.arange(6, dtype=np.float32).reshape(3, 2)}
    document, found = unpack(pack({"share": 0.5, "name": "Übung"}, arrays))
    assert document == {"share": 0.5, "name": "Übung"}
    assert list(found) == ["marks", "points"]
    for name, values in arrays.items():
        np.testing.assert_array_equal(found[name], values)
        assert found[name].dtype == values.dtype


def test_what_json_cannot_write_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        pack({"share": float("nan")}, {})
