"""Performs golden studies with whichever pleura comes first on the path, old or new.

python tests/golden/perform.py run FOLDER RUNS NAME...: run `FOLDER/studies/NAME.yaml` in
`RUNS/NAME`.
python tests/golden/perform.py read FOLDER RUNS NAME...: build the pages of the finished studies in
`RUNS` again, from their tables alone.
Either ends with what the models that the studies hand over make of some images. Nothing but what
`import pleura` gives is used here, so that the same lines serve every version. `read` also writes
`RUNS/executed.json`: the modules of the report of which a function was called.
"""

import csv
import json
import sys
import time
import warnings
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np

import pleura
from pleura.study.run import Result

MEASURED = {  # columns of seconds and milliseconds, by table
    "runs.csv": ("train_seconds", "tuning_seconds", "teacher_seconds", "latency_ms"),
    "steps.csv": ("seconds",),
    "pretraining.csv": ("seconds",),
}
SEEN = 6  # images that the models are asked about


def main(arguments: list[str]) -> None:
    """Run or read the studies that the command line names."""
    verb, folder, runs, *names = arguments
    code = Path(pleura.__file__).parent
    print(f"{verb} with {code}", flush=True)
    warnings.filterwarnings("ignore", message="unlike the images")  # they are unlike some
    executed: set[str] = set()
    if verb == "read":
        sys.setprofile(lambda frame, *_: _note(frame.f_code, executed))
    for name in names:
        begun = time.monotonic()
        out = Path(runs) / name
        if verb == "run":
            study = Path(folder) / "studies" / f"{name}.yaml"
            pleura.Study.from_file(study).run(out)
            time_alike(out)  # which shortens tables that the study knows the lengths of
            (out / "lengths.json").unlink(missing_ok=True)
        Result(out).report()
        if hasattr(Result, "methods"):  # not in every version
            Result(out).methods()
        write_predictions(out, Path(folder) / "images" / "others")
        print(f"  {name}: {time.monotonic() - begun:.0f} s", flush=True)
    sys.setprofile(None)
    if verb == "read":
        own = sorted(str(Path(file).relative_to(code)) for file in executed if str(code) in file)
        text = json.dumps([file for file in own if file.startswith("report/")])
        (Path(runs) / "executed.json").write_text(text, encoding="utf-8")


def _note(code: CodeType, executed: set[str]) -> None:
    """Note the file of a function; modules and classes are at work as they are imported, too."""
    if code.co_flags & CO_OPTIMIZED and not code.co_name.startswith("<"):
        executed.add(code.co_filename)


def time_alike(out: Path) -> None:
    """Put 1, 2, 3, ... in the place of measured times in a study's tables, so that pages and
    figures that are built from them can be held against each other."""
    for name, columns in MEASURED.items():
        if not (out / name).exists():
            continue
        with (out / name).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for number, row in enumerate(rows, start=1):
            row.update({column: f"{number}.0" for column in columns if row.get(column)})
        with (out / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def write_predictions(out: Path, images: Path) -> None:
    """Write `handed_over.npz`: what the model in `best` makes of image files."""
    files = sorted(path for path in images.iterdir() if path.name.count("_") == 2)
    files = [path for path in files if path.suffix != ".csv"][:: len(files) // SEEN + 1]
    card = json.loads((out / "best" / "model.json").read_text(encoding="utf-8"))
    found: list[Any]
    if card["task"] == "segmentation":
        found = pleura.load_segmenter(out / "best").predict(files)
    else:
        found = [pleura.load(out / "best").predict(files)]
    np.savez(out / "handed_over.npz", *found)


if __name__ == "__main__":
    main(sys.argv[1:])
