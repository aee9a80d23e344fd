"""The two sides of a comparison: a checkout each, with its code, its golden studies and images."""

import hashlib
import io
import runpy
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Side:
    """A checkout, and what its results are called."""

    name: str
    checkout: Path

    @property
    def code(self) -> Path:
        """Where its pleura lies."""
        return self.checkout / "src"

    @property
    def golden(self) -> Path:
        """Where its studies lie, what draws their images and what performs them."""
        return self.checkout / "tests" / "golden"

    def study(self, name: str) -> Path:
        """The file of a study, which need not be there."""
        return self.golden / "studies" / f"{name}.yaml"

    def digest(self) -> str:
        """Of what a study's results hang on beside the code."""
        files = sorted((self.golden / "studies").glob("*.yaml"))
        files += [self.golden / "images.py", self.golden / "perform.py"]
        return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:8]

    def give(self, folder: Path) -> None:
        """Write `studies` and `images` into a folder, in the place of those that are there."""
        for name in ("studies", "images"):
            shutil.rmtree(folder / name, ignore_errors=True)
        shutil.copytree(self.golden / "studies", folder / "studies")
        runpy.run_path(str(self.golden / "images.py"))["write_images"](folder / "images")


def old_side(ref: str, repository: Path, out: Path) -> Side:
    """A commit, which is unpacked in `out`, or the folder of a checkout.

    Raises CalledProcessError where git knows no such commit, or it has no golden studies.
    """
    if Path(ref).is_dir():
        for before in out.glob("folder-*"):
            shutil.rmtree(before)  # the code there may have changed since
        return Side("folder", Path(ref).resolve())
    commit = _git(repository, "rev-parse", f"{ref}^{{commit}}").decode().strip()[:12]
    unpacked = out / "code" / commit
    if not (unpacked / "tests").exists():
        top = Path(_git(repository, "rev-parse", "--show-toplevel").decode().strip())
        packed = _git(top, "archive", commit, "src", "tests/golden")
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(unpacked, filter="data")
    return Side(commit, unpacked)


def _git(folder: Path, *arguments: str) -> bytes:
    """What git writes. Raises CalledProcessError where it fails."""
    return subprocess.run(
        ("git", "-C", folder, *arguments), check=True, stdout=subprocess.PIPE
    ).stdout


def not_compared(name: str, old: Side, new: Side) -> str:
    """What only the new side's study has, in a line; nothing where both sides ask the same."""
    if not old.study(name).exists():
        return f"{name}: not compared, only the new side has this study"
    before, after = (_entries(side.study(name)) for side in (old, new))
    told = [entry for entry in after if entry not in before]
    if any(entry not in after or after[entry] != before[entry] for entry in before):
        told.append("what else its file says otherwise")
    drawn = [(side.golden / "images.py").read_bytes() for side in (old, new)]
    if drawn[0] != drawn[1]:
        told.append("its images")
    return f"{name}: both sides run the old one; not compared: {', '.join(told)}" if told else ""


def _entries(path: Path) -> dict[str, Any]:
    """What a study file gives: recipes and steps one by one, `recipe NAME`, and all else by key."""
    study: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    named = {"recipe": study.pop("recipes", {}), "step": study.pop("steps", {})}
    found = {f"{kind} {name}": it for kind, each in named.items() for name, it in each.items()}
    return study | found
