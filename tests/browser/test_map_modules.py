"""The map's own arithmetic in the page's modules, on cases whose answer is known."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from playwright.sync_api import Page


def run(page: Page, module: str, body: str, given: object = None) -> Any:
    """What a function body makes of a module `m` of the page and of `given`."""
    root = page.evaluate("document.querySelector('script[type=module]').src")
    here = root.removesuffix("main.js")
    script = f"async ([here, module, given]) => {{ const m = await import(here + module); {body} }}"
    return page.evaluate(script, [here, module, given])


PLAIN = {"method": "pca", "set": "", "dims": 2, "parameters": {}, "seed": None, "control": False}


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        ({}, ""),
        ({"method": "umap"}, "umap"),
        ({"dims": 3}, "pca~~3"),
        ({"control": True}, "pca~~~~1"),
        ({"method": "tsne", "set": "samples", "seed": 7}, "tsne~samples~~7"),
        ({"method": "umap", "parameters": {"neighbours": 50, "min_dist": 0.5}}, "umap~~~~~min_dist~0.5~neighbours~50"),
    ],
)
def test_a_choice_of_map_goes_into_the_address_and_back(page: Page, choice: dict[str, Any], text: str) -> None:
    whole = PLAIN | choice
    assert run(page, "map_choice.js", "return m.writeMap(given);", whole) == text
    if text:
        assert run(page, "map_choice.js", "return m.readMap(given);", text) == whole


@pytest.mark.parametrize(
    "text", ["umap~../x", "<b>", "umap~~4", "umap~~~-1", "umap~~~~2", "umap~~~~~a", "umap~~~~~a~b"]
)
def test_a_choice_that_cannot_be_is_refused(page: Page, text: str) -> None:
    refused = "try { m.readMap(given); return false; } catch (error) { return error instanceof RangeError; }"
    assert run(page, "map_choice.js", refused, text)


ROWS = """const mapped = { model: 'x', set: 'data', count: 6, size: 2, categories: ['Coat', 'Shirt', 'T-shirt'],
  labels: Int32Array.of(0, 1, 2, 0, 1, -1), latents: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
  factors: [{ name: 'smile', numbers: Float32Array.of(0.1, 0.6, 0.9, NaN, 0.5, -1), codes: null, categories: [] },
    { name: 'hat_kind', numbers: null, codes: Int32Array.of(0, 1, 1, 0, -1, 0), categories: ['none', 'top'] }] };
  const facts = { model: 'x', set: 'data', error: Float32Array.of(1, 2, 3, 4, 5, 6), unusual: null };
  const { accept, failure } = m.filterOf(given, mapped, facts);
  return failure || (accept ? [0, 1, 2, 3, 4, 5].filter(accept) : 'all');"""


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", "all"),
        ("coat", [0, 3]),
        ("Shirt", [1, 4]),  # the very name, not those that contain it
        ("t-sh", [2]),
        ("smile > 0.5", [1, 2]),
        ("smile <= 0.5", [0, 4, 5]),  # what is unknown is in neither
        ("smile = 0.5", [4]),
        ("hat kind = top", [1, 2]),
        ("class = coat, shirt and smile > 0", [0, 1, 4]),
        ("class != coat & z01 < 6", [1, 2]),
        ("top", [1, 2]),
        ("number >= 4", [4, 5]),
        ("#3", [3]),
        ("error > 4; coat", []),
    ],
)
def test_the_filter_reads_names_and_comparisons(page: Page, text: str, rows: object) -> None:
    assert run(page, "map_filter.js", ROWS, text) == rows


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "frown > 1",
            "Nothing here is called \u201cfrown\u201d. Known are Coat, Shirt, T-shirt, smile, hat kind, z00 to z01, "
            "error, number.",
        ),
        ("smile > lots", "\u201csmile\u201d is compared with a number, like smile > 0.5."),
        ("smile >", "\u201csmile\u201d is compared with a number, like smile > 0.5."),
        ("hat_kind > 1", "\u201chat kind\u201d has names, not numbers: write hat kind = none."),
        ("hat_kind = bowler", "\u201chat kind\u201d is one of: none, top."),
        ("z09 > 1", "Nothing here is called \u201cz09\u201d."),
        ("unusual > 5", "Nothing here is called \u201cunusual\u201d."),
        ("trousers", "Nothing here is called \u201ctrousers\u201d."),
    ],
)
def test_the_filter_says_what_it_cannot_read(page: Page, text: str, says: str) -> None:
    assert run(page, "map_filter.js", ROWS, text).startswith(says)


def test_what_lies_in_a_lasso_and_in_a_box(page: Page) -> None:
    body = "const inside = m.inShape(given[0]); return given[1].map(([x, y]) => inside(x, y));"
    bow = {"kind": "lasso", "x": [0, 4, 4, 2, 0], "y": [0, 0, 4, 1, 4]}
    assert run(page, "shapes.js", body, [bow, [[1, 1], [2, 3], [3.5, 3], [5, 1], [2, 0.5]]]) == [
        True,
        False,
        True,
        False,
        True,
    ]
    box = {"kind": "box", "x": [4, 1], "y": [2, 5]}
    assert run(page, "shapes.js", body, [box, [[2, 3], [0, 3], [4, 5], [2, 6]]]) == [True, False, True, False]


def test_the_camera_places_and_finds_back_and_shows_all(page: Page) -> None:
    body = """const camera = new m.DeepCamera();
    const positions = Float32Array.from({ length: 300 }, (_, i) => Math.sin(i * 12.9898) * 5 + (i % 3));
    camera.around(positions);
    camera.fit(600, 400);
    const screen = new Float32Array(200), bands = new Uint8Array(100);
    let worst = 0, out = 0, apart = 0;
    for (const turn of given) {
      camera.turn(turn);
      camera.project(positions, screen, bands, 64);
      for (let row = 0; row < 100; row++) {
        const at = positions.subarray(3 * row, 3 * row + 3);
        const [x, y] = camera.place(at);
        const back = camera.at(x, y, at);
        worst = Math.max(worst, ...back.map((value, axis) => Math.abs(value - at[axis])));
        apart = Math.max(apart, Math.abs(screen[2 * row] - x), Math.abs(screen[2 * row + 1] - y));
        if (x < 0 || y < 0 || x > 600 || y > 400) out += 1;
      }
    }
    return { worst, out, apart, first: camera.turned() };"""
    found = run(page, "camera.js", body, [[0, 0, 1], [2, 0.7, 1], [-1.2, -1.5, 1]])
    assert found["worst"] < 1e-4
    assert found["apart"] < 1e-2
    assert found["out"] == 0


def test_what_is_nearer_to_the_eye_is_in_a_later_band(page: Page) -> None:
    body = """const camera = new m.DeepCamera();
    camera.around(Float32Array.of(-1, -1, -1, 1, 1, 1));
    camera.turn([0, 0, 1]);
    camera.fit(100, 100);
    const screen = new Float32Array(4), bands = new Uint8Array(2);
    camera.project(Float32Array.of(0, 0, 0.9, 0, 0, -0.9), screen, bands, 64);
    return [...bands];"""
    near, far = run(page, "camera.js", body)
    assert near > far


def test_the_scale_is_viridis_and_its_lightness_only_rises(page: Page) -> None:
    assert run(page, "colours.js", "return [m.viridis(0), m.viridis(1)];") == [[68, 1, 84], [253, 231, 37]]
    for dark in (False, True):
        scale = run(page, "colours.js", "return m.scaleOf(given);", dark)
        light = [0.2126 * (r / 255) ** 2.2 + 0.7152 * (g / 255) ** 2.2 + 0.0722 * (b / 255) ** 2.2 for r, g, b in scale]
        assert len(scale) == 256
        assert all(later >= earlier - 1e-3 for earlier, later in pairwise(light))


def test_a_point_is_drawn_where_its_place_is_in_its_own_colour(page: Page) -> None:
    body = """const { Grid } = await import(`${here}grid.js`);
    const canvas = document.createElement('canvas');
    canvas.style.cssText = 'position:fixed;left:0;top:0;width:100px;height:100px';
    document.body.append(canvas);
    const layer = new m.PointLayer(canvas);
    const positions = Float32Array.of(0.25, 0.75, 0.75, 0.25, 0.5, 0.5);
    layer.take(new Grid(positions));
    const red = 0xff0000ff, blue = 0xffff0000, white = 0xffffffff;
    layer.colour(Uint32Array.of(red, blue, red), Uint8Array.of(2, 2, 0));
    const axes = { left: 0, top: 0, width: 100, height: 100, ranges: { x: [0, 1], y: [0, 1] } };
    layer.paint(axes, { panel: white, line: white, faint: 0xff808080 });
    const at = (x, y) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data];
    const found = [at(25, 25), at(75, 75), at(50, 50), at(10, 90)];
    const near = { ...axes, ranges: { x: [0.7, 0.8], y: [0.2, 0.3] } };
    layer.paint(near, { panel: white, line: white, faint: 0xff808080 });
    found.push(at(50, 50), at(10, 10));
    canvas.remove();
    return found;"""
    red, blue, faint, ground, near, empty = run(page, "layer.js", body)
    assert red[0] > 200 > 60 > red[2]
    assert blue[2] > 200 > 60 > blue[0]
    assert faint[0] == faint[1] == faint[2]
    assert 150 < faint[0] < 230
    assert ground == empty == [255, 255, 255, 255]
    assert near == blue


def test_half_a_million_points_are_gone_through_by_what_is_in_view(page: Page) -> None:
    body = """const { Grid } = await import(`${here}grid.js`);
    const canvas = document.createElement('canvas');
    canvas.style.cssText = 'position:fixed;left:0;top:0;width:300px;height:300px';
    document.body.append(canvas);
    const positions = Float32Array.from({ length: 1_000_000 }, (_, i) => (Math.sin(i) * 43758.5453) % 1);
    const layer = new m.PointLayer(canvas);
    layer.take(new Grid(positions));
    let stamped = 0;
    const disc = layer.target.disc.bind(layer.target);
    layer.target.disc = (...how) => { stamped += 1; disc(...how); };
    const words = { panel: 0xffffffff, line: 0xffcccccc, faint: 0xff808080 };
    const paint = (from, to) => { stamped = 0; layer.paint({ left: 0, top: 0, width: 300, height: 300,
      ranges: { x: [from, to], y: [from, to] } }, words); return stamped; };
    const counts = [paint(-1, 1), paint(-0.05, 0.05)];
    canvas.remove();
    return counts;"""
    whole, part = run(page, "layer.js", body)
    assert whole == 500_000
    assert 0 < part < 10_000


def test_a_drawing_becomes_svg_of_the_same_shapes(page: Page) -> None:
    body = """const ruler = document.createElement('canvas').getContext('2d');
    const c = new m.SvgContext(ruler);
    c.save(); c.translate(10, 20); c.beginPath(); c.moveTo(0, 0); c.lineTo(5, 5);
    c.strokeStyle = '#123456'; c.setLineDash([2, 1]); c.stroke(); c.restore();
    c.beginPath(); c.arc(50, 50, 10, 0, 7); c.fillStyle = 'red'; c.fill();
    c.font = '600 12px "A & B"'; c.textAlign = 'center'; c.fillText('<b>', 1, 2);
    return c.document(100, 80, 'a "title"');"""
    text = run(page, "svg_context.js", body)
    assert 'd="M10 20L15 25"' in text
    assert 'stroke="#123456"' in text
    assert 'stroke-dasharray="2 1"' in text
    assert "A10 10 0 1 1" in text
    assert 'text-anchor="middle"' in text
    assert ">&lt;b&gt;</text>" in text
    assert "<title>a &quot;title&quot;</title>" in text
    assert (
        run(
            page,
            "svg_context.js",
            "return new DOMParser().parseFromString(given, 'image/svg+xml').documentElement.tagName;",
            text,
        )
        == "svg"
    )


def test_flags_of_an_arrow_stream_are_read_with_what_is_unknown(page: Page) -> None:
    flags = [True, False, None, True, False, False, False, False, True, None]
    batch = pa.record_batch([pa.array(flags), pa.array([0.5] * 10, pa.float32())], names=["agrees", "error"])
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    body = """const { columns } = m.readTable(Uint8Array.from(given).buffer);
    return [[...columns.agrees.numbers].map((v) => (Number.isNaN(v) ? null : v === 1)), [...columns.error.numbers]];"""
    assert run(page, "arrow.js", body, list(sink.getvalue())) == [flags, [0.5] * 10]
