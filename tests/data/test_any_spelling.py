"""Every name of a manifest respelled at random: refused or merged, and nothing leaks or splits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from pleura.data.known_patients import known_again
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.data.rule import Rule
from pleura.data.split import make_split
from pleura.evaluate.segmented_areas import by_clip
from tests.data.respelling import PARTS, RESPELLED, WORDS, stored, written

APART = ("differ in spelling only", "_ or - only", "trailing .0 only")
PEOPLE = ["7", "70", "P1", "P10", "A-1", "A1", "1 2", "12", "José", "Anna B", "s_20", "Müller 3"]
VIDEOS = [f"{name} {number}" for number in ("1", "02") for name in ("clip", "Vidéo", "7", "x-1")]
SOURCES = ["St Ann", "clinic 7", "Nördlich"]
LABELS = ["Ödem", "no finding", "1"]
FLAGS = {"1": ["1", "1.0", "TRUE", " 01"], "0": ["0", "0.0", "False"]}
COLUMNS = ("patient", "video", "source", "label")
FRAMES = 2
# Each rule of `pleura.data.names` that is left out shows within twenty manifests.
BLOCKS, MANIFESTS = 2, 100  # a block
PERSONS, KINDS = 8, 2  # of people and of labels in each manifest, drawn for each


@dataclass(frozen=True)
class Drawn:
    """A table, what is meant in its rows, and the columns whose cells differ in their spelling."""

    path: Path
    meant: list[dict[str, str]]
    differ: set[str]


def draw(
    folder: Path,
    rng: np.random.Generator,
    *,
    columns: Iterable[str] = COLUMNS,
    people: Sequence[str] = PEOPLE,
    labels: Sequence[str] = LABELS,
) -> Drawn:
    """Two clips of two frames a person, the clips in one of two parts, with masks and flags."""
    meant, often = [], rng.choice([0, 0.03, 0.5])
    for number, person in enumerate(people):
        for clip in range(2):
            of_clip = {
                "patient": person,
                "video": f"{'abc'[number // 4]} {VIDEOS[(2 * number + clip) % 8]}",
                "source": SOURCES[number % 3],
                "label": labels[number // 2 % len(labels)],
                "split": "test" if number % 2 else "train",
                "flag": str(rng.integers(2)),
                "lung_mask": f"lünge/ä_{number % 4}.png",
            }
            meant += [of_clip] * FRAMES
    meant = [meant[i] for i in rng.permutation(len(meant))]
    ways = {"patient": RESPELLED, "video": RESPELLED, "source": WORDS, "label": WORDS}
    rows = []
    for number, row in enumerate(meant):
        cells = {name: written(row[name], rng, often, ways[name]) for name in COLUMNS}
        cells["split"] = str(rng.choice(PARTS[row["split"]]))
        cells["flag"] = str(rng.choice(FLAGS[row["flag"]]))
        cells["lung_mask"] = written(row["lung_mask"], rng, often, [_with_backslashes])
        rows.append({"image": f"{number}.png", **cells})
    names = ["image", *columns, "split", "flag", "lung_mask"]
    lines = [",".join(names), *(",".join(row[name] for name in names) for row in rows)]
    path = folder / "images.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    differ = {
        name
        for name in columns
        if len({stored(row[name]) for row in rows}) > len({row[name] for row in meant})
    }
    return Drawn(path, meant, differ)


def _with_backslashes(path: str) -> str:
    return path.replace("/", "\\")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the images and masks that tables name."""
    folder = tmp_path_factory.mktemp("respelled")
    (folder / "lünge").mkdir()
    for number in range(4):
        (folder / "lünge" / f"ä_{number}.png").write_bytes(b"")
    for number in range(2 * FRAMES * len(PEOPLE)):
        (folder / f"{number}.png").write_bytes(b"")
    return folder


def assert_one_to_one(manifest: Manifest, drawn: Drawn, column: str) -> None:
    """Every name that is meant is one name of the manifest, and the other way round."""
    meant = [row[column] for row in drawn.meant]
    pairs = set(zip(meant, manifest.table[column], strict=True))
    assert len(pairs) == len(set(meant)) == manifest.table[column].nunique()


