"""Holds the golden studies of this code against those of another version, file by file.

python -m tests.golden.compare REF [--out FOLDER] [--only NAME ...] [--record]

REF is a commit or branch, or the folder of a checkout; its `src` runs its own golden studies on
this machine, and then this checkout's `src` runs the same. What comes out must be the same, byte
for byte, but for what `tests.golden.normal` takes out. What the studies of this checkout have
besides is named in a line and not compared. The old side is run once and kept in FOLDER, so that
each move after the first costs the new side alone. This code then also reads what the old one left:
pages built from its tables, and predictions of its models. It ends with 1 where anything differs
that a user sees; what differs inside the folders of steps and banks is printed and no failure.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

from tests.golden.normal import is_inside, normal_files, step_keys
from tests.golden.shown import differing, missing_from_record, record, shown
from tests.golden.sides import Side, not_compared, old_side

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
    if given.record and set(given.only) != set(NAMES):
        parser.error("--record needs all studies: leave out --only")
    out, this = given.out.resolve(), Side("new", HERE.parents[1])
    other = old_side(given.ref, HERE, out)
    other.give(out)
    old, new, read = (out / name for name in (f"{other.name}-{other.digest()}", "new", "read"))
    names = [name for name in given.only if other.study(name).exists()]
    waiting = [name for name in names if not (old / name / "handed_over.npz").exists()]
    perform("run", other, out, old, waiting)
    shutil.rmtree(new, ignore_errors=True)
    perform("run", this, out, new, names)
    read_again(this, out, old, read, names)
    wrong = [name for name in names if not same_study(name, old, new, read)]
    print(f"{len(names) - len(wrong)} of {len(names)} studies are the same", *wrong)
    own = {name: told for name in given.only if (told := not_compared(name, other, this))}
    print(*own.values(), sep="\n", end="\n" if own else "")
    if set(given.only) == set(NAMES):
        performed, tables = perform_own(this, out / "own", own)
        performed += [new / name for name in names if name not in own]
        found = shown(performed, [*tables, *([read] if names else [])])
        if given.record:
            record(found)
        elif unlike := missing_from_record(found):
            print("covered.json says otherwise, write it with --record:", *unlike, sep="\n  ")
            return 1
    return int(bool(wrong))


def perform_own(this: Side, folder: Path, names: Collection[str]) -> tuple[list[Path], list[Path]]:
    """Run and read this checkout's own studies, where the old side has others, to see what they
    show: the folders of the studies, and that in which they were read."""
    if not names:
        return [], []
    shutil.rmtree(folder, ignore_errors=True)
    this.give(folder)
    perform("run", this, folder, folder / "runs", names)
    read_again(this, folder, folder / "runs", folder / "read", names)
    return [folder / "runs" / name for name in names], [folder / "read"]


def perform(verb: str, side: Side, given: Path, runs: Path, names: Collection[str]) -> None:
    """Run or read studies with the code of a side, in one process of one thread; `given` has the
    study files and images."""
    if names:
        environment = os.environ | {"PYTHONPATH": str(side.code), "OMP_NUM_THREADS": "1"}
        script = str(side.golden / "perform.py")
        command = (sys.executable, script, verb, str(given), str(runs), *names)
        subprocess.run(command, check=True, env=environment)


def read_again(this: Side, given: Path, runs: Path, read: Path, names: Collection[str]) -> None:
    """Have this code build the pages of finished studies anew, in a folder with their tables."""
    shutil.rmtree(read, ignore_errors=True)
    for name in names:
        shutil.copytree(runs / name, read / name, ignore=shutil.ignore_patterns(*READ))
    perform("read", this, given, read, names)


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
