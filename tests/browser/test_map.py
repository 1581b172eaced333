"""The map as an instrument: click, drag, choose, filter, colour, turn; by hand and by keys."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FloatRect, Page, expect

from tests.browser.conftest import changed, drawn, holding_the_first, settled, shows, until, wait_for
from tests.browser.host import Host
from tests.browser.test_calm import OBSERVE, shifts

ALL = "All 10,000 points shown"
STEP = 8  # pixels of a key
HIDE_HINT = "try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}"


@pytest.fixture
def mapped(page: Page) -> Page:
    """The page with its map drawn and its point on it."""
    return ready(page)


def ready(page: Page) -> Page:
    """Wait for a map in two dimensions, and for the point on it."""
    expect(page.get_by_test_id("map-facts")).to_contain_text("points")
    page.wait_for_selector("[data-testid=map] .nsewdrag")
    page.wait_for_selector("[data-testid=map-current]:not([hidden])")
    settled(page)
    return page


def visit(page: Page, host: Host, rest: str, model: str = "fashion-vae-16") -> Page:
    """Another address of the page."""
    page.goto("about:blank")
    page.goto(f"{host.address}#v=1&model={model}{rest}")
    drawn(page)
    return page


def board(page: Page) -> FloatRect:
    """Where the map is."""
    box = page.get_by_test_id("map").bounding_box()
    assert box is not None
    return box


def mark(page: Page) -> tuple[float, float]:
    """The middle of the current point's mark, in the page."""
    box = page.get_by_test_id("map-current").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def mark_comes(page: Page, x: float, y: float, within: float = 3) -> None:
    """Wait until the mark lies at this place of the page, to so many pixels."""
    until(
        page,
        f"""(() => {{ const box = document.querySelector('[data-testid=map-current]').getBoundingClientRect();
        return Math.hypot(box.x + box.width / 2 - {x}, box.y + box.height / 2 - {y}) < {within}; }})()""",
    )


def at(page: Page) -> tuple[float, ...]:
    """The current point's position, as the map knows it."""
    text = page.get_by_test_id("map-current").get_attribute("data-at") or ""
    return tuple(float(number) for number in text.split(","))


def fragment(page: Page) -> str:
    """The state in the address, once it has been written: the page waits itself, so that its own timer comes first."""
    page.evaluate("new Promise((done) => setTimeout(done, 350))")
    return str(page.evaluate("decodeURIComponent(location.hash)"))


def draw(page: Page, corners: list[tuple[float, float]]) -> None:
    """Press, move through shares of the map, and let go."""
    box = board(page)
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def chosen(page: Page, other: int = -1) -> int:
    """How many points the line under the map calls selected, once these are not as many as `other`."""
    expect(page.get_by_test_id("map-facts")).to_contain_text("selected")
    expect(page.get_by_test_id("map-facts")).not_to_contain_text(f"{other:,} of")
    text = page.get_by_test_id("map-facts").inner_text()
    return int(text.split(" of ")[0].replace(",", ""))


# By hand


def test_a_click_on_empty_ground_draws_what_the_model_would_draw_there(mapped: Page) -> None:
    before = settled(mapped)
    box = board(mapped)
    mapped.mouse.click(box["x"] + 0.03 * box["width"], box["y"] + 0.06 * box["height"])
    changed(mapped, before, by=1)
    expect(mapped.locator(".origin")).to_have_text("A place on the map")
    mark_comes(mapped, box["x"] + 0.03 * box["width"], box["y"] + 0.06 * box["height"])
    expect(mapped.get_by_test_id("unusual")).to_contain_text("unusual")
    mapped.get_by_test_id("undo").click()
    shows(mapped, before)


