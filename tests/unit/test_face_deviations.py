"""How far each factor moves a picture."""

from __future__ import annotations

import pytest

from models.data import face_deviations, face_factors


@pytest.fixture(scope="module")
def found() -> dict[str, tuple[float, float]]:
    return face_deviations.deviations(4, seed=1)


def test_every_factor_moves_something_and_twice_gives_the_same(found: dict[str, tuple[float, float]]) -> None:
    assert list(found) == [factor.name for factor in face_factors.FACTORS]
    assert all(swing > 0 for _, swing in found.values())
    assert face_deviations.deviations(4, seed=1) == found


def test_a_turn_of_the_head_moves_more_than_a_smile(found: dict[str, tuple[float, float]]) -> None:
    assert found["yaw"][1] > 5 * found["smile"][1]


def test_the_command_prints_a_row_a_factor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["face_deviations", "--count", "2"])
    face_deviations.main()
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(face_factors.FACTORS)
