"""The Traverse tab: two dimensions at once, strips, the whole of a space of two dimensions, and their PNG."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from statistics import NormalDist

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import changed, difference, drawn, settled, shows, until
from tests.browser.host import Host
from tests.browser.test_exploring import drag

Visit = Callable[[str], Page]


@pytest.fixture
def visit(browser: Browser, host: Host) -> Iterator[Visit]:
    """Open the Traverse tab with a fragment's fields; no script may fail."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    context.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    heard: list[str] = []

    def go(fields: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.goto(f"{host.address}#v=1&tab=traverse&{fields}")
        drawn(page)
        return page

    yield go
    context.close()
    assert not heard, heard


def made(page: Page, testid: str = "plane") -> None:
    """Wait until all pictures are there."""
    page.wait_for_selector(f'[data-testid="{testid}"][data-made]')


def redrawn(page: Page, act: Callable[[], object]) -> None:
    """Do something, and wait until the plane has been drawn again."""
    before = page.get_by_test_id("plane").get_attribute("data-made")
    act()
    expect(page.get_by_test_id("plane")).not_to_have_attribute("data-made", str(before))
    made(page)


def centre(page: Page, column: int, row: int, columns: int = 9, rows: int = 9) -> tuple[float, float]:
    """The middle of a cell of the plane."""
    box = page.get_by_test_id("plane").bounding_box()
    assert box is not None
    return box["x"] + box["width"] * (column + 0.5) / columns, box["y"] + box["height"] * (row + 0.5) / rows


def shown_values(page: Page) -> dict[str, float]:
    """What the preview says, by dimension."""
    names, values = (page.locator(f".look-values {tag}").all_inner_texts() for tag in ("dt", "dd"))
    return dict(zip(names, (float(value.replace("\u2212", "-")) for value in values), strict=True))


def slider_value(page: Page, dim: int) -> float:
    return float(page.get_by_test_id(f"slider-{dim}").input_value())


def test_a_cell_is_seen_in_large_and_taken_with_a_click(visit: Visit) -> None:
    page = visit("model=fashion-vae-16")
    made(page)
    width, height = page.locator(".plane-pictures").evaluate("c => [c.width, c.height]")
    assert width == height == 9 * 28 + 8
    before = settled(page)
    page.mouse.move(*centre(page, 7, 1))
    expect(page.get_by_test_id("plane-under")).to_be_visible()
    expect(page.get_by_test_id("traverse-look")).to_contain_text(re.compile(r"unusual \d+%"))
    told = shown_values(page)
    assert set(told) == {"z11", "z13"}
    page.mouse.click(*centre(page, 7, 1))
    taken = changed(page, before, by=2)
    assert slider_value(page, 11) == pytest.approx(told["z11"], abs=0.006)
    assert slider_value(page, 13) == pytest.approx(told["z13"], abs=0.006)
    large = page.locator(".look-picture").evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
    )
    assert difference(taken, large) < 0.5
    page.get_by_test_id("undo").click()
    shows(page, before)


def test_the_keyboard_walks_over_the_plane_and_takes(visit: Visit) -> None:
    page = visit("model=fashion-vae-16")
    made(page)
    before = slider_value(page, 11)
    page.get_by_test_id("plane").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
    told = shown_values(page)
    expect(page.locator(".look [role=status]")).to_have_text(re.compile(r"z11 .*z13 "))
    page.keyboard.press("Enter")
    settled(page)
    assert slider_value(page, 11) == pytest.approx(told["z11"], abs=0.006)
    assert slider_value(page, 11) > before
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("plane-under")).to_be_hidden()


def test_a_drag_moves_the_point_over_the_plane_in_one_step(visit: Visit) -> None:
    page = visit("model=fashion-vae-16")
    made(page)
    before = settled(page)
    page.mouse.move(*centre(page, 1, 7))
    page.mouse.down()
    page.mouse.move(*centre(page, 7, 1), steps=10)
    page.mouse.up()
    changed(page, before, by=2)
    assert slider_value(page, 11) > 1
    assert slider_value(page, 13) > 1
    page.get_by_test_id("undo").click()
    shows(page, before)
    expect(page.get_by_test_id("undo")).to_have_attribute("aria-disabled", "true")