def test_the_point_is_dragged_across_the_map_and_one_undo_brings_it_back(mapped: Page) -> None:
    before, place = settled(mapped), at(mapped)
    x, y = mark(mapped)
    frames = mapped.evaluate_handle(
        """() => { const seen = { count: 0 }; document.querySelector('[data-testid=picture]')
        .addEventListener('picture-drawn', () => { seen.count += 1; }); return seen; }"""
    )
    mapped.evaluate(OBSERVE)
    mapped.mouse.move(x, y)
    mapped.mouse.down()
    for step in range(30):
        mapped.mouse.move(x - 5 * step, y - 4 * step)
        mapped.wait_for_timeout(20)
    # However busy the machine is, pictures come while the hand holds the mark.
    for step in range(500):
        if frames.evaluate("seen => seen.count") > 5:
            break
        mapped.mouse.move(x - 145 + step % 2, y - 116)
        mapped.wait_for_timeout(20)
    mapped.mouse.move(x - 145, y - 116)
    held = mark(mapped)
    mapped.mouse.up()
    assert abs(held[0] - (x - 145)) < 3  # the mark is under the hand
    assert frames.evaluate("seen => seen.count") > 5  # the picture came along
    changed(mapped, before, by=1)
    until(mapped, "document.querySelector('[data-testid=map-current]').dataset.at !== ''")
    assert shifts(mapped) == []
    assert mapped.locator("[data-testid=map] .nsewdrag").count() == 1
    mapped.get_by_test_id("undo").click()
    shows(mapped, before)
    until(
        mapped,
        f"document.querySelector('[data-testid=map-current]').dataset.at === '{','.join(str(v) for v in place)}'",
    )


def test_on_a_pca_a_dragged_point_lies_where_it_was_let_go(mapped: Page) -> None:
    x, y = mark(mapped)
    mapped.mouse.move(x, y)
    mapped.mouse.down()
    mapped.mouse.move(x - 90, y - 70, steps=8)
    mapped.mouse.up()
    mark_comes(mapped, x - 90, y - 70)


def test_a_lasso_and_a_box_choose_points_and_escape_lets_them_go(mapped: Page) -> None:
    mapped.get_by_test_id("map-box").click()
    draw(mapped, [(0.2, 0.3), (0.5, 0.6)])
    boxed = chosen(mapped)
    assert 100 < boxed < 9000
    mapped.get_by_test_id("map-lasso").click()
    draw(mapped, [(0.2, 0.3), (0.5, 0.3), (0.2, 0.6), (0.2, 0.3)])
    half = chosen(mapped, boxed)
    assert 50 < half < boxed
    mapped.get_by_test_id("undo").click()
    assert chosen(mapped, half) == boxed
    mapped.get_by_test_id("map").focus()
    mapped.keyboard.press("Escape")
    expect(mapped.get_by_test_id("map-facts")).to_have_text(ALL)
    assert "selection" not in fragment(mapped)


def test_a_loop_that_is_closed_is_no_click(mapped: Page) -> None:
    """It ends where it began, among points."""
    point = "new URLSearchParams(location.hash.slice(1)).get('z')"
    mapped.wait_for_timeout(400)  # the address is written a moment later
    before = mapped.evaluate(point)
    mapped.get_by_test_id("map-lasso").click()
    draw(mapped, [(0.45, 0.45), (0.7, 0.45), (0.7, 0.7), (0.45, 0.7), (0.45, 0.45)])
    assert chosen(mapped) > 50
    mapped.wait_for_timeout(400)
    assert before is not None
    assert mapped.evaluate(point) == before


def test_a_name_that_is_still_being_written_is_not_called_unknown(mapped: Page) -> None:
    failure, field = mapped.get_by_test_id("map-filter-failure"), mapped.get_by_test_id("map-filter")
    map_before = board(mapped)
    field.focus()
    mapped.keyboard.type("z03")
    mapped.wait_for_timeout(300)
    expect(failure).to_be_hidden()
    mapped.keyboard.type(" > 1")
    expect(mapped.get_by_test_id("map-facts")).not_to_have_text(ALL)
    expect(failure).to_be_hidden()
    field.fill("nothing of the kind")
    expect(failure).to_contain_text("Nothing here is called")
    assert board(mapped) == map_before


