"""`python -m docs.site [html | doctest | linkcheck]`: make the site, run the examples of its
reference, or ask whether what its links name outside is still there, which needs a network."""

import sys
from pathlib import Path

from docs.site.assemble import assemble
from docs.site.pages import TOP

BUILD = TOP / "docs" / "_build"


def main(builders: list[str]) -> int:
    """Run builders of Sphinx, by default html; a warning is an error."""
    from sphinx.cmd.build import build_main

    source = BUILD / "source"
    assemble(source)
    for builder in builders or ["html"]:
        out = BUILD / builder
        how = ["-q", "-W", "--keep-going", "-b", builder, "-d", str(BUILD / "doctrees")]
        failed: int = build_main([*how, "-c", str(TOP / "docs"), str(source), str(out)])
        if failed:
            return failed
        print(f"{builder}: {_shown(out)}")
    return 0


def _shown(out: Path) -> Path:
    index = out / "index.html"
    return (index if index.exists() else out).relative_to(TOP)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
