"""Blocks of code on a page, and running them in order: `python -m tests.docs.blocks PAGE FOLDER`.

A block `sh` is typed into a terminal, a block `python` into one Python; a block `yaml` is a file,
whose name stands in the comment of its first line. A block `text` is what the block before it
prints. All of it happens in one process, so that libraries are loaded once.
"""

import io
import json
import re
import shlex
import subprocess
import sys
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of code: its kind, its text, its line on the page, and what it prints (None: the page
    does not show it)."""

    kind: str
    text: str
    line: int
    shown: str | None = None


def blocks_of(page: str) -> list[Block]:
    """The blocks of a page in order, each with what it prints."""
    blocks: list[Block] = []
    for match in FENCE.finditer(page):
        kind, text = match[1], match[2]
        line = page.count("\n", 0, match.start()) + 1
        if kind == "text" and blocks:
            last = blocks.pop()
            blocks.append(Block(last.kind, last.text, last.line, text))
        else:
            blocks.append(Block(kind, text, line))
    return blocks


def run(block: Block, names: dict[str, Any]) -> str:
    """Run a block in the current folder and return what it prints; `names` are those of Python.

    Raises what Python raises, and ValueError for a command that fails or a block of another kind.
    """
    if block.kind == "sh":
        return "".join(map(_command, block.text.replace("\\\n", " ").splitlines()))
    out = io.StringIO()
    if block.kind == "python":
        with redirect_stdout(out):
            exec(compile(block.text, f"line {block.line}", "exec"), names)
    elif block.kind == "yaml" and (name := re.match(r"# (\S+\.yaml)\n", block.text)):
        Path(name[1]).write_text(block.text, encoding="utf-8")
    else:
        raise ValueError(f"line {block.line}: what is a block of {block.kind or 'no kind'}?")
    return out.getvalue()


def _command(line: str) -> str:
    words = shlex.split(line, comments=True)
    if not words:
        return ""
    if words[0] != "pleura":
        ended = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
        if ended.returncode:
            raise ValueError(f"{line}: {ended.stderr}")
        return ended.stdout
    from pleura.cli import main

    out = io.StringIO()
    before = sys.argv
    try:
        sys.argv = words
        with redirect_stdout(out):
            main()
    except SystemExit as end:
        if end.code:
            raise ValueError(f"{line}: exit code {end.code}; {out.getvalue()}") from None
    finally:
        sys.argv = before
    return out.getvalue()


if __name__ == "__main__":
    page, folder = Path(sys.argv[1]).read_text(encoding="utf-8"), sys.argv[2]
    names: dict[str, Any] = {"__name__": "__main__"}
    with chdir(folder):
        for each in blocks_of(page):
            print(json.dumps([each.line, run(each, names)]), flush=True)
