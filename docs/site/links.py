"""Links and headings of Markdown pages."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
# What is shown may hold one more pair of brackets; where it leads holds neither blank nor bracket.
_LINK = re.compile(r"(!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\()([^()\s]+)(\))")
_HEADING = re.compile(r"^(#{1,6}) +(.+?) *#*$")
_OUTSIDE = re.compile(r"^[a-z][a-z\d+.-]*:", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """A link on a page: its line, from 1, the path that it names (empty: the page itself), and the
    heading there (empty: the top)."""

    line: int
    path: str
    anchor: str

    @property
    def is_outside(self) -> bool:
        """Whether it leaves the repository: an address of the web or of mail."""
        return _OUTSIDE.match(self.path) is not None


def links_of(text: str) -> Iterator[Link]:
    """All links and images of a page, but those within code."""
    for number, line in prose_of(text):
        for match in _in_prose(line):
            path, _, anchor = match[2].partition("#")
            yield Link(number, path, anchor)


def replace_links(text: str, new: Callable[[Link], str]) -> str:
    """A page in which each link leads to what `new` says of it. Lines stay where they are."""
    lines = text.split("\n")
    for number, line in prose_of(text):
        whole, at = "", 0
        for match in _in_prose(line):
            path, _, anchor = match[2].partition("#")
            whole += line[at : match.start(2)] + new(Link(number, path, anchor))
            at = match.end(2)
        lines[number - 1] = whole + line[at:]
    return "\n".join(lines)


def headings_of(text: str) -> list[tuple[int, str]]:
    """The headings of a page: level, from 1, and text."""
    found = (_HEADING.match(line) for _, line in prose_of(text))
    return [(len(match[1]), match[2]) for match in found if match]


def anchors_of(text: str) -> set[str]:
    """What links to the headings of a page are called. Of equal headings, the second is called
    `name-1`, and so on."""
    anchors: set[str] = set()
    for _, heading in headings_of(text):
        name = anchor_of(heading)
        every = (name, *(f"{name}-{number}" for number in range(1, 1000)))
        anchors.add(next(each for each in every if each not in anchors))
    return anchors


def anchor_of(heading: str) -> str:
    """The name of a heading in links: small letters, digits and hyphens, as on GitHub.

    >>> anchor_of("1. The table: `pleura data index FOLDER`")
    '1-the-table-pleura-data-index-folder'
    """
    shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", shown.strip().lower()).replace(" ", "-")


def prose_of(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a page outside blocks of code, with their numbers from 1."""
    fence = ""
    for number, line in enumerate(text.split("\n"), start=1):
        marks = _FENCE.match(line)
        if fence:
            if marks and marks[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
        elif marks:
            fence = marks[1]
        else:
            yield number, line


def _in_prose(line: str) -> Iterator[re.Match[str]]:
    """Links of a line that begin outside `code`."""
    for match in _LINK.finditer(line):
        if line[: match.start()].count("`") % 2 == 0:
            yield match
