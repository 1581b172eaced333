"""The methods of the map on geometry with a known answer: a roll unrolls, groups stay groups, nothing stays nothing."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.analysis import maps, trust
from models.analysis.maps import listening
from models.analysis.nearest import nearest
from models.latent.placing import Placing
from models.latent.projection import Pca

Floats = NDArray[np.float32]
FITTED = ("umap", "tsne", "pacmap", "localmap")
RANDOM = np.random.default_rng(0)
COUNT = 800
ALONG = np.sort(RANDOM.uniform(1.5 * np.pi, 4.5 * np.pi, COUNT))
# So wide that PCA looks along it and sees the layers on top of each other.
ROLL = np.stack([ALONG * np.cos(ALONG), 40 * RANDOM.random(COUNT), ALONG * np.sin(ALONG)], axis=1).astype(np.float32)
GROUP = np.arange(COUNT) % 4
GROUPS = (8 * np.eye(4, 12)[GROUP] + RANDOM.standard_normal((COUNT, 12))).astype(np.float32)


def fitted(
    method: str, latents: Floats, dims: int = 2, *, seed: int = 0, parameters: dict[str, float] | None = None
) -> maps.Fitted:
    settings = maps.settled(maps.BY_NAME[method], parameters or {}, len(latents))
    return maps.fit(method, latents, dims, settings, seed, lambda *_: None)


def strayed(positions: Floats) -> float:
    """How far along the roll a point's neighbours on the map are, on average."""
    rows, _ = nearest(positions, 5)
    return float(np.abs(ALONG[rows] - ALONG[:, np.newaxis]).mean())


@pytest.mark.parametrize("method", FITTED)
def test_a_roll_unrolls(method: str) -> None:
    flat = strayed(Pca.fit(ROLL, 2).project(ROLL))
    assert strayed(fitted(method, ROLL).positions) < 0.5 * flat


@pytest.mark.parametrize("method", FITTED)
@pytest.mark.parametrize("dims", [2, 3])
def test_groups_stay_together_and_a_placed_point_comes_back(method: str, dims: int) -> None:
    made = fitted(method, GROUPS, dims)
    assert made.positions.dtype == np.float32
    assert made.positions.shape == (COUNT, dims)
    assert trust.agreement(nearest(made.positions, 10)[0], GROUP) > 0.98
    placing = Placing(GROUPS, made.positions)
    fresh = (8 * np.eye(4, 12)[GROUP] + RANDOM.standard_normal((COUNT, 12))).astype(np.float32)[:80]
    back = placing.unplace(placing.place(fresh))
    same = np.linalg.norm(back[:, np.newaxis] - 8 * np.eye(4, 12), axis=2).argmin(axis=1) == GROUP[:80]
    assert same.mean() > 0.95
    assert np.linalg.norm(back - fresh, axis=1).mean() < np.linalg.norm(GROUPS[:80] - fresh, axis=1).mean()


@pytest.mark.parametrize("method", FITTED)
def test_the_same_seed_is_the_same_map_and_another_is_another(method: str) -> None:
    one, same, other = [fitted(method, GROUPS[:120], seed=seed).positions for seed in (3, 3, 4)]
    np.testing.assert_array_equal(one, same)
    if method != "tsne":  # it starts from PCA and draws nothing at random
        assert not np.array_equal(one, other)


@pytest.mark.parametrize("method", FITTED)
def test_the_seed_may_be_any_the_interface_takes(method: str) -> None:
    assert np.isfinite(fitted(method, GROUPS[:60], seed=2**32 - 1).positions).all()


@pytest.mark.parametrize("method", FITTED)
def test_the_fewest_points_and_any_number_of_neighbours_make_a_map(method: str) -> None:
    for name in {"neighbours", "perplexity"} & {each.name for each in maps.BY_NAME[method].parameters}:
        for value in (2, 200):
            settings: dict[str, float] = {name: value}
            assert np.isfinite(fitted(method, GROUPS[: maps.FEWEST], parameters=settings).positions).all()
            assert np.isfinite(fitted(method, GROUPS[:40], parameters=settings).positions).all()


