"""Names respelled at random: each manifest is refused or merged, and nobody is in two parts."""

import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.data.known_patients import known_again, patient_key
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.data.rule import Rule
from pleura.data.spelling import one_spelling
from pleura.data.split import make_split
from tests.data.conftest import Row, WriteTable
from tests.data.respelling import RESPELLED, SAME_TO_ALL

RULE = Rule(test=0.3, validation=0.3, seeds=[0, 1], fractions=[1.0])
APART = "differ in spelling only"
PEOPLE = [
    *("7", "70", "1.05", "1.5", "P1", "P10", "A-1", "A1", "12", "1 2", "-3", "3"),
    *("Müller 3", "Muller 3", "José", "Anna B", "ward 4 bed 11", "s_20", "X100", "100"),
]


@dataclass(frozen=True)
class Respelled:
    """Who is on each row, and whether somebody's names differ in more than their storage."""

    people: list[str]
    path: Path
    differ: bool


def respell(folder: Path, rng: np.random.Generator, name: str) -> Respelled:
    """A table of three rows a person, each written in a way of its own now and then."""
    people = [str(p) for p in np.repeat(PEOPLE, 3)[rng.permutation(3 * len(PEOPLE))]]
    often = rng.choice([0, 0.02, 0.5])
    written = []
    for person in people:
        ways = [ways for ways in (SAME_TO_ALL, RESPELLED) if rng.random() < often]
        for way in ways:
            person = way[rng.integers(len(way))](person)
        written.append(person)
    lines = ["image,label,patient"]
    lines += [
        f"{i}.png,{'ab'[PEOPLE.index(people[i]) % 2]},{name}" for i, name in enumerate(written)
    ]
    path = folder / name
    path.write_text("\n".join(lines), encoding="utf-8")
    seen = {
        (p, unicodedata.normalize("NFC", w).strip()) for p, w in zip(people, written, strict=True)
    }
    return Respelled(people, path, len(seen) > len(PEOPLE))


