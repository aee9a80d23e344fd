"""Holds the golden studies of this code against those of another version, file by file.

python -m tests.golden.compare REF [--out FOLDER] [--only NAME ...]

REF is a commit or branch, or the folder of a checkout; its `src` runs the studies on this machine,
and then this checkout's does. What comes out must be the same, byte for byte, but for what
`tests.golden.normal` takes out. The old side is run once and kept in FOLDER, so that each move
after the first costs the new side alone. This code then also reads what the old one left: pages
built from its tables, and predictions of its models. It ends with 1 where anything differs that a
user sees; what differs inside the folders of steps and banks is printed and no failure.
"""

import argparse
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.golden.images import write_images
from tests.golden.normal import is_inside, normal_files, step_keys
from tests.golden.shown import differing, missing_from_record, record

HERE = Path(__file__).parent
STUDIES = HERE / "studies"
NAMES = tuple(sorted(path.stem for path in STUDIES.glob("*.yaml")))  # masker before ultrasound
READ = ("steps", "bank", "masks", "lungs", "tensorboard")  # not needed to read a finished study


def main() -> int:
    """Run, compare and print; the number of studies in which something differs, at most 1."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("ref", help="a commit, a branch, or the folder of a checkout")
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "golden")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME")
    parser.add_argument("--record", action="store_true", help="write covered.json anew")
    given = parser.parse_args()
    out, names = given.out.resolve(), tuple(given.only)
    write_images(out / "images")
    shutil.copytree(STUDIES, out / "studies", dirs_exist_ok=True)
    commit, code = old_code(given.ref, out)
    old, new, read = (out / name for name in (f"{commit}-{inputs()}", "new", "read"))
    waiting = [name for name in names if not (old / name / "handed_over.npz").exists()]
    perform("run", code, out, old, waiting)
    shutil.rmtree(new, ignore_errors=True)
    perform("run", HERE.parents[1] / "src", out, new, names)
    shutil.rmtree(read, ignore_errors=True)
    for name in names:
        shutil.copytree(old / name, read / name, ignore=shutil.ignore_patterns(*READ))
    perform("read", HERE.parents[1] / "src", out, read, names)
    wrong = [name for name in names if not same_study(name, old, new, read)]
    print(f"{len(names) - len(wrong)} of {len(names)} studies are the same", *wrong)
    if given.record:
        record(new, read)
    elif names == NAMES and (unlike := missing_from_record(new, read)):
        print("covered.json says otherwise, write it with --record:", *unlike, sep="\n  ")
        return 1
    return int(bool(wrong))


def old_code(ref: str, out: Path) -> tuple[str, Path]:
    """What the old side is called, and where its code lies: of a commit it is unpacked."""
    if Path(ref).is_dir():
        for before in out.glob("folder-*"):
            shutil.rmtree(before)  # the code there may have changed since
        return "folder", Path(ref).resolve() / "src"
    commit = git(HERE, "rev-parse", f"{ref}^{{commit}}").decode().strip()[:12]
    code = out / "code" / commit
    if not code.exists():
        top = git(HERE, "rev-parse", "--show-toplevel").decode().strip()
        packed = git(Path(top), "archive", commit, "src")
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(code, filter="data")
    return commit, code / "src"


def git(folder: Path, *arguments: str) -> bytes:
    """What git writes. Raises CalledProcessError where it fails."""
    return subprocess.run(
        ("git", "-C", folder, *arguments), check=True, stdout=subprocess.PIPE
    ).stdout


def inputs() -> str:
    """A digest of what both sides are given: study files, images, and what is done with them."""
    files = sorted((*STUDIES.glob("*.yaml"), HERE / "images.py", HERE / "perform.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:8]


def perform(verb: str, code: Path, out: Path, runs: Path, names: Sequence[str]) -> None:
    """Run or read studies with the code at a place, in one process of one thread."""
    if names:
        environment = os.environ | {"PYTHONPATH": str(code), "OMP_NUM_THREADS": "1"}
        command = (sys.executable, str(HERE / "perform.py"), verb, str(out), str(runs), *names)
        subprocess.run(command, check=True, env=environment)


def same_study(name: str, old: Path, new: Path, read: Path) -> bool:
    """Print what differs in one study; whether nothing does that a user sees."""
    before, after = (normal_files(runs / name) for runs in (old, new))
    again = normal_files(read / name, steps=old / name)
    keys, had = step_keys(new / name), step_keys(old / name)
    print(f"{name}: {len(keys & had)} of {len(keys)} steps of the new code are finished in the old")
    found = list(differing(before, after))
    seen = [line for file, line in found if not is_inside(file)]
    for line in seen:
        print(f"  {line}")
    inside = [line for file, line in found if is_inside(file)]
    for line in inside[:10]:
        print(f"  (inside) {line}")
    print(f"  {len(before)} files, {len(seen)} differ; inside steps and banks {len(inside)}")
    kept = {file: text for file, text in before.items() if file in again}
    unread = [line for _, line in differing(kept, again)]
    for line in unread:
        print(f"  read by the new code: {line}")
    return not seen and not unread


if __name__ == "__main__":
    sys.exit(main())