def test_pictures_are_asked_for_again_only_when_they_change(visit: Visit) -> None:
    page = visit("model=fashion-vae-16")
    made(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/grid") else None)
    drag(page, "slider-11", 0.9)  # along the plane
    settled(page, 700)
    assert asked == []
    expect(page.get_by_test_id("plane-here")).to_be_visible()
    redrawn(page, lambda: drag(page, "slider-15", 0.9))
    assert asked


def test_a_plane_that_is_being_filled_waits_for_the_hand(visit: Visit) -> None:
    page = visit("model=faces-gan")
    made(page)
    with page.expect_request("**/grid"):
        drag(page, "slider-107", 0.9)  # another plane
    # What is asked for within a tenth of a second of a movement did not wait; noted in the page, where both happen.
    page.evaluate(
        """() => { const { fetch } = window; let moved = 0; window.moves = window.hasty = 0;
        document.addEventListener('input', () => { moved = performance.now(); window.moves += 1; }, true);
        window.fetch = (...asked) => {
          if (String(asked[0]).endsWith('/grid') && performance.now() - moved < 100) window.hasty += 1;
          return fetch(...asked); }; }"""
    )
    page.get_by_test_id("slider-84").evaluate(
        """async (slider) => {
        for (let i = 0; i < 60; i++) {
          slider.value = String(Number(slider.min) + (i / 60) * (slider.max - slider.min));
          slider.dispatchEvent(new Event('input', { bubbles: true }));
          await new Promise((done) => setTimeout(done, 25));
        }
        slider.dispatchEvent(new Event('change', { bubbles: true }));
        }"""
    )
    assert page.evaluate("window.moves") == 60
    assert page.evaluate("window.hasty") == 0  # nothing new while it moves
    made(page)  # and all of it when the hand rests


def test_any_two_dimensions_span_the_plane_and_stay_in_the_link(visit: Visit) -> None:
    page = visit("model=fashion-vae-16")
    made(page)
    redrawn(page, lambda: page.get_by_test_id("axis-up").select_option("5"))
    expect(page.get_by_test_id("plane")).to_have_attribute("aria-label", re.compile("z11 across and z05 up"))
    redrawn(page, lambda: page.get_by_test_id("axis-across").select_option("5"))  # the other gives way
    expect(page.get_by_test_id("plane")).to_have_attribute("aria-label", re.compile("z05 across and z11 up"))
    redrawn(page, lambda: page.get_by_test_id("axis-swap").click())
    expect(page).to_have_url(re.compile("axes=11_5"))
    page.reload()
    made(page)
    expect(page.get_by_test_id("axis-up")).to_have_value("5")


def test_the_range_is_that_of_the_data_the_prior_or_free(visit: Visit) -> None:
    page = visit("model=fashion-vae-16")
    made(page)
    edge = page.locator(".plane-across .tick").last
    data = edge.inner_text()
    redrawn(page, lambda: page.get_by_test_id("reach-prior").click())
    expect(edge).to_have_text("+2.3")
    redrawn(page, lambda: page.get_by_test_id("reach-free").click())
    number = page.get_by_test_id("reach-number")
    assert float(number.input_value()) >= float(data)
    number.fill("4")
    redrawn(page, lambda: number.press("Enter"))
    expect(edge).to_have_text("+4.0")
    expect(page.get_by_test_id("traverse-words")).to_contain_text("\u00b14")
    expect(page).to_have_url(re.compile("reach=4"))


def test_strips_follow_the_sliders_until_others_are_chosen(visit: Visit) -> None:
    page = visit("model=fashion-vae-16&traversal=strips")
    made(page, "lanes")
    lanes = page.locator(".lane")
    expect(lanes).to_have_count(10)
    page.get_by_test_id("slider-more").click()
    expect(lanes).to_have_count(16)
    page.get_by_test_id("lane-11").get_by_role("button").click()
    expect(lanes).to_have_count(15)
    for _ in range(14):
        lanes.first.get_by_role("button").click()
    expect(lanes).to_have_count(1)
    expect(lanes.first.get_by_role("button")).to_be_disabled()
    page.get_by_test_id("strip-add").select_option("13")
    expect(lanes).to_have_count(2)
    expect(page).to_have_url(re.compile(r"chosen=\d+_\d+(&|$)"))
    page.reload()
    made(page, "lanes")
    expect(lanes).to_have_count(2)
    page.get_by_test_id("strip-open").click()
    expect(lanes).to_have_count(16)


def test_a_picture_of_a_strip_is_seen_and_taken(visit: Visit) -> None:
    page = visit("model=fashion-vae-16&traversal=strips")
    made(page, "lanes")
    before = settled(page)
    box = page.get_by_test_id("lane-15").locator(".lane-film").bounding_box()
    assert box is not None
    last = (box["x"] + box["width"] * 8.5 / 9, box["y"] + box["height"] / 2)
    page.mouse.move(*last)
    told = shown_values(page)
    page.mouse.click(*last)
    changed(page, before, by=2)
    assert slider_value(page, 15) == pytest.approx(told["z15"], abs=0.006)
    page.mouse.move(0, 0)
    page.get_by_test_id("lanes").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    told = shown_values(page)
    page.keyboard.press("Enter")
    settled(page)
    (name, value), *_ = told.items()
    assert slider_value(page, int(name[1:])) == pytest.approx(value, abs=0.006)


def test_the_whole_of_a_space_of_two_dimensions_has_its_data_over_it(visit: Visit) -> None:
    page = visit("model=fashion-vae-2&reach=prior")
    made(page)
    assert page.locator(".plane-pictures").evaluate("c => c.width") == 21 * 28  # no gaps: one picture
    expect(page.get_by_test_id("plane-data")).to_be_visible()
    expect(page.get_by_test_id("plane-legend")).to_contain_text("Sneaker")
    coloured = """c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0;
      for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 0) n++; return n / (d.length / 4); }"""
    until(page, f"(({coloured})(document.querySelector('[data-testid=plane-data]'))) > 0.05")
    page.get_by_test_id("plane-bare").click()
    expect(page.get_by_test_id("plane-data")).to_be_hidden()
    expect(page.get_by_test_id("plane-legend")).to_be_hidden()
    before = settled(page)
    page.mouse.click(*centre(page, 10, 10, 21, 21))
    changed(page, before, by=2)
    for dim in (0, 1):  # the middle of a Gaussian
        assert slider_value(page, dim) == pytest.approx(0, abs=1e-4)
    page.mouse.click(*centre(page, 0, 20, 21, 21))
    settled(page)
    for dim in (0, 1):
        assert slider_value(page, dim) == pytest.approx(NormalDist().inv_cdf(0.5 / 21), abs=1e-3)


def test_an_autoencoder_offers_no_prior(visit: Visit) -> None:
    page = visit("model=fashion-ae-2")
    made(page)
    expect(page.get_by_test_id("reach-prior")).to_be_disabled()
    expect(page.get_by_test_id("traverse-words")).to_contain_text("mean and spread of the data")


def test_a_link_that_asks_for_a_prior_that_is_not_there_says_so(visit: Visit) -> None:
    page = visit("model=fashion-ae-2&reach=prior")
    expect(page.get_by_test_id("traverse-failure")).to_contain_text("no prior")
    page.get_by_test_id("reach-data").click()
    made(page)
    expect(page.get_by_test_id("traverse-failure")).to_be_hidden()


def test_dimensions_that_are_not_there_are_left_out_of_a_link(visit: Visit) -> None:
    page = visit("model=fashion-vae-16&axes=1.5_-3")
    made(page)
    expect(page.get_by_test_id("axis-across")).to_have_value("11")


def test_another_class_draws_another_plane(visit: Visit) -> None:
    page = visit("model=digits-cvae")
    made(page)
    sums = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.reduce((a, b) => a + b, 0)"
    before = page.locator(".plane-pictures").evaluate(sums)
    redrawn(page, lambda: page.get_by_test_id("given-class-1").click())
    assert page.locator(".plane-pictures").evaluate(sums) != before


def test_the_png_has_the_pictures_and_labelled_axes(visit: Visit) -> None:
    page = visit("model=fashion-vae-16")
    made(page)
    for traversal, name in (("grid", "fashion-vae-16-z11-z13.png"), ("strips", "fashion-vae-16-strips.png")):
        page.get_by_test_id(f"traverse-{traversal}").click()
        made(page, "lanes" if traversal == "strips" else "plane")
        with page.expect_download() as download:
            page.get_by_test_id("traverse-save").click()
        assert download.value.suggested_filename == name
        pixels = np.asarray(Image.open(io.BytesIO(download.value.path().read_bytes())).convert("L"))
        assert pixels.shape[1] > 1000
        assert pixels[:8].min() == 255  # black on white, whatever the theme
        left, top = pixels[:, :70], pixels[:70]
        for margin in (left, top):
            assert 0.002 < (margin < 128).mean() < 0.2  # words


def test_the_scale_of_the_whole_space_is_the_gaussians(visit: Visit) -> None:
    page = visit("model=fashion-vae-2")
    values = [-4.0, -2.33, -1.0, -0.1, 0.0, 0.5, 1.96, 3.5]
    found = page.evaluate(
        """async (values) => {
        const module = document.querySelector('link[rel=modulepreload][href$="/js/hand.js"]').href;
        const { below, quantile, scaleOf } = await import(module.replace('hand.js', 'tabs/traverse_scale.js'));
        const even = scaleOf({ dim: 0, values: [-1, 0, 1], mean: null, std: null });
        return { shares: values.map(below), back: values.map((value) => quantile(below(value))),
          even: [-1, 0, 1].map(even.place), middle: even.at(0.5) };
        }""",
        values,
    )
    np.testing.assert_allclose(found["shares"], [NormalDist().cdf(value) for value in values], atol=2e-7)
    np.testing.assert_allclose(found["back"], values, atol=1e-3)
    np.testing.assert_allclose(found["even"], [1 / 6, 1 / 2, 5 / 6])
    assert found["middle"] == pytest.approx(0)


def test_on_a_phone_the_plane_comes_when_the_sheet_is_lifted(browser: Browser, host: Host) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    page = context.new_page()
    page.goto(f"{host.address}#v=1&tab=traverse&model=fashion-vae-16")
    drawn(page)
    page.wait_for_timeout(500)
    assert page.locator("[data-testid=plane][data-made]").count() == 0  # nobody could see it
    page.locator("#sheet").tap()
    made(page)
    for testid in ("tab-map", "tab-samples"):
        box = page.get_by_test_id(testid).bounding_box()
        assert box is not None
        assert 0 <= box["x"] <= 390 - box["width"]
    before = settled(page)
    page.touchscreen.tap(*centre(page, 7, 1))
    changed(page, before, by=2)
    context.close()
