"""Puts the pages of the site together, as Sphinx takes them."""

import os
import shutil
from functools import partial
from pathlib import Path, PurePosixPath

from docs.site.command_line import command_line_page
from docs.site.links import Link, headings_of, links_of, prose_of, replace_links
from docs.site.pages import INDEX, LISTS, MADE, NAMES, STUDIES, files, pages, place_of
from docs.site.python import python_page
from docs.site.studies import studies_page

HERE_COME_MADE_PAGES = "<!-- pages made from the code -->"


def assemble(folder: Path) -> None:
    """Write all pages, with links that hold there, and all pictures and tables into a folder, which
    is emptied before."""
    shutil.rmtree(folder, ignore_errors=True)
    made = {
        "reference/command-line.md": command_line_page(),
        "reference/python.md": python_page(),
        STUDIES: studies_page(),
    }
    for place, text in {**site_pages(), **made}.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for place, path in files().items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / place)


def site_pages() -> dict[str, str]:
    """The pages that stand in the repository as the site has them: where, and their text."""
    texts = {}
    for place, path in pages().items():
        text = path.read_text(encoding="utf-8")
        texts[place] = replace_links(text, partial(_link, at=place, page=path))
    texts[INDEX] = _with_made_pages(texts[INDEX])
    for place in LISTS:
        texts[place] = _with_navigation(texts[place])
    return texts


def _link(link: Link, at: str, page: Path) -> str:
    """Where a link of the file `page`, which stands `at` on the site, leads from there."""
    if link.is_outside:
        return link.path + (f"#{link.anchor}" if link.anchor else "")
    place, _, anchor = place_of(link, page).partition("#")
    path = "" if place == at else os.path.relpath(place, PurePosixPath(at).parent)
    return path + (f"#{anchor}" if anchor else "")


def _with_made_pages(text: str) -> str:
    """The index with the pages that are made from the code."""
    made = "\n".join(f"- [{title}]({place}): {about}" for place, (title, about) in MADE.items())
    return text.replace(HERE_COME_MADE_PAGES, made)


def _with_navigation(text: str) -> str:
    """A page that lists others, with what Sphinx makes the navigation beside all pages of."""
    for title, places in groups_of(text).items():
        caption = [f":caption: {title}"] if title else []
        entries = [f"{NAMES[place]} <{place}>" if place in NAMES else place for place in places]
        tree = "\n".join([*caption, ":hidden:", "", *entries])
        text += f"\n```{{toctree}}\n{tree}\n```\n"
    return text


def groups_of(text: str) -> dict[str, list[str]]:
    """The pages at its place or below it that a list of pages links to, each once, by the heading
    of the second level above; of a list with such headings, only what stands below them."""
    groups: dict[str, list[str]] = {}
    title = "" if all(level != 2 for level, _ in headings_of(text)) else None
    for _, line in prose_of(text):
        title = next((heading for level, heading in headings_of(line) if level == 2), title)
        for link in links_of(line):
            below = link.path.endswith(".md") and not link.path.startswith("..")
            listed = any(link.path in places for places in groups.values())
            if title is not None and below and not listed:
                groups.setdefault(title, []).append(link.path)
    return groups
