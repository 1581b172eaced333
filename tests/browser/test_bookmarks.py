"""Bookmarks: kept with their picture, found again after a restart, handed on as a file, deleted with a way back."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import changed, drawn, opened, settled, shows, until
from tests.browser.find_browser import find
from tests.browser.host import FLAGS, Host

NAMES = ".bookmark-name"

COUNT = """() => new Promise((done) => {
  const request = indexedDB.open('latent-explorer-bookmarks');
  request.onsuccess = () => {
    const count = request.result.transaction('bookmarks').objectStore('bookmarks').count();
    count.onsuccess = () => { request.result.close(); done(count.result); };
  };
})"""


def written(page: Page, wanted: int) -> None:
    """Wait until the browser holds so many: a reload may come before a change has been written."""
    until(page, COUNT, wanted)


def keep(page: Page, example: int) -> list[int]:
    """Take an example and bookmark it; its picture."""
    before = settled(page)
    page.get_by_test_id(f"example-{example}").click()
    shown = changed(page, before)
    count = page.locator(".bookmark").count()
    page.keyboard.press("b")
    expect(page.locator(".bookmark")).to_have_count(count + 1)
    return shown


def act(page: Page, row: int, words: str) -> None:
    """Choose something from a bookmark's menu."""
    page.get_by_test_id("bookmark-more").nth(row).click()
    page.get_by_role("menuitem", name=words).click()


def first_picture(page: Page) -> Locator:
    return page.locator("img.bookmark-picture").first


