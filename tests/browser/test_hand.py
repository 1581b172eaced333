"""The slider column by hand: typed values, locks, draws from the posterior, and what the loss is spent on."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Route, expect

from models.latent.objective import kl
from tests.browser.conftest import PATIENCE_MS, changed, opened, pixels, settled, shows, wait_for
from tests.browser.host import Host
from tests.browser.test_exploring import first_slider


def dimension(page: Page, nth: int = 0) -> int:
    testid = page.locator("input[type=range][data-testid^=slider-]").nth(nth).get_attribute("data-testid")
    assert testid is not None
    return int(testid.removeprefix("slider-"))


def number(found: Locator) -> float:
    text = found.input_value() if found.evaluate("e => e.matches('input')") else found.inner_text()
    match = re.search(r"[+\u2212-]?\d+(\.\d+)?", text)
    assert match is not None, text
    return float(match[0].replace("\u2212", "-"))


def shown(page: Page) -> None:
    """Wait until what has changed is on the page: all drawing is done once a frame, or 8 ms later."""
    page.evaluate(
        """() => new Promise((done) =>
        setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 20))"""
    )


def value(page: Page, dim: int) -> float:
    shown(page)
    return float(page.get_by_test_id(f"slider-{dim}").input_value())


def values(page: Page) -> list[float]:
    shown(page)
    return [float(one.input_value()) for one in page.locator("input[data-testid^=slider-]").all()]


def type_into(page: Page, testid: str, text: str) -> None:
    field = page.get_by_test_id(testid)
    field.click()
    field.press_sequentially(text)
    field.press("Enter")


def take_example(page: Page, index: int = 3) -> None:
    page.get_by_test_id(f"example-{index}").click()
    expect(page.get_by_test_id("reconstruction")).to_be_visible()


def equation(page: Page, dim: int) -> tuple[float, float, float, float]:
    """z, mu, sigma and epsilon as they are written."""
    shown(page)
    z, mean, std, epsilon = (number(page.get_by_test_id(f"{name}-{dim}")) for name in ("z", "mean", "std", "epsilon"))
    return z, mean, std, epsilon


def test_a_value_is_typed_over_and_can_be_taken_back(page: Page) -> None:
    before = settled(page)
    dim = dimension(page)
    start = value(page, dim)
    type_into(page, f"value-{dim}", "\u22121,5")
    assert value(page, dim) == -1.5
    expect(page.get_by_test_id(f"value-{dim}")).to_have_value("-1.5")
    changed(page, before)
    page.keyboard.press("Tab")
    expect(page.get_by_test_id(f"value-{dim}")).to_have_value("\u22121.50")
    page.get_by_test_id("undo").click()
    assert value(page, dim) == pytest.approx(start, abs=1e-4)


@pytest.mark.parametrize("text", ["", "abc", "1e9", "--2", "1.2.3"])
def test_what_is_no_value_is_marked_and_leaves_the_point_where_it_is(page: Page, text: str) -> None:
    dim = dimension(page)
    start = values(page)
    field = page.get_by_test_id(f"value-{dim}")
    field.click()
    field.press("Delete")
    field.press_sequentially(text)
    expect(field).to_have_attribute("aria-invalid", "")
    field.press("Enter")
    expect(field).not_to_have_attribute("aria-invalid", "")
    assert values(page) == start
    field.press_sequentially("2")
    field.press("Escape")
    assert values(page) == start


def test_the_arrow_keys_move_by_a_hundredth_and_with_shift_by_a_thousandth(page: Page) -> None:
    dim = dimension(page)
    slider = page.get_by_test_id(f"slider-{dim}")
    low, high = slider.evaluate("e => [+e.min, +e.max]")
    for press in (slider.press, page.get_by_test_id(f"value-{dim}").press):
        start = value(page, dim)
        press("ArrowUp")
        assert value(page, dim) - start == pytest.approx(0.01 * (high - low), rel=1e-3)
        press("Shift+ArrowDown")
        assert value(page, dim) - start == pytest.approx(0.009 * (high - low), rel=1e-2)


def test_random_and_reset_leave_locked_dimensions_alone_and_a_link_keeps_the_lock(page: Page) -> None:
    dim, other = dimension(page), dimension(page, 1)
    type_into(page, f"value-{dim}", "0.5")
    page.get_by_test_id(f"lock-{dim}").click()
    expect(page.get_by_test_id(f"lock-{dim}")).to_have_attribute("aria-pressed", "true")
    before = settled(page)
    page.get_by_test_id("random").click()
    changed(page, before)
    assert value(page, dim) == 0.5
    page.get_by_test_id("reset").click()
    assert value(page, dim) == 0.5
    page.get_by_test_id(f"reset-{dim}").click()  # reset by name is meant
    assert value(page, dim) != 0.5
    expect(page).to_have_url(re.compile(f"locks={dim}"))
    page.reload()
    expect(page.get_by_test_id(f"lock-{dim}")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id(f"lock-{dim}").click()
    held, moved = value(page, dim), value(page, other)
    page.get_by_test_id("random").click()
    expect(page.get_by_test_id(f"slider-{other}")).not_to_have_value(str(moved))
    assert value(page, dim) != held


def test_without_a_picture_the_lenses_say_what_is_missing_and_other_models_have_none(page: Page) -> None:
    page.get_by_test_id("lens-draw").click()
    expect(page.get_by_test_id("lens-empty")).to_contain_text("Upload a picture")
    page.get_by_test_id("lens-loss").click()
    expect(page.get_by_test_id("lens-empty")).to_contain_text("what it costs")
    page.get_by_test_id("model-picker").click()
    page.get_by_test_id("model-fashion-ae-16").click()
    expect(page).to_have_url(re.compile("fashion-ae-16"))
    expect(page.get_by_test_id("lens-draw")).to_be_hidden()


def test_every_row_of_the_equation_adds_up_and_the_die_draws_by_its_seed(page: Page) -> None:
    take_example(page)
    page.get_by_test_id("lens-draw").click()
    dims = [dimension(page, nth) for nth in range(4)]
    for dim in dims:
        z, mean, _, epsilon = equation(page, dim)
        assert (z, epsilon) == (mean, 0)
    start = settled(page)
    page.get_by_test_id("draw-epsilon").click()
    changed(page, start)
    for dim in dims:
        z, mean, std, epsilon = equation(page, dim)
        assert z == pytest.approx(mean + std * epsilon, abs=0.03)
        assert epsilon != 0
    expect(page.get_by_test_id("draw-1")).to_have_attribute("aria-pressed", "true")
    first = values(page)
    page.get_by_test_id("draw-epsilon").click()
    expect(page.get_by_test_id("draw-seed")).to_have_value("3")
    expect(page.get_by_test_id("draw-1")).to_have_attribute("aria-pressed", "true")
    assert values(page) != first
    type_into(page, "draw-seed", "2")
    expect(page.locator(".origin")).to_have_text("Draw of \u03b5, seed 2")
    assert values(page) == first
    expect(page.get_by_test_id("draw-1")).to_have_attribute("aria-pressed", "true")  # the eight are of this seed
    page.get_by_test_id("draw-5").click()
    expect(page.get_by_test_id("draw-5")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id("draw-1")).to_have_attribute("aria-pressed", "false")
    assert values(page) != first
    page.get_by_test_id("as-encoded").click()
    shows(page, start)


def test_a_locked_dimension_keeps_its_noise_in_every_draw(page: Page) -> None:
    take_example(page)
    page.get_by_test_id("lens-draw").click()
    dim = dimension(page)
    page.get_by_test_id(f"lock-{dim}").click()
    held = value(page, dim)
    for _ in range(2):
        page.get_by_test_id("draw-epsilon").click()
        expect(page.get_by_test_id("draw-1")).to_have_attribute("aria-pressed", "true")
        page.get_by_test_id("draw-7").click()
        assert value(page, dim) == held
    assert equation(page, dim)[3] == 0


def test_mean_and_spread_are_dragged_and_typed_and_each_is_one_step_of_undo(page: Page) -> None:
    take_example(page)
    page.get_by_test_id("lens-draw").click()
    page.get_by_test_id("draw-epsilon").click()
    expect(page.get_by_test_id("draw-1")).to_have_attribute("aria-pressed", "true")
    dim = dimension(page)
    z, mean, std, epsilon = equation(page, dim)
    drag(page, f"mu-{dim}", 60)
    moved = equation(page, dim)
    assert moved[1] > mean + 0.3
    assert moved[2:] == pytest.approx((std, epsilon), abs=0.02)
    assert moved[0] == pytest.approx(moved[1] + moved[2] * moved[3], abs=0.03)
    page.get_by_test_id("undo").click()
    assert equation(page, dim) == (z, mean, std, epsilon)
    drag(page, page.locator(f"[data-testid=sigma-{dim}].high"), 40)
    wide = equation(page, dim)
    assert wide[2] > std + 0.3
    assert wide[1] == mean
    assert wide[3] == pytest.approx(epsilon, abs=0.02)
    page.locator(f"[data-testid=mu-{dim}]").dblclick()
    expect(page.get_by_test_id(f"std-{dim}")).to_have_value(f"{std:.2f}")
    type_into(page, f"mean-{dim}", "0.25")
    type_into(page, f"std-{dim}", "0.5")
    type_into(page, f"epsilon-{dim}", "-2")
    page.keyboard.press("Tab")
    assert equation(page, dim) == (-0.75, 0.25, 0.5, -2)
    assert value(page, dim) == pytest.approx(-0.75)
    page.get_by_test_id(f"slider-{dim}").fill("0.25")  # a slider changes epsilon, nothing else
    expect(page.get_by_test_id(f"epsilon-{dim}")).to_have_value("+0.00")


def drag(page: Page, found: str | Locator, by: float) -> None:
    box = (page.get_by_test_id(found) if isinstance(found, str) else found).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y, steps=6)
    page.mouse.up()


def test_another_picture_brings_another_posterior_into_the_hand(page: Page) -> None:
    take_example(page, 3)
    page.get_by_test_id("lens-draw").click()
    dim = dimension(page)
    type_into(page, f"mean-{dim}", "1.25")
    expect(page.get_by_test_id(f"mean-{dim}")).to_have_value("1.25")
    page.get_by_test_id("example-8").click()
    expect(page.get_by_test_id(f"mean-{dim}")).not_to_have_value(re.compile("1.25"))
    assert equation(page, dim)[3] == 0
    page.get_by_test_id("undo").click()
    expect(page.get_by_test_id(f"mean-{dim}")).to_have_value(re.compile("1.25"))


def test_a_dimension_that_is_switched_off_shows_what_its_nats_bought(page: Page) -> None:
    take_example(page)
    page.get_by_test_id("lens-loss").click()
    expect(page.get_by_test_id("loss-encoded")).to_have_text(re.compile("nats"))
    page.get_by_test_id("slider-more").click()
    dims = [dimension(page, nth) for nth in range(16)]
    for dim in dims:
        expect(page.get_by_test_id(f"bought-{dim}")).to_have_text(re.compile("nats"))
    before, whole = settled(page), number(page.get_by_test_id("loss-encoded"))
    paid = {dim: number(page.get_by_test_id(f"kl-{dim}")) for dim in dims}
    bought = {dim: number(page.get_by_test_id(f"bought-{dim}")) for dim in dims}
    dim = max(bought, key=lambda one: bought[one])
    page.get_by_test_id(f"switch-{dim}").click()
    expect(page.get_by_test_id(f"switch-{dim}")).to_have_attribute("aria-checked", "false")
    assert value(page, dim) == 0
    changed(page, before, by=3)
    expect(page.get_by_test_id("loss-told")).to_contain_text("nats more error")
    after = number(page.get_by_test_id("loss-now"))
    assert after - whole == pytest.approx(bought[dim] - paid[dim], abs=0.25)
    assert number(page.get_by_test_id(f"kl-{dim}")) == 0
    page.get_by_test_id("lens-move").click()
    expect(page.locator(".slider.off")).to_have_count(0)
    page.get_by_test_id("lens-loss").click()
    expect(page.locator(".slider.off")).to_have_count(1)
    page.get_by_test_id(f"switch-{dim}").click()
    shows(page, before)
    for each in dims:
        page.get_by_test_id(f"switch-{each}").click()
    expect(page.get_by_test_id("loss-told")).to_contain_text("Without 16 dimensions")
    error = page.locator(".loss-bar .stack").nth(1).get_attribute("aria-label")
    assert error is not None
    assert "KL 0.0 nats" in error
    page.get_by_test_id("as-encoded").click()
    expect(page.get_by_test_id("loss-told")).to_contain_text("Switch a dimension off")


def test_the_pages_kl_is_the_closed_form(page: Page) -> None:
    pairs = [(0.0, 1.0), (1.5, 1.0), (0.0, 0.3), (-2.0, 0.5), (0.7, 2.0)]
    module = page.evaluate("document.querySelector('link[rel=modulepreload][href$=\"/js/hand.js\"]').href")
    found = page.evaluate(
        "async ([module, pairs]) => { const { klOf } = await import(module); return pairs.map((p) => klOf(...p)); }",
        [module, pairs],
    )
    assert found == pytest.approx([float(kl(mean, std)) for mean, std in pairs])


def test_it_works_by_keyboard_alone(page: Page) -> None:
    take_example(page)
    page.get_by_test_id("lens-draw").focus()
    page.keyboard.press("Enter")
    page.get_by_test_id("draw-epsilon").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("draw-1")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("draw-3").focus()
    page.keyboard.press("Space")
    expect(page.get_by_test_id("draw-3")).to_have_attribute("aria-pressed", "true")
    dim = dimension(page)
    start = equation(page, dim)
    page.get_by_test_id(f"mean-{dim}").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Tab")
    assert equation(page, dim)[1] == pytest.approx(start[1] + 0.11, abs=0.011)
    page.get_by_test_id("lens-loss").focus()
    page.keyboard.press("Enter")
    page.get_by_test_id(f"switch-{dim}").focus()
    page.keyboard.press("Space")
    expect(page.get_by_test_id(f"switch-{dim}")).to_have_attribute("aria-checked", "false")


COUNTING = """
window.underway = 0;
window.strips = [];
const { send } = WebSocket.prototype;
WebSocket.prototype.send = function (frame) {
  // A frame that only says how unusual the point is answers none that was sent: it holds no picture.
  const received = ({ data }) => { if (data.byteLength > 200) window.underway -= 1; };
  if (!this.counted) this.addEventListener('message', received);
  this.counted = true;
  window.underway += 1;
  return send.call(this, frame);
};
const { fetch } = window;
window.fetch = (address, options) => {
  if (String(address).endsWith('/traverse')) window.strips.push({ underway: window.underway, moving: window.moving });
  return fetch(address, options);
};
"""
MOVING = """async ([slider, ms]) => {
  const low = Number(slider.min), high = Number(slider.max), end = performance.now() + ms;
  window.moving = true;
  const enough = () => performance.now() > end && window.strips.some((strip) => strip.moving);
  for (let i = 0; performance.now() < end + 26_000 && !enough(); i++) {
    slider.value = String(low + (high - low) * (0.5 + 0.45 * Math.sin(i / 9)));
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise((done) => setTimeout(done, 20));
  }
  window.moving = false;
}"""


def test_film_strips_follow_a_moving_hand_but_never_ask_while_a_frame_is_under_way(
    browser: Browser, host: Host
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(COUNTING)
    page = opened(context, host)
    expect(page.locator(".filmstrip.drawn").nth(8)).to_be_attached()
    expect(page.get_by_test_id("map-facts")).to_contain_text("10,000 points")
    settled(page)
    strip = "e => [...e.getContext('2d').getImageData(0, 0, e.width, e.height).data]"
    other = page.locator(".slider-list li:nth-child(3) canvas")
    before = other.evaluate(strip)
    page.evaluate("window.strips.length = 0")
    slider = page.get_by_test_id(first_slider(page)).element_handle()
    page.evaluate(MOVING, [slider, 4000])
    moving = [each for each in page.evaluate("window.strips") if each["moving"]]
    assert 1 <= len(moving) <= 4000 / 80  # a row now and then
    settled(page, 1500)
    asked, after = page.evaluate("window.strips"), other.evaluate(strip)
    context.close()
    assert len(asked) > len(moving)  # the rest, once the hand is still
    assert {each["underway"] for each in asked} == {0}
    assert after != before


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_violation_under_either_lens(browser: Browser, host: Host, width: int, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = opened(context, host)
    page.get_by_test_id("hint-dismiss").click()
    found = []
    for lens in ("draw", "loss"):
        page.get_by_test_id(f"lens-{lens}").click()
        found += Axe().run(page).response["violations"]
    take_example(page)
    expect(page.get_by_test_id("loss-encoded")).to_have_text(re.compile("nats"))
    page.get_by_test_id(f"lock-{dimension(page)}").click()
    page.get_by_test_id(f"switch-{dimension(page, 1)}").click()
    settled(page)
    found += Axe().run(page).response["violations"]
    page.get_by_test_id("lens-draw").click()
    expect(page.get_by_test_id("draw-8")).to_be_enabled()
    found += Axe().run(page).response["violations"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


def test_nothing_moves_when_a_dimension_is_switched_or_noise_is_drawn(page: Page) -> None:
    take_example(page)
    for lens, control in (("loss", f"switch-{dimension(page, 1)}"), ("draw", "draw-epsilon")):
        page.get_by_test_id(f"lens-{lens}").click()
        page.wait_for_timeout(800)
        before = page.get_by_test_id(f"slider-{dimension(page, 1)}").bounding_box()
        page.get_by_test_id(control).click()
        page.wait_for_timeout(1200)
        assert page.get_by_test_id(f"slider-{dimension(page, 1)}").bounding_box() == before
    assert pixels(page)


def test_a_point_that_is_not_near_the_picture_is_named_and_a_draw_keeps_its_name(page: Page) -> None:
    take_example(page)
    page.get_by_test_id("lens-draw").click()
    page.get_by_test_id("draw-epsilon").click()
    expect(page.locator(".origin")).to_have_text("Draw of \u03b5, seed 2")
    expect(page.get_by_test_id("draws-back")).not_to_be_visible()
    type_into(page, f"epsilon-{dimension(page)}", "9")
    expect(page.get_by_test_id("draws-away")).to_contain_text("\u03b5 is up to 9.0")
    page.get_by_test_id("draws-back").click()
    expect(page.get_by_test_id("draws-back")).not_to_be_visible()
    expect(page.locator(".origin")).to_have_text("Example")


def test_nothing_moves_when_what_a_picture_costs_arrives_late(page: Page) -> None:
    take_example(page)
    held: list[Route] = []
    page.route("**/loss", lambda route: held.append(route))
    page.get_by_test_id("lens-loss").click()
    slider = page.get_by_test_id(f"slider-{dimension(page, 1)}")
    expect(page.get_by_test_id("as-encoded")).to_be_visible()
    wait_for(page, lambda: bool(held), "what the picture costs was not asked for")
    before = slider.bounding_box()
    expect(page.get_by_test_id("loss-encoded")).to_have_text("")
    for _ in range(PATIENCE_MS // 50):  # each answer brings the next question
        while held:
            held.pop().continue_()
        page.wait_for_timeout(50)
        if page.get_by_test_id("loss-told").inner_text():
            break
    expect(page.get_by_test_id(f"bought-{dimension(page)}")).to_contain_text("nats")
    assert slider.bounding_box() == before
