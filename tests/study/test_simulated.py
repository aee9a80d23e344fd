"""Simulated images of a study: made where they are missing, found again, never taken for real."""

import functools
import json
import re
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pleura.errors import InputError, PleuraError
from pleura.leases import LEASE, hold
from pleura.study import simulated
from pleura.study.prepared import Prepared
from pleura.study.run import Study
from pleura.study.sections import Data
from pleura.study.simulated import SETS, manifest_of, told_of
from pleura.study.simulated_sections import Scenes
from pleura.study.steps.evaluation import outcomes_of
from pleura.study.study_files import dump_study
from tests.networks import SMALL

XRAYS = {"kind": "chest-xray", "patients": 16, "size": 32}
SOUND = {"kind": "lung-ultrasound", "patients": 8, "clips": 1, "frames": 1, "size": 32}
FINDINGS = {"kind": "chest-xray-findings", "patients": 8, "size": 32}
SCENES = {"kind": "scenes", "images": 8, "size": 16}
EVERY = [{**XRAYS, "patients": 8}, FINDINGS, SOUND, SCENES]


def study_on(data: dict[str, Any], **more: Any) -> dict[str, Any]:
    recipe = {"backbone": SMALL, "weights": "random", "strategy": "feature_extraction"}
    return {
        "question": "is it normal",
        "data": {"simulated": XRAYS, "size": 32, **data},
        "split": {"test": 0.4, "validation": 0.4},
        "seeds": [0],
        "reference": "frozen",
        "recipes": {"frozen": recipe},
        "training": {"precision": "fp32"},
        "tune": {"rates": [1e-3], "penalties": [1.0]},
        **more,
    }


def prepare(content: dict[str, Any], out: Path) -> tuple[Prepared, list[str]]:
    said: list[str] = []
    return Study.from_objects(content).prepare(out, announce=said.append), said


def make(given: dict[str, Any], out: Path) -> tuple[Path, list[str]]:
    said: list[str] = []
    data = Data.model_validate({"simulated": given})
    return manifest_of(data, out, lambda *_: None, said.append), said


