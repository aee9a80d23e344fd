"""A study survives a full disk, a lost bank, cut results: the next run ends it."""

import json
import os
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

from pleura.csv_file import LENGTHS, refuse_shorter
from pleura.errors import InputError, PleuraError
from pleura.study.folder import OF_THE_REPORT
from pleura.study.run import Result, Study
from pleura.train import loop
from tests.conftest import MakeImages, without_page
from tests.study.short import assert_same_tables, short

pytestmark = pytest.mark.usefixtures("small_forests")

KILLED = f".checkpoint.{'0' * 32}.pt"


@pytest.fixture(scope="module")
def manifest(make_images: MakeImages) -> Path:
    return make_images(patients=24)


@pytest.fixture(scope="module")
def study(manifest: Path) -> Study:
    return Study.from_objects(short(manifest))


@pytest.fixture(scope="module")
def finished(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Result:
    with without_page():
        return study.run(tmp_path_factory.mktemp("study"))


@pytest.fixture
def copied(finished: Result, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished.folder, tmp_path / "copied"))


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A write that would make a file longer than `size` bytes fails, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("no_page")
@pytest.mark.parametrize(
    ("lost", "size", "name"),
    [
        ("bank", 20_000, "pixels.u8"),
        ("steps/features-*", 5_000, "head.npy"),
        ("steps/fit-*", 100_000, "checkpoint.pt"),
        ("steps/head-*", 500, "head.safetensors"),
        ("steps/outcome-*", 1_500, "predictions.csv"),
        ("best", 50_000, "model.safetensors"),
    ],
)
def test_a_full_disk_is_named_wherever_it_strikes(
    lost: str,
    size: int,
    name: str,
    study: Study,
    finished: Result,
    copied: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    for folder in copied.glob(lost):
        shutil.rmtree(folder)
    with files_of_at_most(size), pytest.raises(PleuraError) as caught:
        study.run(copied)
    assert f"{name}: cannot be written" in str(caught.value)
    assert "give the same command again" in str(caught.value)
    assert not list(copied.rglob(f".{Path(name).stem}.*"))
    assert_same_tables(study.run(copied), finished)


@pytest.mark.usefixtures("no_page")
def test_a_file_in_the_way_of_a_folder_and_damaged_records_of_the_bank(
    study: Study, finished: Result, copied: Path
) -> None:
    for name in ("bank.json", "digests.json"):
        cut(next(copied.rglob(name)))
    shutil.rmtree(copied / "steps")
    (copied / "steps").write_text("")
    with pytest.raises(PleuraError, match=r"copied/steps.*\n.*same command"):
        study.run(copied)
    (copied / "steps").unlink()
    assert_same_tables(study.run(copied), finished)


def test_every_table_that_is_cut_at_the_end_of_a_line_is_told_and_written_again(
    study: Study, finished: Result, copied: Path
) -> None:
    cut_short = [path for path in copied.rglob("*.csv") if is_of_run(path.relative_to(copied))]
    assert {path.name for path in cut_short} >= {"predictions.csv", "clues.csv", "heatmaps.csv"}
    for path in [*cut_short, copied / "study.yaml"]:
        whole = path.read_bytes()
        path.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
        with pytest.raises(InputError, match=rf"{path.name}: has .* bytes that its study wrote"):
            refuse_shorter(path)
        path.write_bytes(whole)
    (copied / "clues.csv").write_bytes(b"".join(lines_of(copied / "clues.csv")[:-1]))
    with pytest.raises(InputError, match=r"clues\.csv: has .* bytes that its study wrote"):
        Result(copied).report()
    assert_same_tables(study.run(copied), finished)
    assert lines_of(copied / "clues.csv") == lines_of(finished.folder / "clues.csv")
    assert (copied / LENGTHS).is_file()


def is_of_run(path: Path) -> bool:
    """Whether a table is one that a run leaves for its reader, and no report writes."""
    return path.parts[0] not in ("steps", "bank") and path.name not in OF_THE_REPORT


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_named(study: Study, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match=r"cannot be a study's folder .Permission denied"):
        study.run(tmp_path / "out")
    tmp_path.chmod(0o700)


@pytest.mark.usefixtures("no_page")
@pytest.mark.parametrize("cut_short", [False, True])
def test_a_bank_lost_while_training_is_decoded_again(
    cut_short: bool,
    study: Study,
    finished: Result,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)

    def lose(what: str, done: int, total: int, figures: Any) -> None:
        if list(tmp_path.glob("attempts/fit-*/*/checkpoint.pt")):
            (pixels,) = tmp_path.glob("bank/*/pixels.u8")
            if cut_short:
                cut(pixels)
            else:
                shutil.rmtree(pixels.parent)

    with pytest.raises(PleuraError, match=r"pixels\.u8: the decoded images are gone or cut short"):
        study.run(tmp_path, progress=lose)
    if cut_short:
        # Without its checkpoint the training starts anew, with it it goes on: the end is the same.
        cut(next(tmp_path.glob("attempts/fit-*/*/checkpoint.pt")))
    assert_same_tables(study.run(tmp_path), finished)


@pytest.mark.usefixtures("no_page")
@pytest.mark.parametrize(
    ("name", "damage"),
    [("*.npy", Path.unlink), ("head.safetensors", cut), ("weights.safetensors", cut)],
)
def test_a_result_that_later_steps_need_is_made_again(
    name: str, damage: Callable[[Path], None], study: Study, finished: Result, copied: Path
) -> None:
    for outcome in copied.glob("steps/outcome-*"):
        shutil.rmtree(outcome)
    paths = list(copied.glob(f"steps/*/{name}"))
    for path in paths:
        damage(path)
    told: list[str] = []
    result = study.run(copied, announce=told.append)
    for path in paths:
        assert any(f"{path.parent}: damaged since it was done" in line for line in told)
    assert paths
    assert_same_tables(result, finished)


@pytest.mark.usefixtures("no_page")
def test_tables_of_steps_cut_short_are_made_again(
    study: Study, finished: Result, copied: Path
) -> None:
    first, second, *_ = sorted(copied.glob("steps/outcome-*"))
    cut(first / "predictions.csv")
    cut(second / "done.json")
    assert_same_tables(study.run(copied), finished)


@pytest.mark.usefixtures("no_page")
@pytest.mark.parametrize("text", ["null", "[]", '{"a', '{"likeness": null}'])
def test_what_a_folder_remembers_may_be_damaged(
    text: str, study: Study, finished: Result, copied: Path
) -> None:
    remembered = ("measured.json", "environment.json", "evaluations.json", "bank/digests.json")
    for name in (*remembered, "best/model.json"):
        assert (copied / name).is_file()
        (copied / name).write_text(text)
    (next(copied.glob("steps/outcome-*")) / "done.json").write_text(text)
    assert_same_tables(study.run(copied), finished)
    card = json.loads((copied / "best" / "model.json").read_text())
    assert card["step"] == json.loads((finished.folder / "best" / "model.json").read_text())["step"]
    assert json.loads((copied / "environment.json").read_text())["pleura"]


def test_a_change_of_threads_under_way_is_told_and_kept(
    study: Study, finished: Result, copied: Path, request: pytest.FixtureRequest
) -> None:
    shutil.rmtree(next(copied.glob("steps/outcome-*")))
    told: list[str] = []
    torch.set_num_threads(2)
    try:
        study.run(copied, announce=told.append)
    finally:
        torch.set_num_threads(1)
    assert any("threads 1, then 2. Results may differ in rounding" in line for line in told)
    assert json.loads((copied / "environment.json").read_text())["threads"] == "1, then 2"
    assert "1, then 2" in (copied / "report.html").read_text()
    request.getfixturevalue("no_page")  # nothing below looks at one
    told.clear()
    study.run(copied, announce=told.append)  # nothing is to do, so nothing was mixed
    assert not any("rounding" in line for line in told)
    for damage in (cut, Path.unlink):
        damage(copied / "environment.json")
        study.run(copied)
        assert json.loads((copied / "environment.json").read_text())["threads"] == "1"


@pytest.mark.usefixtures("no_page")
def test_what_a_killed_run_left_half_written_goes_with_the_next(study: Study, copied: Path) -> None:
    mine, others = copied / "steps" / "x" / KILLED, copied / "other" / "steps" / "x" / KILLED
    for path in (mine, others):
        path.parent.mkdir(parents=True)
        path.write_text("half")
    study.run(copied)
    assert not mine.exists()
    assert others.exists()  # another study's folder, where another run may be at work
