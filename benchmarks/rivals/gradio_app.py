"""The decoder in Gradio: `python benchmarks/rivals/gradio_app.py PORT`.

Each slider's input goes past the queue, shows no progress and takes the newest value last, which its guide to
performance asks for.
"""

from __future__ import annotations

import sys

import gradio
import numpy as np
from numpy.typing import NDArray

from benchmarks.rivals.decoder import Decoder

decoder = Decoder()


def draw(*values: float) -> NDArray[np.uint8]:
    """The picture where the sliders stand so."""
    return decoder.of(values)


with gradio.Blocks(analytics_enabled=False) as page:
    picture = gradio.Image(
        decoder.of(tuple(slider.mean for slider in decoder.sliders)),
        format="png",
        elem_id="picture",
        width=256,
        height=256,
        show_label=False,
    )
    sliders = [
        gradio.Slider(slider.low, slider.high, value=slider.mean, step=slider.step, label=f"z{slider.dim}")
        for slider in decoder.sliders
    ]
    for each in sliders:
        each.input(draw, sliders, picture, show_progress="hidden", queue=False, trigger_mode="always_last")

if __name__ == "__main__":
    page.launch(server_name="127.0.0.1", server_port=int(sys.argv[1]), quiet=True, share=False)
