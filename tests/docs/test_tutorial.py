"""Every block of the tutorial runs, in order, and prints what the page shows."""

import re
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SMALL_FOREST
from tests.docs.blocks import Block, blocks_of, run

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
NUMBER = re.compile(r"-?\d+\.\d+")
# Of a number with a point: processors round otherwise, networks go on from it, and of 12 patients
# an AUROC of one training is .68 on one processor and .92 on another.
TOLERANCE = 0.5


def difference(shown: str, printed: str) -> str:
    """The first line of `shown` that `printed` does not have, or nothing. `...` in a line stands
    for any text, a line `...` for any lines; numbers with a point are about right."""
    lines = iter(printed.splitlines())
    anywhere = False
    for wanted in shown.splitlines():
        if wanted.strip() == "...":
            anywhere = True
            continue
        if not any(_alike(wanted, line) for line in (lines if anywhere else [next(lines, "")])):
            return wanted
        anywhere = False
    return "" if anywhere else next(lines, "")


def _alike(wanted: str, line: str) -> bool:
    """Whether a line is as it is shown; how wide the columns of a table are does not count."""
    wanted, line = " ".join(wanted.split()), " ".join(line.split())
    pattern = ""
    for part in re.split(rf"(\.\.\.|{NUMBER.pattern})", wanted):
        number = NUMBER.fullmatch(part)
        pattern += ".*" if part == "..." else rf"({NUMBER.pattern})" if number else re.escape(part)
    match = re.fullmatch(pattern, line)
    if match is None:
        return False
    numbers = NUMBER.findall(wanted.replace("...", " "))
    pairs = zip(map(float, numbers), map(float, match.groups()), strict=True)
    return all(abs(one - other) <= TOLERANCE for one, other in pairs)


def test_every_block_runs_and_prints_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What shortens studies of tests shortens this one, but for the pixel baselines, whose figures
    are shown; `python -m tests.docs.blocks docs/tutorial.md FOLDER` shortens nothing."""
    monkeypatch.setattr("pleura.tasks.clue_forests.TREES", SMALL_FOREST)
    blocks = blocks_of(PAGE.read_text(encoding="utf-8"))
    names: dict[str, Any] = {"__name__": "__main__"}
    with chdir(tmp_path):
        for block in blocks:
            printed = run(block, names)
            if block.shown is not None:
                missing = difference(block.shown, printed)
                assert not missing, f"line {block.line}: {missing!r} is not in\n{printed}"
    assert (tmp_path / "runs" / "lobar" / "report.html").is_file()
    assert {"sh", "python", "yaml"} == {block.kind for block in blocks}


@pytest.mark.parametrize(
    ("shown", "printed", "missing"),
    [
        ("a\nb 0.5\n", "a\nb  0.55\n", ""),
        ("b 0.5\n", "b 1.1\n", "b 0.5"),
        ("a\n", "a\nb\n", "b"),
        ("a\n...\n", "a\nb\n", ""),
        ("a\n...\nc ... s\n", "a\nb\nc 3 s\n", ""),
        ("a\n...\nd\n", "a\nb\nc\n", "d"),
    ],
)
def test_what_is_shown_is_looked_for(shown: str, printed: str, missing: str) -> None:
    assert difference(shown, printed) == missing


def test_a_block_of_text_is_what_the_one_before_prints() -> None:
    page = "```sh\na\n```\n\nThat says:\n\n```text\nb\n```\n\n```python\nc\n```\n"
    assert blocks_of(page) == [Block("sh", "a\n", 1, "b\n"), Block("python", "c\n", 11)]


def test_what_is_typed_into_make_is_there() -> None:
    page = PAGE.read_text(encoding="utf-8")
    made = (PAGE.parents[1] / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"`make (\w+)", page)
    assert targets
    assert all(f"\n{target}:" in made for target in targets)


def test_a_command_that_fails_is_told() -> None:
    with pytest.raises(ValueError, match="line 1: what is a block of ruby"):
        run(Block("ruby", "", 1), {})
    with pytest.raises(ValueError, match="false: "):
        run(Block("sh", "false\n", 1), {})
