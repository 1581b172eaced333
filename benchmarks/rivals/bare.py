"""A page written by hand, with nothing in it that is not needed: FastAPI, a WebSocket and a canvas.

`python benchmarks/rivals/bare.py PORT`. It keeps one request in flight and remembers the newest position, as a careful
hand would write it, and is served on uvicorn with the product's settings.
"""

from __future__ import annotations

import contextlib
import json
import sys

import numpy as np
import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from fastapi.responses import HTMLResponse

from benchmarks.rivals.decoder import Decoder

PAGE = """<!doctype html><title>bare</title><canvas id="picture" width="64" height="64"></canvas><div id="s"></div>
<script>
const { mean, sliders } = __FACTS__;
const z = Float32Array.from(mean);
const context = document.getElementById('picture').getContext('2d');
const image = new ImageData(64, 64);
const words = new Uint32Array(image.data.buffer);
const socket = new WebSocket(`ws://${location.host}/live`);
socket.binaryType = 'arraybuffer';
let flying = false, waiting = false;
const flush = () => {
  if (flying || !waiting || socket.readyState !== 1) return;
  [flying, waiting] = [true, false];
  socket.send(z);
};
socket.onopen = () => { waiting = true; flush(); };
socket.onmessage = ({ data }) => {
  flying = false;
  flush();
  const bytes = new Uint8Array(data);
  for (let i = 0, j = 0; i < words.length; i++, j += 3)
    words[i] = 0xff000000 | (bytes[j + 2] << 16) | (bytes[j + 1] << 8) | bytes[j];
  context.putImageData(image, 0, 0);
};
for (const { dim, low, high, mean: at, step } of sliders) {
  const slider = Object.assign(document.createElement('input'), { type: 'range', min: low, max: high, step });
  slider.style = 'display:block;width:384px';
  slider.value = at;
  slider.oninput = () => { z[dim] = slider.valueAsNumber; waiting = true; flush(); };
  document.getElementById('s').append(slider);
}
</script>"""


def create_app() -> FastAPI:
    """The page at `/`, the pictures at `/live`."""
    app, decoder = FastAPI(), Decoder()
    sliders = [{**vars(slider), "step": slider.step} for slider in decoder.sliders]
    page = PAGE.replace("__FACTS__", json.dumps({"mean": decoder.mean.tolist(), "sliders": sliders}))

    @app.get("/")
    def shown() -> HTMLResponse:
        return HTMLResponse(page)

    @app.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                z = np.frombuffer(await socket.receive_bytes(), np.float32)
                await socket.send_bytes(decoder.draw(z).tobytes())

    return app


if __name__ == "__main__":
    uvicorn.run(
        create_app(),
        port=int(sys.argv[1]),
        log_level="warning",
        access_log=False,
        http="h11",
        ws_per_message_deflate=False,
    )
