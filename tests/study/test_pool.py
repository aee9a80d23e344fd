"""Images to learn from without labels: whole patients, no test images, every manifest's share."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pleura.data.bank import build_bank
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.data.rule import Rule
from pleura.data.split import Split, make_split
from pleura.errors import InputError
from pleura.study.material import refuse_tested
from pleura.study.pool import Pool, Source, compared
from tests.conftest import MakeImages


def source(manifest: Manifest, folder: Path, *, strangers: bool = True) -> Source:
    bank = build_bank(manifest.table["image"].tolist(), folder, size=16)
    return Source(manifest, bank, strangers=strangers)


def pool(make_images: MakeImages, folder: Path, *patients: int, validation: float = 0.25) -> Pool:
    """Sources with so many patients each; the study's own patients are others."""
    manifests = [
        read_manifest(make_images(patients=n, seed=i), labelled=False)
        for i, n in enumerate(patients)
    ]
    sources = tuple(source(manifest, folder) for manifest in manifests)
    return Pool(sources, validation, *study(make_images))


def study(make_images: MakeImages) -> tuple[Manifest, Split]:
    manifest = read_manifest(make_images(patients=24, seed=9))
    rule = Rule(test="split", validation=0.25, seeds=[0, 1], fractions=[0.5, 1.0])
    return manifest, make_split(manifest, rule)


def test_rows_follow_each_other_and_patients_stay_whole(
    make_images: MakeImages, tmp_path: Path
) -> None:
    two = pool(make_images, tmp_path, 12, 8)
    train, watched = two.parts(0, 0)
    assert sorted([*train, *watched]) == list(range(40))
    assert not set(two.groups[train]) & set(two.groups[watched])
    # Each manifest and label gives its share, though both have patients called p0.
    assert np.sum(watched < 24) == 2 * 4
    assert np.sum(watched >= 24) == 2 * 2
    assert len(set(two.groups)) == 20


def test_a_seed_draws_anew(make_images: MakeImages, tmp_path: Path) -> None:
    one = pool(make_images, tmp_path, 12)
    again, other = one.parts(0, 0)[1], one.parts(1, 0)[1]
    assert one.parts(0, 0)[1].tolist() == again.tolist() != other.tolist()


def test_it_is_watched_by_the_first_labels_there_are(
    make_images: MakeImages, tmp_path: Path
) -> None:
    manifest = read_manifest(make_images(patients=6), labelled=False)
    blank = read_manifest(make_images(patients=6, seed=1), labelled=False)
    blank = read_manifest(blank.origin, labelled=False, where={"label": "a"})
    sources = (source(blank, tmp_path), source(manifest, tmp_path))
    labels = Pool(sources, 0.25, *study(make_images)).labels
    assert set(labels[: len(blank)]) == {-1}
    assert labels[len(blank) :].tolist() == manifest.labels.tolist()


def test_too_few_patients_are_refused(make_images: MakeImages, tmp_path: Path) -> None:
    few = pool(make_images, tmp_path, 2, validation=0.1)
    with pytest.raises(InputError, match="test nor validate: 2, too few"):
        few.parts(0, 0)


def test_nobody_who_chooses_is_learned_from(make_images: MakeImages, tmp_path: Path) -> None:
    own, split = study(make_images)
    same = read_manifest(make_images(patients=24, seed=9), labelled=False)
    mixed = (source(same, tmp_path, strangers=False), source(same, tmp_path))
    pool = Pool(mixed, 0.25, own, split)
    for seed in (0, 1):
        validates = set(own.groups[split.parts(0, seed, 1.0).validation])
        kept = [*pool.parts(seed, 0)[0], *pool.parts(seed, 0)[1]]
        names = [group.split("/") for group in pool.groups[kept]]
        assert not validates & {name for part, name in names if part == "0"}
        # Those of the same name in the other source are other people.
        assert validates <= {name for part, name in names if part == "1"}


def test_nobody_kept_aside_is_learned_from(make_images: MakeImages, tmp_path: Path) -> None:
    own = read_manifest(make_images(patients=24, seed=9))
    usual = {"test": "split", "validation": 0.25, "seeds": [0], "fractions": [1.0]}
    split = make_split(own, Rule(**usual, aside={"sets": 0.3}))
    kept = split.aside_of(0)["sets"]
    learned = replace(source(own, tmp_path), own=True)
    for transductive in (False, True):
        pool = Pool((learned,), 0.25, own, split, transductive=transductive)
        assert len(kept) > 2
        assert not set(np.concatenate(pool.parts(0, 0))) & set(kept)
        assert bool(set(np.concatenate(pool.parts(0, 0))) & set(split.tested)) is transductive
    with pytest.raises(InputError) as refused:
        refuse_tested(own, split, [("turned", replace(learned, own=False, strangers=False))])
    names = set(own.groups[split.held_out])
    assert {f"steps.turned: patient {name} tests or is kept aside" for name in names} <= {
        *refused.value.problems
    }