def test_a_tool_that_meets_nothing_says_so(mapped: Page) -> None:
    mapped.get_by_test_id("map-box").click()
    draw(mapped, [(0.01, 0.01), (0.06, 0.08)])
    expect(mapped.locator("#notice")).to_contain_text("No point lies in there")
    expect(mapped.get_by_test_id("map-facts")).to_have_text(ALL)


def test_the_wheel_comes_nearer_until_the_points_are_their_pictures(mapped: Page) -> None:
    box = board(mapped)
    mapped.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.5)
    for _ in range(60):
        mapped.mouse.wheel(0, -300)
        mapped.wait_for_timeout(60)
        if "pictured" in (mapped.get_by_test_id("map").get_attribute("class") or ""):
            break
    expect(mapped.get_by_test_id("map")).to_have_class(re.compile("pictured"))
    dark = """() => { const c = document.querySelector('.map-over');
        const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
        return data.filter((v, i) => i % 4 === 3 && v > 200).length; }"""
    until(mapped, f"({dark})() > 2000")
    mapped.get_by_test_id("map-fit").click()
    expect(mapped.get_by_test_id("map")).not_to_have_class(re.compile("pictured"))


# By keys


def test_shift_and_the_arrows_move_the_point_and_with_it_the_picture(mapped: Page) -> None:
    before = settled(mapped)
    x, y = mark(mapped)
    mapped.get_by_test_id("map").focus()
    held = holding_the_first(mapped, "**/unplace?*")
    for _ in range(8):  # quicker than the server answers
        mapped.keyboard.press("Shift+ArrowLeft")
    wait_for(mapped, lambda: len(held) == 1, "one question is under way")
    held[0].continue_()
    mark_comes(mapped, x - 8 * STEP, y)
    changed(mapped, before)
    mapped.get_by_test_id("undo").click()
    shows(mapped, before)


def test_ctrl_a_selects_what_the_filter_and_the_legend_show(mapped: Page) -> None:
    mapped.get_by_test_id("map-filter").fill("bag")
    expect(mapped.get_by_test_id("map-facts")).to_have_text("1,000 of 10,000 points shown")
    mapped.get_by_test_id("map").focus()
    mapped.keyboard.press("Control+a")
    assert chosen(mapped) == 1000
    mapped.get_by_test_id("map-clear").click()
    expect(mapped.get_by_test_id("map-facts")).to_have_text("1,000 of 10,000 points shown")


# Filter and colours


def test_the_filter_takes_names_and_comparisons_and_says_what_it_cannot_read(mapped: Page) -> None:
    field, facts = mapped.get_by_test_id("map-filter"), mapped.get_by_test_id("map-facts")
    field.fill("number < 50 and z03 > -100")
    expect(facts).to_have_text("50 of 10,000 points shown")
    assert "number < 50" in fragment(mapped)
    field.fill("smile > 1")
    expect(mapped.get_by_test_id("map-filter-failure")).to_contain_text("Nothing here is called")
    expect(facts).to_have_text(ALL)
    field.fill("z03 > much")
    expect(mapped.get_by_test_id("map-filter-failure")).to_contain_text("is compared with a number")
    field.fill("")
    expect(mapped.get_by_test_id("map-filter-failure")).to_be_hidden()


def test_each_colour_has_a_legend_and_survives_a_reload(page: Page, host: Host) -> None:
    visit(page, host, "", "faces-vae")
    ready(page)
    choice = page.get_by_test_id("map-colour")
    plain = page.locator(".map-points").evaluate("c => c.toDataURL()")
    choice.select_option("dim:3")
    expect(page.get_by_test_id("legend-bar")).to_contain_text("z03")
    until(page, f"document.querySelector('.map-points').toDataURL() !== {plain!r}")
    choice.select_option("distance")
    expect(page.get_by_test_id("legend-bar")).to_contain_text("Distance to your point")
    assert "colour=distance" in fragment(page)
    page.reload()
    ready(page)
    expect(page.get_by_test_id("map-colour")).to_have_value("distance")
    expect(page.get_by_test_id("legend-bar")).to_be_visible()


