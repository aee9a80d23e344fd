"""Links of all pages lead somewhere, in the repository and on the site."""

import doctest
from pathlib import Path

import pytest

import docs.site.links
from docs.site.links import Link, anchors_of, links_of, replace_links
from docs.site.pages import TOP, pages, place_of


@pytest.mark.parametrize("page", pages().values(), ids=lambda page: str(page.relative_to(TOP)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for link in links_of(page.read_text(encoding="utf-8")):
        if link.is_outside:
            continue
        place_of(link, page)  # says which path is not there
        target = page.parent / link.path if link.path else page
        if link.anchor:
            anchors = anchors_of(target.read_text(encoding="utf-8"))
            where = f"{page.relative_to(TOP)}, line {link.line}"
            assert link.anchor in anchors, f"{where}: {target.name} has no heading {link.anchor}"


def test_links_and_images_are_found_but_in_code() -> None:
    page = (
        "See [`a` b](x.md#c), ![an image](y.png) and [below](#here).\n"
        "`[no](link.md)` and\n```\n[nor](this.md)\n```\n[one](https://a.b/c#d)"
    )
    assert list(links_of(page)) == [
        Link(1, "x.md", "c"),
        Link(1, "y.png", ""),
        Link(1, "", "here"),
        Link(6, "https://a.b/c", "d"),
    ]
    assert [link.is_outside for link in links_of(page)] == [False, False, False, True]


def test_headings_are_called_as_on_github() -> None:
    assert anchors_of("# A b\n\n## `c`: d-e\n\n## A b\n\n```\n# no\n```\n") == {
        "a-b",
        "c-d-e",
        "a-b-1",
    }
    result = doctest.testmod(docs.site.links)
    assert (result.attempted, result.failed) == (1, 0)


def test_links_are_replaced_and_nothing_else() -> None:
    page = "a [b](c.md), `[d](e.md)` [f](g.md#h)\n\n```\n[i](j.md)\n```"
    new = replace_links(page, lambda link: f"new/{link.path}")
    assert new == "a [b](new/c.md), `[d](e.md)` [f](new/g.md)\n\n```\n[i](j.md)\n```"


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("../README.md", "overview.md"),
        ("../CONTRIBUTING.md", "contributing.md"),
        ("../studies", "reference/ready-studies.md"),
        ("../studies/demo.yaml", "reference/ready-studies.md#demo"),
        ("results", "results/README.md"),
        ("concepts/phantom.png", "concepts/phantom.png"),
    ],
)
def test_where_a_file_stands_on_the_site(path: str, place: str) -> None:
    assert place_of(Link(1, path, ""), TOP / "docs" / "index.md") == place


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("gone.md", "docs/index.md, line 7: gone.md is not there"),
        ("../../..", "lies outside the repository"),
        ("../Makefile", "has no place on the site"),
    ],
)
def test_a_link_that_leads_nowhere_is_told(path: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        place_of(Link(7, path, ""), TOP / "docs" / "index.md")
