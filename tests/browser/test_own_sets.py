"""A person's own pictures: added from a zip or a folder, gone on with after a break, listed, deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import drawn, opened, settled, until
from tests.browser.host import Host, serving
from tests.unit.archives import packed, pictures, png, written

LONG_MS = 180_000  # encoding runs behind everything else on the machine
TOKENS = {
    "LATENT_EXPLORER_VIEWER_TOKEN": "viewer-token-of-the-test",
    "LATENT_EXPLORER_OWNER_TOKEN": "owner-token-of-the-test",
}


@pytest.fixture
def dialog(page: Page, host: Host) -> Iterator[Page]:
    """The page with the dialog open; what a test adds goes with it."""
    page.get_by_test_id("add-pictures").click()
    expect(page.get_by_test_id("own-kept")).to_contain_text("until you delete it")
    yield page
    # The page goes first: one that still asks for what is being deleted complains, and it would be right to.
    page.goto("about:blank")
    at = f"{host.address}api/models/fashion-vae-16/sets"
    kept = page.request.get(at).json()
    for one in [*(each for each in kept["sets"] if each["own"]), *kept["unfinished"]]:
        assert page.request.delete(f"{at}/{one['name']}").ok


def archive(folder: Path, name: str, files: dict[str, bytes]) -> Path:
    return written(folder / name, packed(files))


def names_of_sets(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        """async () => (await (await fetch('/api/models/fashion-vae-16/sets')).json()).sets.map(({ name }) => name)"""
    )
    return found


def test_a_zip_is_added_listed_and_deleted(dialog: Page, tmp_path: Path) -> None:
    page = dialog
    expect(page.get_by_test_id("own-add")).to_be_disabled()
    files = pictures(30, "cat/") | pictures(20, "dog/") | {"cat/broken.png": png()[:50], "notes.txt": b"words"}
    page.get_by_test_id("own-zip-input").set_input_files(archive(tmp_path, "My_pets.zip", files))
    expect(page.get_by_test_id("own-choice")).to_contain_text("My_pets.zip")
    expect(page.get_by_test_id("own-name")).to_have_value("My pets")
    expect(page.get_by_test_id("own-add")).to_be_focused()
    page.keyboard.press("Enter")
    row = page.get_by_test_id("own-set")
    expect(row).to_contain_text("50 pictures")
    expect(row).to_contain_text("2 classes")
    expect(page.get_by_test_id("own-ready")).to_contain_text(
        "\u201cMy pets\u201d is ready: 50 pictures. 2 files were skipped."
    )
    row.locator("summary").click()
    expect(page.get_by_test_id("own-skipped")).to_contain_text("cat/broken.png")
    expect(page.get_by_test_id("own-skipped")).to_contain_text("This file is not a picture.")
    assert names_of_sets(page) == ["data", "my-pets"]
    expect(page.get_by_test_id("own-name")).to_have_value("")

    row.get_by_test_id("own-delete").click()
    expect(row.get_by_test_id("own-delete-no")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row.get_by_test_id("own-delete")).to_be_focused()
    page.keyboard.press("Enter")
    row.get_by_test_id("own-delete-yes").click()
    expect(row).to_have_count(0)
    assert names_of_sets(page) == ["data"]
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("own-dialog")).to_be_hidden()
    expect(page.get_by_test_id("add-pictures")).to_be_focused()


def test_a_small_set_is_offered_no_map_that_needs_more_points(dialog: Page, tmp_path: Path) -> None:
    page = dialog
    page.get_by_test_id("own-zip-input").set_input_files(archive(tmp_path, "Few.zip", pictures(12)))
    page.get_by_test_id("own-add").click()
    page.get_by_test_id("own-show").click()
    expect(page.get_by_test_id("map-facts")).to_contain_text("12 points")
    page.get_by_test_id("map-method").focus()
    expect(page.locator("[data-testid=map-method] option[value=umap]")).to_have_text("UMAP (too few points)")
    expect(page.locator("[data-testid=map-method] option[value=umap]")).to_be_disabled()
    expect(page.locator("[data-testid=map-method] option[value=pca]")).to_be_enabled()


def test_a_set_is_shown_on_the_map_and_a_link_to_one_that_is_gone_says_so(dialog: Page, tmp_path: Path) -> None:
    page = dialog
    page.get_by_test_id("own-zip-input").set_input_files(archive(tmp_path, "Mine.zip", pictures(40)))
    page.get_by_test_id("own-add").click()
    page.get_by_test_id("own-show").click()
    expect(page.get_by_test_id("own-dialog")).to_be_hidden()
    expect(page.get_by_test_id("map-facts")).to_have_text("All 40 points shown \u00b7 Mine")
    until(page, "location.hash.includes('map=pca~mine')")
    settled(page)  # nothing of the set is under way any more
    address = page.url
    page.get_by_test_id("add-pictures").click()
    page.get_by_test_id("own-delete").click()
    page.get_by_test_id("own-delete-yes").click()
    expect(page.get_by_test_id("own-set")).to_have_count(0)
    expect(page.get_by_test_id("map-facts")).to_contain_text("10,000 points")
    page.goto("about:blank")
    page.goto(address)
    drawn(page)
    expect(page.locator("#banner")).to_contain_text(
        "The set \u201cmine\u201d that this link shows is not here any more"
    )
    expect(page.get_by_test_id("map-facts")).to_contain_text("10,000 points")


def test_a_folder_comes_with_its_table(dialog: Page, tmp_path: Path) -> None:
    page = dialog
    folder = tmp_path / "holiday"
    for name, content in pictures(450, "a/").items():  # three batches
        written(folder / name, content)
    written(folder / "labels.csv", b"file,label,age\n0000.png,x,1\n0001.png,y,2\n")
    written(folder / "film.mp4", b"x" * 5000)
    written(folder / ".hidden.png", png())
    page.get_by_test_id("own-folder-input").set_input_files(folder)
    expect(page.get_by_test_id("own-choice")).to_contain_text("holiday \u00b7 450 pictures")
    expect(page.get_by_test_id("own-choice")).to_contain_text("1 other file left out")
    expect(page.get_by_test_id("own-labels")).to_have_text("labels.csv")
    page.get_by_test_id("own-name").fill("At the sea")
    page.get_by_test_id("own-add").click()
    expect(page.get_by_test_id("own-set")).to_contain_text("450 pictures")
    expect(page.get_by_test_id("own-set")).to_contain_text("448 without a label")
    found = page.evaluate(
        "async () => (await (await fetch('/api/models/fashion-vae-16/sets')).json()).sets.find(({ own }) => own)"
    )
    assert (found["name"], found["classes"], found["factors"][0]["name"]) == ("at-the-sea", ["x", "y"], "age")


def test_what_was_dropped_on_the_dialog_is_taken_and_not_the_stage(dialog: Page) -> None:
    page = dialog
    drop = """(type) => { const t = new DataTransfer();
      t.items.add(new File([new Uint8Array([80, 75, 5, 6, ...new Array(18).fill(0)])], 'dropped.zip'));
      document.querySelector('.own-drop').dispatchEvent(
        new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: t })); }"""
    page.evaluate(drop, "dragover")
    expect(page.locator(".own-drop")).to_have_class(re.compile("over"))
    expect(page.locator(".veil")).to_be_hidden()
    page.evaluate(drop, "drop")
    expect(page.get_by_test_id("own-choice")).to_contain_text("dropped.zip")
    page.get_by_test_id("own-add").click()  # it is empty
    expect(page.get_by_test_id("own-job-words")).to_contain_text("There is no file in this archive")


def test_wrong_choices_are_told(dialog: Page, tmp_path: Path, complaints: list[str]) -> None:
    page, problem = dialog, dialog.get_by_test_id("own-problem")
    complaints.append("the server responded with a status of")
    page.get_by_test_id("own-zip-input").set_input_files(written(tmp_path / "a.txt", b"words"))
    expect(problem).to_have_text("This is not a zip archive.")
    (tmp_path / "empty").mkdir()
    written(tmp_path / "empty" / "words.txt", b"words")
    page.get_by_test_id("own-folder-input").set_input_files(tmp_path / "empty")
    expect(problem).to_have_text("There is no picture in this folder.")
    page.get_by_test_id("own-zip-input").set_input_files(written(tmp_path / "fake.zip", b"words"))
    expect(problem).to_be_hidden()
    page.get_by_test_id("own-add").click()
    expect(problem).to_contain_text("not a zip archive")
    page.get_by_test_id("own-zip-input").set_input_files(archive(tmp_path, "data.zip", pictures(2)))
    page.get_by_test_id("own-add").click()
    expect(problem).to_contain_text("There is a set called data already")
    page.get_by_test_id("own-name").fill("Mine")
    page.get_by_test_id("own-labels-input").set_input_files(written(tmp_path / "l.csv", b"no,table\n"))
    page.get_by_test_id("own-add").click()
    expect(problem).to_contain_text("its first line must be file,label")
    page.get_by_role("button", name="Without labels").click()
    page.get_by_test_id("own-add").click()
    expect(page.get_by_test_id("own-list")).to_contain_text("2 pictures")


def test_sending_goes_on_after_a_break(dialog: Page, tmp_path: Path, complaints: list[str]) -> None:
    page = dialog
    complaints.append("ERR_FAILED")
    complaints.append("failed: ")
    chosen = archive(tmp_path, "large.zip", pictures(3) | {"filler.bin": b"x" * 20 * 2**20})
    sent: list[str] = []

    def second_fails(route: Route) -> None:
        sent.append(route.request.url)
        if len(sent) == 2:
            route.abort()
        else:
            route.continue_()

    page.route("**/archive?offset=*", second_fails)
    page.get_by_test_id("own-zip-input").set_input_files(chosen)
    page.get_by_test_id("own-add").click()
    expect(page.get_by_test_id("own-problem")).to_contain_text("could not read these files any more")
    expect(page.get_by_test_id("own-set")).to_contain_text("39% of large.zip has arrived")
    page.unroute("**/archive?offset=*")
    page.reload()
    drawn(page)
    page.get_by_test_id("add-pictures").click()
    other = archive(tmp_path, "other.zip", pictures(3))
    go_on = page.get_by_test_id("own-go-on")
    expect(go_on).to_have_text("Choose large.zip again\u2026")
    with page.expect_file_chooser() as chooser:
        go_on.click()
    chooser.value.set_files(other)
    expect(page.get_by_test_id("own-problem")).to_contain_text("Choose just that to go on")
    with page.expect_file_chooser() as chooser:
        go_on.click()
    with page.expect_request("**/archive?offset=8388608"):
        chooser.value.set_files(chosen)
    expect(page.get_by_test_id("own-set")).to_contain_text("3 pictures")


def test_encoding_goes_on_while_the_page_is_reloaded_and_after_cancelling(dialog: Page, tmp_path: Path) -> None:
    page = dialog
    # Large ones: small ones are all encoded before the page has come again.
    page.get_by_test_id("own-zip-input").set_input_files(archive(tmp_path, "many.zip", pictures(3000, side=700)))
    page.get_by_test_id("own-add").click()
    expect(page.get_by_test_id("own-job-words")).to_contain_text("of 3,000 pictures")
    page.reload()
    drawn(page)
    page.get_by_test_id("add-pictures").click()
    expect(page.get_by_test_id("own-job-words")).to_contain_text(
        re.compile(r"[1-9],\d\d\d of 3,000 pictures"), timeout=LONG_MS
    )
    page.get_by_test_id("own-job-cancel").click()
    expect(page.get_by_test_id("own-set")).to_contain_text(
        re.compile(r"Stopped: \d,000 pictures are encoded"), timeout=LONG_MS
    )
    page.get_by_test_id("own-go-on").click()
    expect(page.get_by_test_id("own-set")).to_contain_text("3,000 pictures", timeout=LONG_MS)
    expect(page.get_by_test_id("own-add")).to_be_disabled()


def test_a_viewer_sees_and_does_not_add(browser: Browser) -> None:
    with serving(TOKENS) as host:
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.goto(f"{host.address}?token=viewer-token-of-the-test#v=1&model=fashion-vae-16")
        drawn(page)
        page.get_by_test_id("hint-dismiss").click()
        page.get_by_test_id("add-pictures").click()
        expect(page.get_by_test_id("own-refusal")).to_contain_text("Only the owner")
        expect(page.get_by_test_id("own-add")).to_be_hidden()
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_in_the_dialog(browser: Browser, host: Host, tmp_path: Path, scheme: str, width: int) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = opened(context, host)
    page.evaluate("document.dispatchEvent(new CustomEvent('add-pictures'))")
    page.get_by_test_id("own-zip-input").set_input_files(
        archive(tmp_path, f"{scheme}.zip", pictures(3) | {"a.txt": b"x"})
    )
    page.get_by_test_id("own-add").click()
    row = page.get_by_test_id("own-set").filter(has_text=scheme)
    expect(row).to_contain_text("3 pictures")
    row.locator("summary").click()
    expect(row.get_by_test_id("own-skipped")).to_contain_text("a.txt")
    row.get_by_test_id("own-delete").click()
    until(
        page, "document.querySelector('.own-dialog').scrollWidth <= document.querySelector('.own-dialog').clientWidth"
    )
    found = Axe().run(page).response["violations"]
    row.get_by_test_id("own-delete-yes").click()
    expect(row).to_have_count(0)
    context.close()
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