def test_categories_of_a_factor_are_picked_out_in_the_legend(page: Page, host: Host) -> None:
    visit(page, host, "&colour=factor:glasses", "faces-vae")
    ready(page)
    page.get_by_test_id("legend").get_by_role("button").first.click()
    expect(page.get_by_test_id("map-facts")).to_have_text(re.compile(r"^[\d,]+ of 2,000 points shown$"))
    assert "parts=" in fragment(page)
    page.get_by_test_id("map-colour").select_option("")
    expect(page.get_by_test_id("map-facts")).to_have_text("All 2,000 points shown")


def test_how_unusual_each_point_is_colours_the_map_once_it_is_measured(mapped: Page) -> None:
    mapped.get_by_test_id("map-colour").select_option("unusual")
    expect(mapped.get_by_test_id("legend-bar")).to_contain_text("How unusual", timeout=120_000)
    mapped.get_by_test_id("map-filter").fill("unusual > 90")
    expect(mapped.get_by_test_id("map-facts")).to_have_text(re.compile(r"^[\d,]+ of 10,000 points shown$"))


# Three dimensions


@pytest.fixture
def deep(page: Page, host: Host) -> Page:
    """A map in three dimensions."""
    visit(page, host, "&map=pca~~3")
    expect(page.get_by_test_id("map-facts")).to_have_text(ALL)
    page.wait_for_selector("[data-testid=map-current]:not([hidden])")
    settled(page)
    return page


def test_three_dimensions_are_turned_by_hand_and_keys_and_kept_in_the_address(deep: Page) -> None:
    x, y = mark(deep)
    draw(deep, [(0.1, 0.9), (0.4, 0.8)])
    until(deep, "location.hash.includes('turn=')")
    assert mark(deep) != (x, y)
    turned = fragment(deep)
    deep.get_by_test_id("map").focus()
    deep.keyboard.press("ArrowLeft")
    assert fragment(deep) != turned
    deep.get_by_test_id("map-fit").click()
    assert "turn=" not in fragment(deep)
    mark_comes(deep, x, y, within=1.5)


def test_in_three_dimensions_a_point_is_hovered_and_taken(deep: Page) -> None:
    before = settled(deep)
    box = board(deep)
    deep.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5, steps=3)
    expect(deep.get_by_test_id("map-tip")).to_be_visible()
    deep.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    changed(deep, before, by=1)
    assert "from=row:data:" in fragment(deep)
    deep.get_by_test_id("map").focus()
    deep.keyboard.press("Control+ArrowRight")
    expect(deep.get_by_test_id("map-tip")).to_be_visible()


def test_in_three_dimensions_the_point_is_dragged_too(deep: Page) -> None:
    before = settled(deep)
    x, y = mark(deep)
    deep.mouse.move(x, y)
    deep.mouse.down()
    deep.mouse.move(x + 60, y - 40, steps=8)
    deep.mouse.up()
    changed(deep, before)
    mark_comes(deep, x + 60, y - 40)


# Another map


def test_another_method_is_a_job_while_the_old_map_stays_and_back_is_undo(mapped: Page) -> None:
    mapped.get_by_test_id("map-method").focus()
    mapped.get_by_test_id("map-method").select_option("localmap")
    mapped.get_by_test_id("map-more").click()
    mapped.get_by_test_id("map-fit-open").click()
    dialog = mapped.get_by_test_id("map-fit-dialog")
    expect(dialog.get_by_role("heading")).to_contain_text("LocalMAP")
    dialog.get_by_role("slider").first.press("ArrowRight")
    dialog.get_by_test_id("fit-seed").fill("5")
    dialog.get_by_test_id("fit-go").click()
    expect(mapped.get_by_test_id("map-job")).to_be_visible()
    expect(mapped.get_by_test_id("map-current")).to_be_visible()
    assert "map=localmap" in fragment(mapped)
    mapped.get_by_test_id("map-job-cancel").click()
    expect(mapped.get_by_test_id("map-job")).to_be_hidden()
    assert "~5" not in fragment(mapped)


