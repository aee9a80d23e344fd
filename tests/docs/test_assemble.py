"""Pages as the site has them."""

from pathlib import Path, PurePosixPath

from docs.site.assemble import assemble, groups_of, site_pages
from docs.site.links import links_of
from docs.site.pages import INDEX, LISTS, MADE, files, pages


def test_every_page_is_in_the_navigation_from_the_index() -> None:
    texts = site_pages()
    listed = [
        (PurePosixPath(place).parent / path).as_posix()
        for place in LISTS
        for paths in groups_of(texts[place]).values()
        for path in paths
    ]
    assert len(listed) == len(set(listed))
    assert {*listed, INDEX} == {*pages(), *MADE}


def test_links_hold_on_the_site(tmp_path: Path) -> None:
    assemble(tmp_path)
    assert all((tmp_path / place).is_file() for place in (*pages(), *files(), *MADE))
    for page in tmp_path.rglob("*.md"):
        for link in links_of(page.read_text(encoding="utf-8")):
            assert link.is_outside or (page.parent / link.path).exists(), f"{page}: {link}"


def test_what_was_made_before_is_gone(tmp_path: Path) -> None:
    (tmp_path / "old.md").touch()
    assemble(tmp_path)
    assert not (tmp_path / "old.md").exists()


def test_pages_are_grouped_by_the_headings_above_them() -> None:
    page = (
        "[no](a.md)\n\n## One\n[a](a.md), [b](b/b.md), [up](../c.md)\n## Two\n[a](a.md) [d](d.md)"
    )
    assert groups_of(page) == {"One": ["a.md", "b/b.md"], "Two": ["d.md"]}
    assert groups_of("# All\n[a](a.md)") == {"": ["a.md"]}
