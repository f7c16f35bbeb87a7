"""Whatever is dropped or pasted gets an answer, and nothing of it is fetched from elsewhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.test_several import drop_from_the_system
from tests.conftest import EXAMPLES

GIVE = """
([way, holds]) => {
  const transfer = new DataTransfer();
  for (const [type, text] of Object.entries(holds)) transfer.setData(type, text);
  const told = { bubbles: true, cancelable: true };
  if (way === "paste") {
    document.body.dispatchEvent(new ClipboardEvent("paste", { ...told, clipboardData: transfer }));
    return true;
  }
  const over = new DragEvent("dragover", { ...told, dataTransfer: transfer });
  document.body.dispatchEvent(over);
  document.body.dispatchEvent(new DragEvent("drop", { ...told, dataTransfer: transfer }));
  return over.defaultPrevented;
}
"""
"""As from another program, or from a page of another site; whether the browser leaves it to the page."""

SHUT = """
() => {
  const createReader = () => ({ readEntries: (_, no) => no(new DOMException("", "NotReadableError")) });
  DataTransferItem.prototype.webkitGetAsEntry = () => ({ isDirectory: true, name: "shut", createReader });
}
"""

LINK = "https://example.org/cat.jpg"
IS_LINK, IS_TEXT = "That is a link, not a photo.", "That is text, not a photo."
FROM_A_PAGE = {"text/uri-list": LINK, "text/html": f'<img src="{LINK}">', "text/plain": LINK}


@pytest.mark.parametrize(
    ("way", "holds", "said"),
    [
        ("drop", FROM_A_PAGE, IS_LINK),
        pytest.param("paste", {"text/plain": f" {LINK}\n"}, IS_LINK, marks=pytest.mark.slow),
        ("paste", {"text/plain": "Milk, eggs: 12"}, IS_TEXT),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (
                ("drop", {"text/uri-list": LINK}, IS_LINK),
                ("drop", {"text/html": f'<p><img src="{LINK}"></p>'}, IS_LINK),
                ("drop", {"text/plain": "Milk, eggs"}, IS_TEXT),
                ("paste", {"text/plain": "file:///home/me/cat.jpg"}, IS_LINK),
                ("paste", {"application/x-own": "something"}, "There is no photo in it."),
                ("drop", {}, "There is no photo in it."),
            )
        ),
    ],
)
def test_a_link_and_text_are_called_what_they_are_and_nothing_is_fetched(site, visit, way, holds, said):
    visitor = visit(site)
    assert visitor.page.evaluate(GIVE, [way, holds]), "or the browser would go to it"
    expect(visitor.page.locator(".toast p")).to_contain_text(said)
    expect(visitor.page.locator(".toast .hint")).not_to_be_empty()
    visitor.see_layer("empty")
    assert not [url for url in visitor.requests if "/api/photos" in url]  # and none went elsewhere, as for all tests


def test_text_is_pasted_into_a_field(own_site, visit):
    visitor = visit(own_site)
    own_site.ask(EXAMPLES / "coffee.png", model="draft", width=256, height=256, frames=4)
    search = visitor.page.locator("#search")
    visitor.page.evaluate("document.querySelector('.search').hidden = false")
    search.focus()
    paste = "field => field.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true }))"
    assert search.evaluate(paste), "it is left to the field"
    expect(visitor.page.locator(".toast")).to_have_count(0)


def test_files_that_are_no_photo_are_named_with_what_to_do(site, visit, tmp_path):
    visitor = visit(site, trouble=True)
    empty, notes, gone = tmp_path / "empty.jpg", tmp_path / "notes.txt", tmp_path / "gone.jpg"
    empty.touch()
    notes.write_text("Milk, eggs " * 9, "utf-8")
    said = {
        empty: "empty.jpg is empty.",
        notes: "notes.txt is a text file, not a photo VideoAi can read.",
        gone: "gone.jpg can't be opened.",
    }
    for path, sentence in said.items():
        if path == gone:
            path.write_bytes((EXAMPLES / "rocket.jpg").read_bytes())
            visitor.page.evaluate("File.prototype.slice = () => ({ arrayBuffer: () => Promise.reject(new Error()) })")
        drop_from_the_system(visitor, path)
        toast = visitor.page.locator(".toast").filter(has_text=sentence)
        expect(toast.locator(".hint")).not_to_be_empty()
        visitor.see_layer("empty")


def test_folders_without_a_photo_and_those_that_cannot_be_opened_are_told_apart(site, visit, tmp_path):
    visitor = visit(site)
    bare, shut = tmp_path / "bare", tmp_path / "shut"
    for folder in (bare, shut):
        folder.mkdir()
    drop_from_the_system(visitor, bare)
    expect(visitor.page.locator(".toast")).to_contain_text("There is no photo in this folder.")
    visitor.page.evaluate(SHUT)  # as the tests may run as root, whom no permission keeps out
    drop_from_the_system(visitor, shut)
    toast = visitor.page.locator(".toast").filter(has_text="shut can't be opened.")
    expect(toast.locator(".hint")).not_to_be_empty()