@pytest.mark.parametrize("method", FITTED)
def test_it_tells_how_far_it_is(method: str) -> None:
    news: list[float | None] = []
    settings = maps.settled(maps.BY_NAME[method], {}, 300)
    maps.fit(method, GROUPS[:300], 2, settings, 0, lambda share, _: news.append(share))
    shares = [share for share in news if share is not None]
    assert shares == sorted(shares)
    assert len(shares) > 3
    assert shares[-1] == 1.0


def test_parameters_change_the_map() -> None:
    for method in maps.METHODS:
        for parameter in method.parameters:
            asked: dict[str, float] = {parameter.name: parameter.high if parameter.name != "neighbours" else 40}
            plain, changed = fitted(method.name, GROUPS[:120]), fitted(method.name, GROUPS[:120], parameters=asked)
            assert not np.array_equal(plain.positions, changed.positions)


def test_many_dimensions_are_reduced_and_it_says_so() -> None:
    wide = np.concatenate([GROUPS, 0.1 * RANDOM.standard_normal((COUNT, 60)).astype(np.float32)], axis=1)
    made = fitted("pacmap", wide)
    assert made.reduced == 50
    assert 0.9 < made.share < 1
    assert trust.agreement(nearest(made.positions, 10)[0], GROUP) > 0.98
    assert fitted("pacmap", GROUPS).reduced is None


def test_shuffled_latents_have_the_same_columns_and_no_groups() -> None:
    control = maps.shuffled(GROUPS, 0)
    np.testing.assert_array_equal(np.sort(control, axis=0), np.sort(GROUPS, axis=0))
    np.testing.assert_array_equal(control, maps.shuffled(GROUPS, 0))
    assert not np.array_equal(control, maps.shuffled(GROUPS, 1))
    assert trust.agreement(nearest(fitted("pacmap", control).positions, 10)[0], GROUP) < 0.5


@pytest.mark.parametrize(
    ("latents", "message"),
    [
        (GROUPS[:15], "takes 16 to 1,000,000 points"),
        (np.full((20, 3), np.nan, np.float32), "finite"),
        (np.ones((20, 3), np.float32), "all points of the set are equal"),
    ],
)
def test_what_has_no_map_is_refused(latents: Floats, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fitted("pacmap", latents)


def test_a_map_with_holes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from models.analysis.maps import pacmap

    monkeypatch.setattr(pacmap, "fit", lambda *_: np.full((COUNT, 2), np.nan))
    with pytest.raises(ValueError, match="PaCMAP found no place"):
        fitted("pacmap", GROUPS)


def test_parameters_are_the_methods_own_within_bounds_and_no_more_than_there_are_points() -> None:
    umap = maps.BY_NAME["umap"]
    assert maps.settled(umap, {}, 1000) == {"neighbours": 15, "min_dist": 0.1}
    assert maps.settled(umap, {"neighbours": 100}, 20) == {"neighbours": 19, "min_dist": 0.1}
    assert maps.settled(maps.BY_NAME["tsne"], {}, 31)["perplexity"] == 10
    with pytest.raises(KeyError, match="perplexity"):
        maps.settled(umap, {"perplexity": 3}, 100)
    with pytest.raises(ValueError, match="min_dist"):
        maps.settled(umap, {"min_dist": 2}, 100)


def test_every_parameter_is_explained_and_its_default_lies_within_its_bounds() -> None:
    assert [method.name for method in maps.METHODS] == ["pca", *FITTED]
    for method in maps.METHODS:
        assert method.description.endswith(".")
        assert method.linear == (not method.parameters)
        for parameter in method.parameters:
            assert parameter.low <= parameter.default <= parameter.high
            assert parameter.explanation.endswith(".")


def test_what_a_library_prints_is_read_and_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    heard: list[float] = []
    with listening.printed(r"step (\d+)", heard.append):
        print("step 1, loss 2\nstep 20")
    assert heard == [1, 20]
    assert capsys.readouterr().out == ""
