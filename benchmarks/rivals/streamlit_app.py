"""The decoder in Streamlit: `streamlit run benchmarks/rivals/streamlit_app.py --server.port PORT`.

The decoder is kept between reruns, and only the fragment with sliders and picture runs again, as its documents advise.
"""

from __future__ import annotations

import streamlit

from benchmarks.rivals.decoder import Decoder


@streamlit.cache_resource  # type: ignore[untyped-decorator, unused-ignore]
def opened() -> Decoder:
    """The decoder, once for all sessions."""
    return Decoder()


@streamlit.fragment  # type: ignore[untyped-decorator, unused-ignore]
def explore() -> None:
    """Picture and sliders."""
    decoder = opened()
    place = streamlit.empty()
    values = tuple(
        streamlit.slider(f"z{slider.dim}", slider.low, slider.high, slider.mean, slider.step)
        for slider in decoder.sliders
    )
    place.image(decoder.of(values), width=256, output_format="PNG")


explore()
