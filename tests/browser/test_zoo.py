"""The picker's shelves, and what a model takes beside its latent: class, training step, space, truncation, noise."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import arrived, changed, difference, drawn, opened, pixels, settled, shows
from tests.browser.host import Host, serving
from tests.browser.test_exploring import drag, first_slider
from tests.browser.tiny_zoo import build


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A server with one model of each sort."""
    folder: Path = tmp_path_factory.mktemp("checkpoints")
    build(folder)
    with serving({"LATENT_EXPLORER_CHECKPOINTS": str(folder)}) as made:
        yield made


@pytest.fixture
def visit(browser: Browser, zoo: Host) -> Iterator[Page]:
    """The page with the VAE open."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    heard: list[str] = []
    page = opened(context, zoo)
    page.on("pageerror", lambda error: heard.append(str(error)))
    yield page
    context.close()
    assert not heard, heard


def enter(page: Page, model: str) -> list[int]:
    """Open a model from the picker; its first picture."""
    page.get_by_test_id("model-picker").click()
    page.get_by_test_id(f"model-{model}").click()
    expect(page).to_have_url(re.compile(model))
    arrived(page)
    expect(page.get_by_test_id("given")).to_be_visible()
    return settled(page)


def test_the_picker_has_shelves_strips_and_the_broken_ones_with_their_reason(visit: Page) -> None:
    visit.get_by_test_id("model-picker").click()
    heads = visit.locator(".shelf-head strong")
    expect(heads).to_have_text(["Clothing", "Digits", "Faces", "Cannot be opened"])
    expect(visit.get_by_test_id("model-fashion-vae-16").locator("img.there")).to_be_visible()
    empty = visit.get_by_test_id("model-digits-cvae").locator(".option-strip")
    full = visit.get_by_test_id("model-fashion-vae-16").locator(".option-strip")
    assert empty.bounding_box()["height"] == full.bounding_box()["height"]  # type: ignore[index]
    broken = visit.get_by_test_id("model-broken")
    expect(broken).to_contain_text("does not match the file")
    broken.click(force=True)  # it says of itself that it is disabled
    expect(visit.get_by_test_id("models")).to_be_visible()  # nothing to open: it stays
    visit.keyboard.press("Escape")
    expect(visit.get_by_test_id("models")).to_be_hidden()
    expect(visit.get_by_test_id("model-picker")).to_be_focused()


def test_a_model_is_found_and_opened_by_the_keyboard_alone(visit: Page) -> None:
    visit.get_by_test_id("model-picker").focus()
    visit.keyboard.press("Enter")
    search = visit.get_by_test_id("model-search")
    expect(search).to_be_focused()
    expect(search).to_have_attribute("aria-activedescendant", "option-fashion-vae-16")
    visit.keyboard.press("ArrowDown")
    expect(search).to_have_attribute("aria-activedescendant", "option-fashion-gan-collapsed")
    visit.keyboard.type("digits 4 dim")
    expect(visit.locator(".picker-option:visible")).to_have_count(1)
    expect(search).to_have_attribute("aria-activedescendant", "option-digits-cvae")
    expect(visit.locator(".picker-count")).to_have_text(re.compile(r"^1 of \d models$"))
    visit.keyboard.type("xyz")
    expect(visit.locator(".picker-none")).to_contain_text("No model says")
    for _ in "xyz":
        visit.keyboard.press("Backspace")
    visit.keyboard.press("Enter")
    expect(visit).to_have_url(re.compile("digits-cvae"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_violation_in_the_picker_and_beside_the_latent(
    browser: Browser, zoo: Host, width: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = opened(context, zoo)
    enter(page, "faces-gan")
    found = list(Axe().run(page).response["violations"])
    page.get_by_test_id("model-picker").click()
    expect(page.locator("img.there")).to_be_visible()
    found += Axe().run(page).response["violations"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_test_id("model-digits-cvae").click()
    expect(page.get_by_test_id("given-class-3")).to_be_visible()
    found += Axe().run(page).response["violations"]
    context.close()
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


def test_a_class_decides_the_picture_and_stays_in_the_link(visit: Page) -> None:
    before = enter(visit, "digits-cvae")
    visit.get_by_test_id("given-class-9").click()
    changed(visit, before, by=100)
    visit.keyboard.press("ArrowLeft")
    expect(visit.get_by_test_id("given-class-8")).to_be_focused()
    expect(visit.get_by_test_id("given-class-8")).to_have_attribute("aria-checked", "true")
    settled(visit, 800)
    assert "given=class.8" in visit.url
    shown = pixels(visit)
    visit.reload()
    drawn(visit)
    shows(visit, shown)
    expect(visit.get_by_test_id("given-class-8")).to_have_attribute("aria-checked", "true")


def test_a_training_begins_at_its_end_and_can_be_stepped_through(visit: Page) -> None:
    last = enter(visit, "fashion-gan-collapsed")
    expect(visit.get_by_role("radiogroup", name="Training step")).to_be_visible()
    expect(visit.get_by_role("radio", name="10,000 steps")).to_have_attribute("aria-checked", "true")
    visit.get_by_role("radio", name="100 steps", exact=True).click()
    changed(visit, last, by=100)
    visit.get_by_test_id("undo").click()
    shows(visit, last)


def test_truncation_and_noise_change_the_picture(visit: Page) -> None:
    before = enter(visit, "faces-gan")
    visit.get_by_test_id("psi").fill("0.2")
    truncated = changed(visit, before)
    visit.get_by_test_id("noise").click()
    noisy = changed(visit, truncated)
    switch = visit.get_by_role("switch", name="Noise")
    expect(switch).to_be_checked()
    switch.click()
    expect(switch).not_to_be_checked()
    expect(visit.get_by_test_id("noise")).to_be_disabled()
    changed(visit, noisy)


def test_a_drawn_point_is_the_same_in_z_and_in_w(visit: Page) -> None:
    enter(visit, "faces-gan")
    visit.get_by_test_id("random").click()
    expect(visit.locator(".origin")).to_have_text(re.compile("^Seed"))
    in_w = settled(visit)
    assert visit.locator("input[data-testid^=slider-]").count() == 6
    visit.get_by_test_id("space-z").click()
    expect(visit.get_by_test_id("space-z")).to_have_attribute("aria-pressed", "true")
    expect(visit.locator("input[data-testid^=slider-]")).to_have_count(4)
    shows(visit, in_w)
    # From one end to the other: the draw itself may lie at either.
    drag(visit, first_slider(visit), 0.03)
    one_end = settled(visit)
    drag(visit, first_slider(visit), 0.97)
    moved = changed(visit, one_end)
    visit.get_by_test_id("space-w").click()
    expect(visit.locator("input[data-testid^=slider-]")).to_have_count(6)
    shows(visit, moved)


def two_kept(page: Page) -> None:
    """The StyleGAN with A and B, and its Path tab open."""
    enter(page, "faces-gan")
    for slot in ("keep-a", "keep-b"):
        before = settled(page)
        page.get_by_test_id("random").click()
        changed(page, before)
        page.get_by_test_id(slot).click()
    page.get_by_test_id("tab-path").click()


def test_styles_are_mixed_by_groups_of_layers_and_a_mixed_picture_is_taken(visit: Page) -> None:
    two_kept(visit)
    expect(visit.get_by_test_id("mixing-found")).to_contain_text("% as much")
    b = settled(visit)
    visit.get_by_test_id("mixing-cell-0-1").click()  # A, with the first layer of B
    expect(visit.get_by_test_id("space-plus")).to_be_visible()
    mixed = changed(visit, b)
    visit.get_by_role("button", name="A: go to this point").first.click()  # kept: a style is a point of w+ too
    a = changed(visit, mixed)
    assert 0 < difference(a, mixed) < difference(a, b)
    visit.get_by_test_id("mixing-cell-1-1").click()  # B with B's own
    shows(visit, b)
    visit.get_by_test_id("space-w").click()
    expect(visit.get_by_test_id("space-plus")).to_be_hidden()
    expect(visit.get_by_test_id("slot-a")).to_be_enabled()
    shows(visit, b)


def test_a_slider_moves_a_mixed_picture_in_all_its_layers(visit: Page) -> None:
    two_kept(visit)
    visit.get_by_test_id("mixing-cell-0-1").click()
    expect(visit.get_by_test_id("space-plus")).to_be_visible()
    settled(visit)
    before = styles(visit)
    assert not np.array_equal(before[0], before[-1])  # it is a mix
    drag(visit, first_slider(visit), 0.9)
    settled(visit)
    change = styles(visit) - before
    assert np.abs(change).max() > 0.01
    np.testing.assert_allclose(change, np.repeat(change[:1], len(change), 0), atol=1e-5)


def styles(page: Page) -> npt.NDArray[np.float32]:
    """The current point of w+ from the address: (layers, D)."""
    text = re.search(r"[#&]z=([^&]*)", page.url)
    assert text is not None
    found = np.frombuffer(base64.urlsafe_b64decode(text[1] + "=" * (-len(text[1]) % 4)), "<f4")
    return found.reshape(-1, 6)


def test_the_table_of_styles_takes_bookmarks_and_is_walked_by_keys(visit: Page) -> None:
    two_kept(visit)
    visit.keyboard.press("r")
    settled(visit)
    visit.keyboard.press("b")
    table = visit.get_by_test_id("mixing-table")
    expect(table.locator("thead th")).to_have_count(3)
    found = Axe().run(visit, "[data-testid=mixing]").response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
    visit.get_by_test_id("mixing-columns").click()
    visit.get_by_role("menuitemcheckbox", name=re.compile("^A")).click()
    expect(table.locator("thead th")).to_have_count(2)
    visit.get_by_test_id("mixing-cell-0-0").focus()
    visit.keyboard.press("ArrowDown")
    expect(visit.get_by_test_id("mixing-cell-1-0")).to_be_focused()
    visit.keyboard.press("ArrowUp")
    visit.keyboard.press("ArrowUp")
    expect(table.locator("thead button").first).to_be_focused()
    visit.keyboard.press("ArrowDown")
    visit.keyboard.press("Enter")
    expect(visit.get_by_test_id("space-plus")).to_be_visible()
    visit.keyboard.press("r")  # nothing is drawn in w+
    expect(visit.get_by_test_id("space-plus")).to_be_hidden()


def test_random_points_come_from_the_sampler_that_was_chosen(visit: Page) -> None:
    visit.get_by_test_id("sampler").click()
    visit.get_by_role("menuitemcheckbox", name="Near the middle").click()
    expect(visit.locator(".origin")).to_have_text(re.compile("^Seed"))
    expect(visit).to_have_url(re.compile("sampler=near"))
    settled(visit, 800)
    values = [abs(float(one.input_value())) for one in visit.locator("input[data-testid^=slider-]").all()]
    assert max(values) < 0.6


def test_what_is_known_of_a_picture_stands_beside_it_on_the_map(visit: Page) -> None:
    visit.wait_for_selector("[data-testid=map] .main-svg")
    visit.get_by_test_id("map").focus()
    visit.keyboard.press("ArrowRight")
    expect(visit.get_by_test_id("map-tip")).to_contain_text(re.compile(r"shelf life \d.*season (summer|winter)"))
    visit.get_by_test_id("about").click()
    expect(visit.get_by_test_id("about-dialog")).to_contain_text("days in the shop")