def test_nor_is_whoever_chooses_in_another_spelling(
    make_images: MakeImages, tmp_path: Path
) -> None:
    own, split = study(make_images)
    table = make_images(patients=24, seed=9)
    lines = [line.split(",") for line in table.read_text().splitlines()]
    written = [[*line[:2], line[2].replace("p", "P0"), line[3]] for line in lines[1:]]
    table.write_text("\n".join(",".join(line) for line in [lines[0], *written]))
    other = read_manifest(table, labelled=False)
    pool = Pool((source(other, tmp_path, strangers=False),), 0.25, own, split)
    for seed in (0, 1):
        validates = set(own.groups[split.parts(0, seed, 1.0).validation])
        kept = other.groups[np.concatenate(pool.parts(seed, 0))]
        assert len(validates) > 2
        assert not validates & {name.replace("P0", "p") for name in kept}


def test_whoever_tests_or_chooses_is_known_by_the_video_where_nothing_else_tells(
    make_images: MakeImages, tmp_path: Path
) -> None:
    """The study knows patients p0, p1, ... and their videos; the step's table videos alone."""
    table = make_images(patients=24, seed=9)
    header, *lines = table.read_text().splitlines()
    rows = [(line, line.split(",")[header.split(",").index("patient")]) for line in lines]
    table.write_text("\n".join([f"{header},video", *(f"{row},of {p}.0" for row, p in rows)]))
    own = read_manifest(table)
    split = make_split(own, Rule(test="split", validation=0.25, seeds=[0], fractions=[1.0]))
    videos = tmp_path / "videos.csv"
    videos.write_text(
        "\n".join(
            ["image,video", *(f"{table.parent}/{row.split(',')[0]},OF {p}" for row, p in rows)]
        )
    )
    other = read_manifest(videos, labelled=False)
    learned = source(other, tmp_path, strangers=False)
    pool = Pool((learned,), 0.25, own, split)
    validates = set(own.groups[split.parts(0, 0, 1.0).validation])
    kept = other.groups[np.concatenate(pool.parts(0, 0))]
    assert len(validates) > 2
    assert not validates & {name.removeprefix("OF ") for name in kept}
    with pytest.raises(InputError) as caught:
        refuse_tested(own, split, [("turned", learned)])
    told = {line for line in caught.value.problems if "patient or video" in line}
    tested = sorted(set(own.groups[split.tested]))
    assert told == {
        f"steps.turned: patient or video OF {name} tests, as of {name}.0" for name in tested
    }


def test_an_earlier_merge_of_the_pools_own_patients_is_followed(
    make_images: MakeImages, tmp_path: Path
) -> None:
    own, split = study(make_images)
    validates = str(own.groups[split.parts(0, 0, 1.0).validation[0]])
    other = read_manifest(make_images(patients=6, seed=1), labelled=False)
    other = replace(other, merged_patients={validates.upper(): "p5"})
    pool = Pool((source(other, tmp_path, strangers=False),), 0.25, own, split)
    assert "p5" not in set(other.groups[np.concatenate(pool.parts(0, 0))])


def test_nor_is_a_copy_of_an_image_that_chooses_whatever_its_patient_is_called(
    make_images: MakeImages, tmp_path: Path
) -> None:
    own, split = study(make_images)
    bank = source(own, tmp_path).bank
    other = read_manifest(make_images(patients=24, seed=9), labelled=False)
    renamed = other.table["patient"].str.replace("p", "q")
    other = replace(other, table=other.table.assign(patient=renamed))
    sources = compared({"turned": [source(other, tmp_path)]}, bank, split.judging)["turned"]
    pool = Pool(tuple(sources), 0.25, own, split)
    for seed in (0, 1):
        validates = set(own.groups[split.parts(0, seed, 1.0).validation])
        kept = other.groups[np.concatenate(pool.parts(seed, 0))]
        assert len(validates) > 2
        assert not validates & {name.replace("q", "p") for name in kept}
