"""The StyleGAN networks against their definitions: weights of each picture's own, styles a layer, no batch effect."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F  # noqa: N812 (the field's own name for it)

from models.nets.stylegan64 import (
    GAIN,
    SLOPE,
    EqualConv,
    EqualLinear,
    StyleCritic,
    StyledConv,
    StyleMapping,
    StyleSynthesis,
)

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]

CHANNELS = {"deep": 8, "middle": 6, "fine": 4}


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


class TestStyledConv:
    @pytest.mark.parametrize("up", [False, True])
    def test_it_is_a_convolution_with_modulated_and_demodulated_weights_of_each_pictures_own(self, up: bool) -> None:
        layer = StyledConv(3, 5, 4, up=up).double()
        x, w = torch.randn(2, 3, 6, 6, dtype=torch.double), torch.randn(2, 4, dtype=torch.double)
        found = layer(x, w)
        for i in range(2):
            style = layer.style(w[i : i + 1])[0]
            by_input = style[:, None, None, None] if up else style[None, :, None, None]
            weight = layer.weight * layer.scale * by_input
            power = weight.square().sum((0, 2, 3)) / 4 if up else weight.square().sum((1, 2, 3))
            own = weight * power.rsqrt()[None, :, None, None] if up else weight * power.rsqrt()[:, None, None, None]
            one = x[i : i + 1]
            y = F.conv_transpose2d(one, own, stride=2, padding=1) if up else F.conv2d(one, own, padding=1)
            torch.testing.assert_close(found[i : i + 1], GAIN * F.leaky_relu(y, SLOPE), rtol=1e-5, atol=1e-5)

    @pytest.mark.parametrize("up", [False, True])
    def test_variance_is_kept_whatever_the_style(self, up: bool) -> None:
        layer = StyledConv(64, 64, 8, up=up)
        y = layer(torch.randn(8, 64, 16, 16), 5 * torch.randn(8, 8))[:, :, 2:-2, 2:-2]
        assert y.square().mean().item() == pytest.approx(1.0, abs=0.15)

    def test_noise_counts_by_its_strength(self) -> None:
        layer = StyledConv(3, 5, 4, up=False)
        x, w, noise = torch.randn(2, 3, 6, 6), torch.randn(2, 4), torch.randn(2, 1, 6, 6)
        torch.testing.assert_close(layer(x, w, noise), layer(x, w))
        layer.strength.data.fill_(1.0)
        assert not torch.allclose(layer(x, w, noise), layer(x, w))


def test_equalised_layers_keep_variance() -> None:
    assert EqualLinear(200, 300)(torch.randn(500, 200)).var().item() == pytest.approx(1.0, abs=0.1)
    y = EqualConv(64, 64, 3)(torch.randn(4, 64, 16, 16))[:, :, 1:-1, 1:-1]
    assert y.square().mean().item() == pytest.approx(1.0, abs=0.1)


def test_the_mapping_takes_no_notice_of_a_latents_length() -> None:
    mapping = StyleMapping(6, 5)
    z = torch.randn(3, 6)
    assert mapping(z).shape == (3, 5)
    torch.testing.assert_close(mapping(2 * z), mapping(z))
    assert mapping.mean.tolist() == [0.0] * 5


class TestSynthesis:
    def test_one_style_for_all_layers_is_that_style_in_each(self) -> None:
        synthesis = StyleSynthesis(5, **CHANNELS)
        w = torch.randn(2, 5)
        drawn = synthesis(w)
        assert drawn.shape == (2, 3, 64, 64)
        torch.testing.assert_close(synthesis(w[:, None].expand(-1, StyleSynthesis.LAYERS, -1)), drawn)

    def test_every_layers_style_changes_the_picture(self) -> None:
        synthesis = StyleSynthesis(5, **CHANNELS)
        synthesis.colours64.weight.data.normal_()  # zero until the first step
        styles = torch.randn(1, StyleSynthesis.LAYERS, 5).repeat(StyleSynthesis.LAYERS + 1, 1, 1)
        for layer in range(StyleSynthesis.LAYERS):
            styles[layer, layer] += 1.0
        drawn = synthesis(styles)
        moved = (drawn[:-1] - drawn[-1]).abs().amax((1, 2, 3))
        assert (moved > 1e-3).all()

    def test_noise_of_one_picture_serves_many_and_each_map_counts(self) -> None:
        synthesis = StyleSynthesis(5, **CHANNELS)
        synthesis.colours64.weight.data.normal_()
        for layer in range(0, StyleSynthesis.LAYERS, 2):
            synthesis.layers[layer].get_parameter("strength").data.fill_(0.5)
        w = torch.randn(2, 5)
        noise = [torch.randn(1, 1, size, size) for size in StyleSynthesis.NOISE]
        drawn = synthesis(w, *noise)
        torch.testing.assert_close(synthesis(w, *(each.expand(2, -1, -1, -1) for each in noise)), drawn)
        for place in range(4):
            others = [each if i != place else -each for i, each in enumerate(noise)]
            assert not torch.allclose(synthesis(w, *others), drawn)


def test_the_critics_answer_to_a_picture_does_not_depend_on_the_others() -> None:
    critic = StyleCritic(**CHANNELS)
    pictures = torch.rand(4, 3, 64, 64)
    assert critic(pictures).shape == (4, 1)
    torch.testing.assert_close(critic(pictures)[:1], critic(pictures[:1]))