Made = Callable[[dict[str, Any], Path], Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A function that gives the table of a set for a study in a folder, as `make` does, but makes
    each set once, and copies it."""
    folder = tmp_path_factory.mktemp("made")

    @functools.cache
    def once(kind: str) -> Path:
        given = next(each for each in EVERY if each["kind"] == kind)
        return make(given, folder / kind / "out")[0]

    def copied(given: dict[str, Any], out: Path) -> Path:
        table = once(given["kind"])
        shutil.copytree(table.parents[1], out.parent / "simulated")
        return out.parent / table.relative_to(table.parents[2])

    return copied


@pytest.mark.parametrize("given", EVERY, ids=lambda given: str(given["kind"]))
def test_a_table_that_was_changed_by_hand_is_not_believed(
    given: dict[str, Any], made: Made, tmp_path: Path
) -> None:
    table = made(given, tmp_path / "out")
    written = table.read_text()
    assert make(given, tmp_path / "out") == (table, [])
    table.write_text("".join(written.splitlines(keepends=True)[:-1]))
    with pytest.raises(InputError, match="was changed since it was written") as caught:
        make(given, tmp_path / "out")
    assert "delete it, it is made again" in caught.value.problems[0]
    # A set from before tables were noted is believed.
    [note] = table.parent.glob("*.json")
    told = json.loads(note.read_text())
    del told["table"]
    note.write_text(json.dumps(told, indent=1, sort_keys=True))
    assert make(given, tmp_path / "out") == (table, [])


@pytest.mark.parametrize("given", EVERY, ids=lambda given: str(given["kind"]))
def test_a_set_of_each_kind_is_made_once_for_all_studies_beside_it(
    given: dict[str, Any], tmp_path: Path
) -> None:
    table, said = make(given, tmp_path / "runs" / "one")
    assert table.parent.parent == tmp_path / "runs" / "simulated"
    [line] = said
    assert line.startswith(f"simulating {SETS[given['kind']].shows} (")
    people = {row.split(",")[0] for row in table.read_text().splitlines()[1:]}
    assert all((table.parent / image).is_file() for image in people)
    before = table.stat().st_mtime_ns
    assert make(given, tmp_path / "runs" / "other") == (table, [])
    assert table.stat().st_mtime_ns == before
    elsewhere, _ = make(given, tmp_path / "again" / "one")
    assert elsewhere.read_bytes() == table.read_bytes()  # its seed decides
    for image in sorted(people)[:3]:
        assert (elsewhere.parent / image).read_bytes() == (table.parent / image).read_bytes()
    other, _ = make({**given, "seed": 1}, tmp_path / "runs" / "one")
    assert other.parent != table.parent
    assert any(
        (other.parent / image).read_bytes() != (table.parent / image).read_bytes()
        for image in people
        if (other.parent / image).is_file()
    )


def test_parameters_reach_the_simulation(tmp_path: Path) -> None:
    marked = {**XRAYS, "patients": 8, "seed": 3, "confounders": ["letter:lobar=0.9"]}
    note = json.loads((make(marked, tmp_path / "a")[0].parent / "phantom.json").read_text())
    assert (note["patients"], note["size"], note["seed"]) == (8, 32, 3)
    [mark] = note["confounders"]
    assert (mark["kind"], mark["probability"]) == ("letter", {"lobar": 0.9})
    clips = {**SOUND, "clips": 2, "frames": 3}
    assert len(make(clips, tmp_path / "a")[0].read_text().splitlines()) == 1 + 8 * 2 * 3


def test_a_set_that_was_cut_off_is_made_to_its_end(tmp_path: Path) -> None:
    table, _ = make(SCENES, tmp_path / "one")
    table.unlink()  # it is written last
    (table.parent / "images" / "scene_000003.png").write_bytes(b"half")
    again, said = make(SCENES, tmp_path / "one")
    assert again == table
    assert len(said) == 1
    assert (table.parent / "images" / "scene_000003.png").stat().st_size > len(b"half")


@pytest.mark.parametrize("harm", ["emptied", "gone", "no rows"])
@pytest.mark.parametrize("given", EVERY, ids=lambda given: str(given["kind"]))
def test_a_set_that_has_lost_files_is_made_again(
    given: dict[str, Any],
    harm: str,
    made: Made,
    tmp_path: Path,
) -> None:
    table = made(given, tmp_path / "one")
    before = {path: path.read_bytes() for path in table.parent.rglob("*.*") if path.is_file()}
    mask = sorted(path for path in before if "mask" in path.parent.name)[-1]
    if harm == "emptied":
        mask.write_bytes(b"")
    elif harm == "gone":
        mask.unlink()
    else:
        table.write_text(table.read_text().splitlines()[0] + "\n")
    (table.parent / f".images.{'0' * 32}.csv").write_text("of a process that was killed")
    again, said = make(given, tmp_path / "one")
    assert again == table
    assert [line.endswith(": files of it are gone or empty") for line in said] == [True]
    after = {path: path.read_bytes() for path in table.parent.rglob("*.*") if path.is_file()}
    assert after == before


def test_what_somebody_has_put_there_is_told_with_the_cure(tmp_path: Path) -> None:
    table, _ = make(SCENES, tmp_path / "one")
    (table.parent / "scenes.json").write_text("{}")
    with pytest.raises(InputError, match=r"other parameters\n  - .*: delete it, it is made again"):
        make(SCENES, tmp_path / "one")


def test_who_waits_for_another_study_says_so(tmp_path: Path) -> None:
    folder = simulated.folder_of(Scenes.model_validate(SCENES), tmp_path / "one")
    folder.mkdir(parents=True)
    said: list[str] = []
    with ThreadPoolExecutor() as pool, ExitStack() as held:
        held.enter_context(hold(folder / LEASE, wait=False))
        data = Data.model_validate({"simulated": SCENES})
        made = pool.submit(manifest_of, data, tmp_path / "one", lambda *_: None, said.append)
        while not said and not made.done():
            time.sleep(0.01)
        assert not (folder / "images.csv").exists()
        held.close()
        assert made.result().is_file()
    assert said[0] == f"waiting for another study that is simulating the images in {folder}"
    assert len(said) == 2


def test_a_finished_set_is_read_where_nothing_can_be_written(tmp_path: Path) -> None:
    table, _ = make(SCENES, tmp_path / "one")
    lease = table.parent / f"{LEASE}.0"
    lease.mkdir()  # as good as a file that cannot be written, for whoever may write everywhere
    assert make(SCENES, tmp_path / "one") == (table, [])


def test_another_version_of_the_simulation_has_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = Data.model_validate({"simulated": SCENES}).simulated
    assert study
    before = simulated.folder_of(study, tmp_path / "one")
    later = simulated.SimulatedSet("scenes", "images", 99, SETS["scenes"].write)
    monkeypatch.setattr(simulated, "SETS", {**SETS, "scenes": later})
    assert simulated.folder_of(study, tmp_path / "one") != before


def test_where_nothing_can_be_written_one_message_says_so(tmp_path: Path) -> None:
    (tmp_path / "simulated").write_text("a file")
    with pytest.raises(PleuraError, match="simulated images cannot be written"):
        make(SCENES, tmp_path / "one")


def test_a_study_makes_its_images_and_says_what_they_are(tmp_path: Path) -> None:
    content = study_on({})
    prepared, said = prepare(content, tmp_path / "runs" / "study")
    assert len(set(prepared.context.manifest.groups)) == 16
    assert outcomes_of(prepared.plan)
    simulated_set = prepared.study.data.simulated
    assert simulated_set
    [told] = told_of(simulated_set, [])
    assert said.count(f"note: {told}") == 1
    assert sum(line.startswith("simulating chest X-rays (16 patients)") for line in said) == 1
    # The study saved with its results is the same study.
    saved = prepared.study.model_dump(mode="json")["data"]
    assert saved["manifest"] is None
    assert saved["source"] == "simulated by pleura"
    read = Study.from_objects({**content, "data": saved})
    assert dump_study(read.file) == dump_study(Study.from_objects(content).file)


def test_a_table_of_simulated_images_says_what_they_are_wherever_it_lies(tmp_path: Path) -> None:
    table, _ = make(XRAYS, tmp_path / "runs" / "one")
    images = [str(path) for path in sorted((table.parent / "images").iterdir())]
    assert told_of(None, images) == ("these images are simulated and never stand in for patients",)
    own = [str(tmp_path / "own" / f"{number}.png") for number in range(1200)]
    assert told_of(None, own) == ()
    [told] = told_of(None, [*own, *images[:5]])
    assert told == "5 of 1,205 images are simulated and never stand in for patients"
    # Another program's file of one of these names is no note of a simulation.
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "findings.json").write_text('{"version": 2}')
    assert told_of(None, own) == ()


def test_steps_learn_from_simulated_images_that_are_told_apart(tmp_path: Path) -> None:
    more = {**XRAYS, "seed": 7, "patients": 12}
    step = {
        "task": "selfsup",
        "method": "rotation",
        "data": {"simulated": more, "size": 32, "strangers": True},
    }
    content = study_on({}, steps={"turned": step})
    content["recipes"]["after"] = {**content["recipes"]["frozen"], "curriculum": ["turned"]}
    prepared, said = prepare(content, tmp_path / "runs" / "study")
    assert len(set(prepared.context.pools["turned"].groups)) == 12
    assert prepared.context.pools["turned"].source == "simulated by pleura"
    of_step = [line for line in said if "these images are simulated" in line]
    assert [line.startswith("note: step turned: ") for line in of_step].count(True) == 1
    assert len(of_step) == 2  # with the study's own
    assert any(re.fullmatch(r"step turned: \d+ images of 12 patients", line) for line in said)
    assert len(said) == len(set(said))
    assert len(list((tmp_path / "runs" / "simulated").iterdir())) == 2
