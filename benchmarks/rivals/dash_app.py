"""The decoder in Dash: `python benchmarks/rivals/dash_app.py PORT`.

Sliders that follow the drag and a callback that answers with the picture as a data URL: a graph, as the tutorial draws
pictures, takes Plotly several times as long.
"""

from __future__ import annotations

import base64
import logging
import sys

from dash import Dash, Input, Output, dcc, html

from benchmarks.rivals.decoder import Decoder

decoder = Decoder()
app = Dash(__name__)
app.layout = html.Div(
    [
        html.Img(id="picture", width=256, height=256),
        *(
            dcc.Slider(s.low, s.high, step=s.step, value=s.mean, marks=None, updatemode="drag", id=f"z{s.dim}")
            for s in decoder.sliders
        ),
    ],
    style={"width": 480},
)


@app.callback(Output("picture", "src"), [Input(f"z{slider.dim}", "value") for slider in decoder.sliders])  # type: ignore[untyped-decorator, unused-ignore]
def draw(*values: float) -> str:
    """The picture where the sliders stand so."""
    return f"data:image/png;base64,{base64.b64encode(decoder.png(values)).decode()}"


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app.run(host="127.0.0.1", port=int(sys.argv[1]), debug=False)