def test_a_standard_map_is_there_at_once_and_says_how_far_to_trust_it(mapped: Page) -> None:
    mapped.get_by_test_id("map-method").select_option("umap")
    until(mapped, "location.hash.includes('map=umap')")
    expect(mapped.get_by_test_id("map-trust")).not_to_contain_text("PCA")
    expect(mapped.get_by_test_id("map-trust")).not_to_be_empty()
    settled(mapped)
    before = settled(mapped)
    box = board(mapped)
    mapped.mouse.click(box["x"] + 0.02 * box["width"], box["y"] + 0.5 * box["height"])
    changed(mapped, before, by=1)


def test_undo_brings_back_the_set_and_what_was_chosen_of_it(page: Page, host: Host) -> None:
    visit(page, host, "", "fashion-gan-64")
    ready(page)
    page.get_by_test_id("map").focus()
    page.keyboard.press("Control+a")
    assert chosen(page) == 4_000
    page.get_by_test_id("map-more").click()
    page.get_by_test_id("map-set").select_option("samples")
    expect(page.get_by_test_id("map-facts")).to_have_text("All 4,000 points shown \u00b7 4,000 draws from the prior")
    expect(page.get_by_test_id("legend-bar")).to_contain_text("Points close by")  # samples have no classes
    assert "map=pca~samples" in fragment(page)
    page.keyboard.press("Escape")
    page.get_by_test_id("undo").click()
    assert chosen(page) == 4_000
    expect(page.get_by_test_id("legend")).to_contain_text("Ankle boot")
    assert chosen(page) == 4_000
    assert "map=" not in fragment(page)


def test_the_control_map_says_that_it_is_one(mapped: Page) -> None:
    mapped.get_by_test_id("map-more").click()
    mapped.get_by_test_id("map-control").check()
    expect(mapped.get_by_test_id("map-trust")).to_contain_text("shuffled", timeout=60_000)
    assert "map=pca~~~~1" in fragment(mapped)


# What is saved


@pytest.mark.parametrize(("kind", "start"), [("png", b"\x89PNG"), ("svg", b"<svg xmlns")])
def test_the_map_is_saved_with_its_title_and_legend(mapped: Page, kind: str, start: bytes) -> None:
    mapped.get_by_test_id("map-more").click()
    with mapped.expect_download() as saved:
        mapped.get_by_test_id(f"map-{kind}").click()
    content = saved.value.path().read_bytes()
    assert saved.value.suggested_filename == f"fashion-vae-16-pca.{kind}"
    assert content.startswith(start)
    assert len(content) > 20_000
    if kind == "svg":
        text = content.decode()
        assert "PCA of 10,000 points" in text
        assert "Ankle boot" in text
        assert text.count("h0") > 9000


def test_the_export_links_name_the_map(mapped: Page) -> None:
    mapped.get_by_test_id("map-more").click()
    for form in ("csv", "parquet", "npy"):
        link = mapped.get_by_test_id(f"map-export-{form}").get_attribute("href") or ""
        assert f"format={form}" in link
        assert "method=pca" in link
        assert "/sets/data/export" in link


# Calm


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_in_the_open_panel_and_in_three_dimensions(
    browser: Browser, host: Host, scheme: str, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 840}, color_scheme="dark" if scheme == "dark" else "light"
    )
    context.add_init_script(HIDE_HINT)
    page = visit(context.new_page(), host, "&colour=dim:3&map=pca~~3")
    if width < 700:
        page.locator("#sheet").click()
    expect(page.get_by_test_id("legend-bar")).to_be_visible()
    page.get_by_test_id("map-more").click()
    expect(page.get_by_test_id("map-more-panel")).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


@pytest.fixture
def complaints() -> list[str]:
    """Reading a canvas back is what these tests do."""
    return ["getImageData are faster with the willReadFrequently"]
