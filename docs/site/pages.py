"""Which files are pages of the site, and where they stand there."""

from collections.abc import Iterator
from pathlib import Path

from docs.site.links import Link

TOP = Path(__file__).resolve().parents[2]
STUDIES = "reference/ready-studies.md"
INDEX = "index.md"
LISTS = (INDEX, "results/README.md")  # their links are the navigation
# Files beside `docs`, and where they stand on the site.
BESIDE = {"README.md": "overview.md", "CONTRIBUTING.md": "contributing.md"}
# What the navigation calls pages whose own heading says something else there.
NAMES = {"overview.md": "Overview", "results/README.md": "Results on real images"}
# Pages made from the code, and how the index calls and describes them.
MADE = {
    "reference/command-line.md": (
        "the command line",
        "every command with its options, as the command itself tells them",
    ),
    "reference/python.md": (
        "from Python",
        "every public function and class, with examples that run",
    ),
    STUDIES: ("ready studies", "the study files that come with pleura"),
}


def pages() -> dict[str, Path]:
    """The Markdown files of the site: where each stands there, and its file."""
    own = {path.relative_to(TOP / "docs").as_posix(): path for path in _below_docs("*.md")}
    return own | {place: TOP / name for name, place in BESIDE.items()}


def files() -> dict[str, Path]:
    """Pictures and tables of the site: where each stands there, and its file."""
    kinds = ("*.png", "*.svg", "*.csv")
    return {
        path.relative_to(TOP / "docs").as_posix(): path
        for kind in kinds
        for path in _below_docs(kind)
    }


def place_of(link: Link, page: Path) -> str:
    """Where on the site a link of the file `page` leads: a path from the top of the site, with its
    heading after a `#`.

    Raises ValueError for a path that is not there, or that has no place on the site.
    """
    target = (page.parent / link.path).resolve() if link.path else page.resolve()
    where = f"{page.relative_to(TOP)}, line {link.line}: {link.path}"
    if not target.exists():
        raise ValueError(f"{where} is not there")
    inside = target.relative_to(TOP) if target.is_relative_to(TOP) else None
    if inside is None:
        raise ValueError(f"{where} lies outside the repository")
    name, anchor = inside.as_posix(), f"#{link.anchor}" if link.anchor else ""
    if name in BESIDE:
        return BESIDE[name] + anchor
    if name == "studies":
        return STUDIES
    if inside.parts[0] == "studies" and inside.suffix == ".yaml":
        return f"{STUDIES}#{inside.stem}"
    if inside.parts[0] == "docs" and target.is_dir() and (target / "README.md").exists():
        return f"{Path(*inside.parts[1:]).as_posix()}/README.md{anchor}"
    if inside.parts[0] == "docs" and target.is_file():
        return Path(*inside.parts[1:]).as_posix() + anchor
    raise ValueError(f"{where} has no place on the site; see docs/site/pages.py")


def _below_docs(pattern: str) -> Iterator[Path]:
    """The files of `docs`, but what was made from them."""
    for path in sorted((TOP / "docs").rglob(pattern)):
        if "_build" not in path.parts:
            yield path