@pytest.mark.parametrize("block", range(BLOCKS))
def test_manifests_are_refused_or_merged_and_nothing_leaks(block: int, folder: Path) -> None:
    refused = 0
    for seed in range(MANIFESTS * block, MANIFESTS * (block + 1)):
        rng = np.random.default_rng([seed, 2])
        people = rng.permutation(PEOPLE)[:PERSONS].tolist()
        labels = rng.permutation(LABELS)[:KINDS].tolist()
        drawn = draw(folder, rng, people=people, labels=labels)
        merge = bool(seed % 3)
        manifest = read_manifest(
            drawn.path, same_name="merge" if merge else "refuse", extras=["flag"]
        )
        apart = [problem for problem in manifest.problems if any(it in problem for it in APART)]
        told = {name for name in COLUMNS if any(name in problem for problem in apart)}
        assert told == (set() if merge else drawn.differ)
        assert manifest.respelled == bool(told)
        masks = [folder / row["lung_mask"] for row in drawn.meant]
        assert [Path(cell) for cell in manifest.table["lung_mask"]] == masks
        refused += bool(apart)
        if apart:
            continue
        for column in COLUMNS:
            assert_one_to_one(manifest, drawn, column)
        assert len(manifest.classes) == KINDS
        for rule in (
            Rule(test=0.4, validation=0.4, seeds=[0], fractions=[1.0]),
            Rule(test="split", validation=0.4, seeds=[0], fractions=[1.0]),
        ):
            [parts] = make_split(manifest, rule).drawn.values()
            for column in ("patient", "video"):
                train, validation, test = (
                    {drawn.meant[row][column] for row in rows}
                    for rows in (parts.train, parts.validation, parts.test)
                )
                assert not (train & validation or train & test or validation & test)
        assert {drawn.meant[row]["split"] for row in parts.test} == {"test"}
        areas = by_clip(
            np.full((len(manifest), 1), 0.5, np.float32),
            ["A-line"],
            manifest.table,
            {"A-line": "flag"},
        )
        by_name = dict(zip(manifest.table["video"], drawn.meant, strict=True))
        meant = {name: (row["patient"], row["flag"]) for name, row in by_name.items()}
        clips = zip(areas["video"], areas["patient"], areas["flag"], strict=True)
        named = dict(zip((row["patient"] for row in drawn.meant), manifest.groups, strict=True))
        found = {video: (patient, flag) for video, patient, flag in clips}
        assert found == {name: (named[person], flag) for name, (person, flag) in meant.items()}
    assert 3 < refused < MANIFESTS / 3


@pytest.mark.parametrize("known", ["videos here", "videos there", "videos in both"])
def test_whoever_tests_is_known_where_only_videos_tell_who_is_who(
    known: str, folder: Path, tmp_path: Path
) -> None:
    by_video = ("video", "source", "label")
    for seed in range(20):
        rng = np.random.default_rng([seed, 3])
        here = draw(folder, rng, columns=COLUMNS if known == "videos there" else by_video)
        manifest = read_manifest(here.path, same_name="merge")
        there = draw(tmp_path, rng, columns=COLUMNS if known == "videos here" else by_video)
        other = read_manifest(there.path, same_name="merge", labelled=False)
        assert manifest.by_video == (known != "videos there")
        if manifest.by_video:
            pairs = set(zip((row["video"] for row in here.meant), manifest.groups, strict=True))
            assert len(pairs) == len(set(manifest.groups)) == 2 * len(PEOPLE)
        rule = Rule(test=0.4, validation=0.4, seeds=[0], fractions=[1.0])
        tested = make_split(manifest, rule).tested
        found = known_again(manifest, manifest.groups[tested].tolist(), other)
        rows = np.isin(other.groups, [it.patient for it in found])
        # Who is known by videos alone is left out with all that the other table has of him or her.
        name = "patient" if known == "videos here" else "video"
        meant = {here.meant[row][name] for row in tested}
        assert {there.meant[row][name] for row in np.flatnonzero(rows)} == meant
        assert all((row[name] in meant) == rows[i] for i, row in enumerate(there.meant))
