"""The same picture across the models of a data set, moved by one gesture; and the search for a better point."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import changed, difference, drawn, opened, settled, shows
from tests.browser.host import Host
from tests.browser.test_map_modules import run

FAMILIES = ["fashion-pca-16", "fashion-ae-16", "fashion-vae-16", "fashion-gan-64"]
LONG_MS = 120_000  # four models are opened, or a search runs, on a machine with other work


def take(page: Page, example: int, section: str) -> Locator:
    """Take an example, and open a section of the Upload tab."""
    page.get_by_test_id(f"example-{example}").click()
    expect(page.get_by_test_id("seen")).to_be_visible()
    page.get_by_test_id("tab-upload").click()
    fold = page.get_by_test_id(section)
    fold.locator("summary").click()
    return fold


def column(page: Page, model: str) -> Locator:
    return page.get_by_test_id(f"across-{model}")


def shown(page: Page, model: str) -> list[int]:
    """The picture of a model's column."""
    found: list[int] = (
        column(page, model)
        .locator("canvas")
        .evaluate("c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]")
    )
    return found


def filled(page: Page, models: list[str]) -> None:
    for model in models:
        expect(column(page, model).locator("canvas")).to_have_attribute("width", "28", timeout=LONG_MS)
        expect(column(page, model)).not_to_have_class(re.compile("busy"), timeout=LONG_MS)


def test_one_model_of_each_family_redraws_the_picture_and_one_slider_moves_all(page: Page) -> None:
    take(page, 1, "fold-across")
    filled(page, FAMILIES)
    expect(page.locator(".across-column")).to_have_count(4)
    errors = [column(page, model).get_by_text(re.compile(r"^error 0\.\d{4}")).inner_text() for model in FAMILIES]
    assert len(set(errors)) == 4  # each has a reconstruction of its own
    start = {model: shown(page, model) for model in FAMILIES}
    page.get_by_test_id("across-slider").fill("32")
    end = {model: shown(page, model) for model in FAMILIES}
    for model in FAMILIES:
        assert difference(start[model], end[model]) > 5
    page.get_by_test_id("across-slider").focus()
    page.keyboard.press("Home")
    assert {model: shown(page, model) for model in FAMILIES} == start
    expect(column(page, "fashion-vae-16").locator(".across-steps span")).to_have_count(32)


def test_nobody_walks_from_a_picture_to_itself(page: Page) -> None:
    take(page, 1, "fold-across")
    chosen = page.locator("[data-testid^=across-to-][aria-checked=true]")
    expect(chosen).to_have_count(1)
    end = chosen.get_attribute("data-testid")
    assert end is not None
    page.get_by_test_id(f"example-{end.removeprefix('across-to-')}").click()
    expect(page.get_by_test_id(end)).to_have_attribute("aria-checked", "false")
    expect(chosen).to_have_count(1)


def test_a_model_and_its_twin_stand_side_by_side_where_there_is_no_other_family(page: Page) -> None:
    entries = [{"id": name, "kind": "dbvae", "latent": 6} for name in ("alone", "open", "twin")]
    found = run(page, "tabs/across_models.js", "return m.oneOfEach(given, 'open');", entries)
    assert found == ["open", "alone", "twin"]


def test_the_strongest_dimension_of_each_model_is_walked_and_named(page: Page) -> None:
    take(page, 3, "fold-across")
    filled(page, FAMILIES)
    page.get_by_test_id("across-kind-slide").click()
    page.get_by_test_id("across-slider").fill("0")
    values = [column(page, model).locator(".across-value") for model in FAMILIES]
    for value in values:
        expect(value).to_have_text(re.compile(r"^z\d\d [+\u2212]\d"), timeout=LONG_MS)
    low = [value.inner_text() for value in values]
    page.get_by_test_id("across-slider").fill("32")
    assert all(value.inner_text() != before for value, before in zip(values, low, strict=True))
    page.get_by_test_id("across-rank").select_option("2")
    expect(values[0]).not_to_have_text(re.compile(low[0].split()[0]), timeout=LONG_MS)


def test_models_are_chosen_and_one_is_opened_with_the_same_picture(page: Page) -> None:
    take(page, 8, "fold-across")
    filled(page, FAMILIES)
    page.get_by_test_id("across-models").click()
    page.get_by_role("menuitemcheckbox", name=re.compile("PCA")).click()
    expect(column(page, "fashion-pca-16")).to_have_count(0)
    before = settled(page)
    column(page, "fashion-ae-16").get_by_role("button").click()
    expect(page).to_have_url(re.compile("model=fashion-ae-16"))
    changed(page, before)
    expect(column(page, "fashion-ae-16").get_by_role("button")).to_have_count(0)  # it is the open one now
    filled(page, ["fashion-ae-16"])


def test_a_search_finds_a_better_point_that_can_be_taken(page: Page) -> None:
    take(page, 6, "fold-refine")
    before = settled(page)
    page.get_by_test_id("refine-start").click()
    expect(page.get_by_test_id("refine")).to_have_attribute("data-state", "busy")
    expect(page.get_by_test_id("refine")).to_have_attribute("data-state", "idle", timeout=LONG_MS)
    expect(page.get_by_test_id("refine-facts")).to_contain_text(re.compile("smaller than|as good as"))
    expect(page.locator(".curve")).to_have_attribute("aria-label", re.compile(r"from 0\.\d+ to 0\.\d+, the encoder"))
    found = float(re.findall(r"0\.\d+", page.get_by_text("found: error").inner_text())[0])
    encoder = float(re.findall(r"0\.\d+", page.get_by_text("the encoder: error").inner_text())[0])
    assert found <= encoder
    page.get_by_test_id("refine-take").click()
    expect(page.locator(".origin")).to_have_text("Refined")
    taken = changed(page, before)
    settled(page, 800)
    page.reload()
    drawn(page)
    shows(page, taken)
    expect(page.locator(".origin")).to_have_text("Refined")


def test_a_search_is_stopped_and_the_best_so_far_is_kept(page: Page) -> None:
    take(page, 7, "fold-refine")
    page.get_by_test_id("refine-steps-120").click()
    page.get_by_test_id("refine-start").click()
    expect(page.get_by_test_id("refine-take")).to_be_enabled(timeout=LONG_MS)
    page.get_by_test_id("refine-cancel").click(force=True)  # it may have come to its end by itself
    expect(page.get_by_test_id("refine")).to_have_attribute("data-state", "idle")
    expect(page.get_by_test_id("refine-start")).to_be_enabled()
    expect(page.get_by_test_id("refine-take")).to_be_enabled()
    page.get_by_test_id("example-2").click()  # another picture: what was found is not of it
    expect(page.get_by_test_id("refine-take")).to_be_disabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_violation_beside_other_models(browser: Browser, host: Host, width: int, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = opened(context, host)
    page.get_by_test_id("hint-dismiss").click()
    take(page, 1, "fold-across")
    filled(page, ["fashion-vae-16"])
    page.get_by_test_id("fold-refine").locator("summary").click()
    found = list(Axe().run(page, "#upload-tab").response["violations"])
    page.get_by_test_id("across-kind-slide").click()
    found += Axe().run(page, "#upload-tab").response["violations"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