def exported(page: Page, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.get_by_test_id("bookmarks-export").click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_a_bookmark_goes_back_to_its_point_in_one_step_of_undo(page: Page) -> None:
    page.get_by_test_id("bookmarks-button").click()
    expect(page.get_by_text("A bookmark keeps a point")).to_be_visible()
    trouser = keep(page, 1)
    bag = keep(page, 8)
    expect(page.locator(NAMES)).to_have_text([re.compile("Bag"), re.compile("Trouser")])
    expect(first_picture(page)).to_be_visible()
    page.get_by_test_id("bookmark-go").nth(1).click()
    shows(page, trouser)
    expect(page.get_by_test_id("bookmark-go").nth(1)).to_have_attribute("aria-current", "true")
    page.get_by_test_id("undo").click()
    shows(page, bag)
    page.keyboard.press("b")
    expect(page.locator("#notice")).to_contain_text("already")
    expect(page.locator(".bookmark")).to_have_count(2)


def test_bookmarks_survive_a_restart_of_the_browser(host: Host, browser: Browser, tmp_path: Path) -> None:
    for visit in range(2):
        context = browser.browser_type.launch_persistent_context(
            tmp_path / "profile", executable_path=find(), args=FLAGS
        )
        page = opened(context, host)
        page.get_by_test_id("bookmarks-button").click()
        if visit == 0:
            keep(page, 5)
            written(page, 1)
        else:
            expect(page.locator(NAMES)).to_have_text([re.compile("Sandal")])
            assert first_picture(page).evaluate("e => e.decode().then(() => e.naturalWidth)") == 28
        context.close()


def test_a_file_brings_them_to_another_browser_and_names_the_models_version(
    page: Page, browser: Browser, host: Host, tmp_path: Path
) -> None:
    page.get_by_test_id("bookmarks-button").click()
    shown = keep(page, 9)
    path = exported(page, tmp_path)
    document = json.loads(path.read_text(encoding="utf-8"))
    (entry,) = document["bookmarks"]
    version = page.evaluate("fetch('/api/models/fashion-vae-16').then((answer) => answer.json())")["hash"]
    assert (entry["model"], entry["hash"], len(entry["latent"])) == ("fashion-vae-16", version, 16)

    context = browser.new_context(viewport={"width": 1280, "height": 800})
    other = opened(context, host)
    other.get_by_test_id("hint-dismiss").click()
    other.get_by_test_id("bookmarks-button").click()
    other.get_by_test_id("bookmarks-input").set_input_files(path)
    expect(first_picture(other)).to_be_visible()  # drawn anew: the file holds none
    before = settled(other)
    other.get_by_test_id("bookmark-go").click()
    changed(other, before)
    shows(other, shown)
    other.get_by_test_id("bookmarks-input").set_input_files(path)
    expect(other.locator("#notice")).to_contain_text("1 was here already")
    expect(other.locator(".bookmark")).to_have_count(1)
    context.close()


def test_another_version_and_a_missing_model_are_said(page: Page, tmp_path: Path) -> None:
    page.get_by_test_id("bookmarks-button").click()
    keep(page, 6)
    path = exported(page, tmp_path)
    document = json.loads(path.read_text(encoding="utf-8"))
    (entry,) = document["bookmarks"]
    document["bookmarks"] = [
        entry | {"name": "old", "hash": "0" * 16},
        entry | {"name": "foreign", "model": "nobody-has-it", "title": "Nobody has it"},
    ]
    path.write_text(json.dumps(document), encoding="utf-8")
    page.get_by_test_id("bookmarks-input").set_input_files(path)
    old = page.locator(".bookmark", has=page.get_by_text("old", exact=True))
    foreign = page.locator(".bookmark", has=page.get_by_text("foreign", exact=True))
    expect(old).to_contain_text("Made with another version")
    expect(foreign).to_contain_text("does not have this model")
    foreign.get_by_test_id("bookmark-go").dispatch_event("click")  # it is marked as disabled, and says why
    expect(page.locator("#notice")).to_contain_text("does not have the model Nobody has it")
    old.get_by_test_id("bookmark-go").click()
    expect(page.locator("#notice")).to_contain_text("another version")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "no file of bookmarks"),
        ('{"format": "latent-explorer-bookmarks", "version": 9, "bookmarks": []}', "newer version"),
        (
            '{"format": "latent-explorer-bookmarks", "version": 1, "bookmarks": [{}]}',
            "bookmark 1 of the file names no model",
        ),
        (
            '{"format": "latent-explorer-bookmarks", "version": 1, "bookmarks": '
            '[{"model": "x", "hash": "0123456789abcdef", "latent": [1, null]}]}',
            "bookmark 1 of the file has no latent",
        ),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(page: Page, tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "file.json"
    path.write_text(content, encoding="utf-8")
    page.get_by_test_id("bookmarks-button").click()
    page.get_by_test_id("bookmarks-input").set_input_files(path)
    expect(page.locator("#notice")).to_contain_text(words)
    expect(page.locator(".bookmark")).to_have_count(0)


def test_a_name_is_changed_and_a_deleted_one_comes_back(page: Page) -> None:
    page.get_by_test_id("bookmarks-button").click()
    keep(page, 2)
    keep(page, 4)
    act(page, 0, "Rename")
    page.keyboard.type("The coat")
    page.keyboard.press("Enter")
    expect(page.locator(NAMES).first).to_have_text("The coat")
    expect(page.get_by_test_id("bookmark-more").first).to_be_focused()
    act(page, 0, "Rename")
    page.keyboard.type("not this")
    page.keyboard.press("Escape")
    expect(page.locator(NAMES).first).to_have_text("The coat")
    expect(page.get_by_test_id("bookmarks")).to_be_visible()  # that Escape was the name's

    act(page, 0, "Delete")
    expect(page.locator(NAMES)).to_have_count(1)
    expect(page.get_by_test_id("bookmark-undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(NAMES)).to_have_text(["The coat", re.compile("Pullover")])
    act(page, 0, "Delete")
    written(page, 1)
    page.reload()
    drawn(page)
    page.get_by_test_id("bookmarks-button").click()
    expect(page.locator(NAMES)).to_have_count(1)


def test_a_bookmark_is_kept_as_a_and_leads_to_another_model_and_back(page: Page, host: Host) -> None:
    page.get_by_test_id("bookmarks-button").click()
    bag = keep(page, 8)
    act(page, 0, "Keep in slot A")
    expect(page.get_by_test_id("slot-a")).to_be_enabled()
    written(page, 1)
    page.goto(f"{host.address}#v=1&model=fashion-ae-16")
    page.reload()
    drawn(page)
    before = settled(page)
    page.get_by_test_id("bookmarks-button").click()
    page.get_by_test_id("bookmark-more").click()
    expect(page.get_by_role("menuitem")).to_have_text(["Rename", "Delete"])  # a point of another model is no end here
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("bookmarks")).to_be_visible()
    page.get_by_test_id("bookmark-go").click()
    expect(page).to_have_url(re.compile("fashion-vae-16"))
    changed(page, before)
    shows(page, bag)


def test_without_indexeddb_they_last_as_long_as_the_page_and_it_says_so(browser: Browser, host: Host) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script("indexedDB.open = () => { throw new Error('refused') }")
    page = opened(context, host)
    page.get_by_test_id("hint-dismiss").click()
    page.keyboard.press("b")
    expect(page.locator("#notice")).to_contain_text("until this page closes")
    page.get_by_test_id("bookmarks-button").click()
    expect(page.locator(NAMES)).to_have_count(1)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_violation_in_the_drawer(browser: Browser, host: Host, width: int, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = opened(context, host)
    page.get_by_test_id("hint-dismiss").click()
    page.get_by_test_id("bookmarks-button").click()
    found = list(Axe().run(page).response["violations"])
    page.get_by_test_id("bookmark-here").click()
    expect(page.locator(NAMES)).to_have_count(1)
    page.get_by_test_id("bookmark-more").click()
    found += Axe().run(page).response["violations"]
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.get_by_test_id("bookmark-undo")).to_be_focused()
    found += Axe().run(page).response["violations"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