def parts_of(manifest: Manifest, people: list[str]) -> list[set[str]]:
    """The true people in training, validation and test of every draw."""
    split = make_split(manifest, RULE)
    return [
        {people[row] for row in rows}
        for parts in split.drawn.values()
        for rows in (parts.train, parts.validation, parts.test)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the images that tables name."""
    folder = tmp_path_factory.mktemp("respelled")
    for number in range(3 * len(PEOPLE)):
        (folder / f"{number}.png").write_bytes(b"")
    return folder


@pytest.mark.parametrize("block", range(3))
def test_manifests_are_refused_or_merged_and_none_leaks(block: int, folder: Path) -> None:
    """Each rule of `pleura.data.names` that is left out shows within twenty manifests."""
    refused = 0
    for seed in range(100 * block, 100 * block + 100):
        made = respell(folder, np.random.default_rng(seed), "images.csv")
        manifest = read_manifest(made.path, same_name="merge" if seed % 3 else "refuse")
        apart = [problem for problem in manifest.problems if APART in problem]
        assert bool(apart) == manifest.respelled == (made.differ and not seed % 3)
        refused += bool(apart)
        if apart:
            continue
        pairs = set(zip(made.people, manifest.groups.tolist(), strict=True))
        assert len(pairs) == len(PEOPLE) == len(set(manifest.groups))
        draws = parts_of(manifest, made.people)
        for train, validation, test in zip(draws[::3], draws[1::3], draws[2::3], strict=True):
            assert not (train & validation or train & test or validation & test)
    assert 10 < refused < 40


def test_whoever_tests_is_known_in_another_table_however_written(folder: Path) -> None:
    for seed in range(30):
        rng = np.random.default_rng([seed, 1])
        study, other = (respell(folder, rng, name) for name in ("study.csv", "other.csv"))
        manifest = read_manifest(study.path, same_name="merge")
        others = read_manifest(other.path, labelled=False)
        tested = make_split(manifest, RULE).tested
        found = known_again(manifest, set(manifest.groups[tested].tolist()), others)
        meant = {study.people[row] for row in tested}
        rows = np.isin(others.groups, [known.patient for known in found])
        assert {other.people[row] for row in np.flatnonzero(rows)} == meant
        assert all((other.people[i] in meant) == rows[i] for i in range(len(others)))


ROWS: list[Row] = [
    {"image": f"{i}.png", "label": "ab"[i % 2], "patient": name}
    for i, name in enumerate(["7", "7.0", "8", "P9", "p9", "p09"])
]


def test_rows_are_named(write_table: WriteTable) -> None:
    manifest = read_manifest(write_table(ROWS))
    assert manifest.problems == (
        "row 3 (1.png): patient '7.0' and '7' (row 2) differ in spelling only",
        "row 6 (4.png): patient 'p9' and 'P9' (row 5) differ in spelling only",
        "row 7 (5.png): patient 'p09' and 'P9' (row 5) differ in spelling only",
    )
    assert manifest.respelled


def test_merged_names_get_the_first_spelling_and_are_told(write_table: WriteTable) -> None:
    manifest = read_manifest(write_table(ROWS), same_name="merge")
    assert list(manifest.groups) == ["7", "7", "8", "P9", "P9", "P9"]
    assert manifest.merged_patients == {"7.0": "7", "p9": "P9", "p09": "P9"}
    assert manifest.notes == (
        "patients written in several ways count as one (2 times): 7 = 7.0; P9 = p9 = p09",
    )
    assert (manifest.problems, manifest.respelled) == ((), False)


def test_names_may_be_kept_as_written(write_table: WriteTable) -> None:
    manifest = read_manifest(write_table(ROWS), same_name="as_written")
    assert (len(set(manifest.groups)), manifest.problems) == (6, ())
    other = read_manifest(write_table(ROWS), same_name="as_written", labelled=False)
    assert patient_key(manifest, other)("p9") == "p9"
    assert patient_key(manifest, read_manifest(write_table(ROWS)))("P9") == "p9"


@pytest.mark.parametrize("word", ["nan", "NA", "unknown", "-", "None", "n/a"])
@pytest.mark.parametrize("same_name", ["refuse", "merge", "as_written"])
def test_a_word_for_nothing_is_no_patient(
    write_table: WriteTable, word: str, same_name: str
) -> None:
    path = write_table([{**ROWS[0], "patient": word}, {**ROWS[1], "patient": "8"}])
    manifest = read_manifest(path, same_name=same_name)  # type: ignore[arg-type]
    assert manifest.problems == (
        f"row 2 (0.png): no patient ({word!r} names nobody; fill in who it is, or leave the row "
        "out)",
    )


def test_videos_and_sources_too(write_table: WriteTable) -> None:
    rows = [
        {**row, "patient": "p", "video": video, "source": source}
        for row, video, source in zip(
            ROWS, ["v1", "V1", "nan", "v2", "", "v2"], ["St Ann", "st_ann", "-"] * 2, strict=True
        )
    ]
    assert read_manifest(write_table(rows)).problems == (
        "row 3 (1.png): video 'V1' and 'v1' (row 2) differ in spelling only",
        "row 3 (1.png): source 'st_ann' and 'St Ann' (row 2) differ in spelling only",
    )
    manifest = read_manifest(write_table(rows), same_name="merge")
    assert list(manifest.table["video"]) == ["v1", "v1", "", "v2", "", "v2"]
    assert list(manifest.table["source"]) == ["St Ann", "St Ann", ""] * 2
    assert manifest.notes[:2] == (
        "cells of video that name nothing ('nan'): 1",
        "cells of source that name nothing ('-'): 2",
    )


def test_videos_that_stand_for_patients_and_images_that_do(write_table: WriteTable) -> None:
    rows = [
        {"image": f"{i}.png", "label": "a", "video": v} for i, v in enumerate(["v1", "V1", "w"])
    ]
    manifest = read_manifest(write_table(rows), same_name="merge")
    assert list(manifest.groups) == ["v1", "v1", "w"]
    rows = [{"image": f"{name}.png", "label": "a"} for name in ("1", "01", "a")]
    manifest = read_manifest(write_table(rows), image_is_patient=True)
    assert (len(set(manifest.groups)), manifest.problems) == (3, ())


def labelled(*labels: str) -> list[Row]:
    return [
        {**row, "patient": f"p{i}", "label": label}
        for i, (row, label) in enumerate(zip(ROWS, labels, strict=False))
    ]


def test_labels_are_refused_or_merged(write_table: WriteTable) -> None:
    path = write_table(labelled("1", "0", "1.0", "0.0"))
    assert read_manifest(path).problems == (
        "labels '0', '0.0' differ in zeros or a trailing .0 only: row 3 (1.png), row 5 (3.png)",
        "labels '1', '1.0' differ in zeros or a trailing .0 only: row 2 (0.png), row 4 (2.png)",
    )
    assert read_manifest(path).respelled
    merged = read_manifest(path, same_name="merge")
    assert (merged.classes, merged.problems) == (("0", "1"), ())
    named = read_manifest(path, same_name="merge", classes=["1.0", "0.0"])
    assert (named.classes, list(named.labels), named.problems) == (("1.0", "0.0"), [0, 1, 0, 1], ())
    together = {"ill": ["1", "1.0"], "well": ["0", "0.0"]}
    for same_name in ("refuse", "merge"):
        kept = read_manifest(path, together=together, same_name=same_name)
        assert (len(kept.classes), kept.problems) == (4, ())


def test_two_forms_of_one_word_are_one_label(write_table: WriteTable) -> None:
    forms = [unicodedata.normalize(form, "Ödem") for form in ("NFC", "NFD", "NFC", "NFD")]
    manifest = read_manifest(write_table(labelled(*forms)), classes=[forms[1]])
    assert (manifest.classes, len(manifest), manifest.problems) == ((forms[0],), 4, ())


def test_a_missing_word_may_be_a_class_if_it_is_listed(write_table: WriteTable) -> None:
    path = write_table(labelled("NA", "a"))
    assert any("row 2 (0.png): no label" in problem for problem in read_manifest(path).problems)
    assert read_manifest(path, classes=["NA", "a"]).problems == ()


def test_ten_thousand_rows_cost_little() -> None:
    rng = np.random.default_rng(0)
    names = [
        f"{'Pp'[k]}{n:0{w}d}" for n, (k, w) in enumerate(rng.integers([0, 1], [2, 6], (10_000, 2)))
    ]
    table = pd.DataFrame({"patient": names, "video": "", "source": "s", "row": range(10_000)})
    start = time.process_time()
    one_spelling(table, str, "merge", by_video=False)
    assert time.process_time() - start < 1
