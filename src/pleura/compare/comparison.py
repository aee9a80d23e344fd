"""`pleura compare`: two finished studies side by side. No model is run; their tables are enough."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from pleura.compare.case_mix import case_mix
from pleura.compare.costs import costs_of, machine_of
from pleura.compare.delivered import models_of, named
from pleura.compare.differences import (
    COLUMNS,
    PAIRED,
    SEPARATE,
    Strictness,
    differences,
    patients_of,
    refuse_nothing,
)
from pleura.compare.images import SameImages, same_images
from pleura.compare.outcomes import Outcomes, number_names, outcomes_of
from pleura.compare.pairing import LEAKED, RELABELLED, SPARSE, Pairing, pair_up, with_persons
from pleura.compare.people import ABSENT, LEARNED, TESTED, People, people_of
from pleura.compare.settings import only_one_has, settings_of
from pleura.compare.studies import Pair, read_pair
from pleura.compare.tables import SETTINGS, TABLES, write_tables
from pleura.errors import InputError
from pleura.evaluate.number_metrics import IN_UNITS
from pleura.files import write_text
from pleura.own_files import refuse_to_overwrite
from pleura.tables import NUMBER

MARGIN, LEVEL = 0.01, 0.95
ENOUGH = 0.5  # of the smaller test part: where so many patients are in both, the verdict is paired


@dataclass(frozen=True)
class Comparison:
    """A finished comparison: its `folder`, its `page`, and what it says in a few `lines`."""

    folder: Path
    page: Path
    lines: tuple[str, ...]

    def __str__(self) -> str:
        """The lines, and where the page is."""
        return "\n".join([*self.lines, f"page: {self.page}"])


def compare_studies(
    first: str | Path,
    second: str | Path,
    out: str | Path | None = None,
    *,
    strangers: bool = False,
    salt: str | None = None,
) -> Comparison:
    """Compare two finished studies and write tables and the page into the folder `out`, by default
    `comparisons/FIRST_and_SECOND`. Differences are the second less the first.

    `strangers`: patients who are called alike are other people, as where two places count from 1;
    images are compared all the same. `salt`: that of the study whose patients are hashes, where the
    other calls them by their numbers. Nothing is written into the studies' folders. Raises
    InputError for a folder that is no finished study, for the same one twice, for studies of two
    tasks, without a class or a recipe in common, for tables that are cut off, and
    where `out` holds files of these names that no comparison wrote.

    >>> from pleura.compare.comparison import compare_studies
    >>> comparison = compare_studies("runs/my_study", "runs/next_year", "comparisons/years")
    >>> comparison.page.name
    'comparison.html'
    """
    from pleura.compare.page import FIGURE, PAGE, write_page

    pair = read_pair(Path(first), Path(second))
    usual = Path("comparisons") / "_and_".join(each.name.replace("/", "_") for each in pair)
    folder = Path(out or usual).resolve()
    _refuse_inside(folder, pair)
    refuse_to_overwrite(folder, [*(f"{name}.csv" for name in TABLES), PAGE, FIGURE], SETTINGS)
    outcomes = outcomes_of(pair)
    names = tuple(table["image"].astype(str).unique() for table in outcomes.tables)
    images = same_images(pair, (names[0], names[1]), strangers=strangers)
    people = people_of(pair, outcomes.tables, images, strangers=strangers, salt=salt)
    pairing = pair_up(pair, outcomes, images, people)
    strictness = _strictness(pair)
    ways = _ways(outcomes, people, pairing)
    found = _differences(ways, outcomes, strictness)
    recipes = [[*dict.fromkeys(table["recipe"])] for table in outcomes.tables]
    refuse_nothing(found, outcomes.tables)
    overlap = _overlap(pair, outcomes, people)
    tables = {
        "differences": found,
        "overlap": overlap,
        "shared_images": pairing.shared,
        "settings": settings_of(pair),
        "case_mix": case_mix(pair, outcomes),
        "costs": costs_of(pair),
        "delivered": _of_models(pair, outcomes, images, people, strictness),
    }
    facts = {
        "names": [study.name for study in pair],
        "questions": [str(study.settings.get("question") or "") for study in pair],
        "task": pair[0].task,
        "classes": [*outcomes.names],
        "only": [[*names] for names in outcomes.only],
        "metrics": [*outcomes.metrics],
        "level": strictness.level,
        "margin": strictness.margin,
        "main": _main(found, overlap),
        "of_class": {how: patients_of(tables, how, outcomes) for how, tables in ways.items()},
        "recipes_only": [*only_one_has(pair, (recipes[0], recipes[1]))],
        "baselines": _baselines(pair),
        "machines": [machine_of(study) for study in pair],
        "models": [named(study) for study in pair],
        "images": {
            "how": images.how,
            "shared": len(pairing.shared),
            "saved_again": images.saved_again,
        },
        "left_out": {why: pairing.left_out(why) for why in (LEAKED, RELABELLED, SPARSE)},
        "people": {
            "by_names": people.by_names,
            "hashes": asdict(people.hashes),
            "namesakes": people.namesakes,
            "strangers": strangers,
        },
        "notes": [*outcomes.notes],
        "number": _number(pair, outcomes),
        "versions": {name: version(name) for name in ("pleura", "numpy", "pandas", "scipy")},
    }
    # First, so that the tables of a comparison that is broken off are known as its own.
    write_text(folder / SETTINGS, json.dumps(facts, indent=1, ensure_ascii=False))
    write_tables(folder, tables)
    return Comparison(folder, folder / PAGE, write_page(folder))


def _refuse_inside(folder: Path, pair: Pair) -> None:
    """Raise InputError for a folder within a study's, which stays as it is, or of another study."""
    for study in pair:
        if folder.is_relative_to(study.folder.resolve()):
            raise InputError(
                f"{folder}: lies in the folder of a study, which stays as it is; give the "
                "comparison a folder of its own (--out)"
            )
    if (folder / "split.json").exists() or (folder / "study.yaml").exists():
        raise InputError(
            f"{folder}: a study's folder; give the comparison a folder of its own (--out)"
        )


def _strictness(pair: Pair) -> Strictness:
    """The margin and the level of both studies; of two of them the stricter."""
    margins = [float(study.settings.get("margin", MARGIN)) for study in pair]
    levels = [float(study.settings.get("level", LEVEL)) for study in pair]
    return Strictness(min(margins), max(levels))


Ways = dict[str, tuple[pd.DataFrame, pd.DataFrame]]


def _ways(outcomes: Outcomes, people: People, pairing: Pairing) -> Ways:
    """The test results of both, by how they are compared: paired, where any can be; and each on its
    own test part, unless these are the same images."""
    one, two = (
        with_persons(table, roles.by_name)
        for table, roles in zip(outcomes.tables, people.both, strict=True)
    )
    ways = {} if pairing.tables is None else {PAIRED: pairing.tables}
    used = int(pairing.shared["used"].sum())
    if not used == one["image"].nunique() == two["image"].nunique():
        ways[SEPARATE] = (one, two)
    return ways


def _differences(ways: Ways, outcomes: Outcomes, strictness: Strictness) -> pd.DataFrame:
    parts = [differences(tables, how, outcomes, strictness) for how, tables in ways.items()]
    return pd.concat(parts, ignore_index=True)


def _of_models(
    pair: Pair, outcomes: Outcomes, images: SameImages, people: People, strictness: Strictness
) -> pd.DataFrame:
    """The differences of the models that the studies hand over; none where one is not known."""
    models = models_of(pair, outcomes)
    if models is None:
        return pd.DataFrame(columns=COLUMNS)
    ways = _ways(models, people, pair_up(pair, models, images, people))
    return _differences(ways, models, strictness)


def _overlap(pair: Pair, outcomes: Outcomes, people: People) -> pd.DataFrame:
    """A row for each study and what the other did with the patients that it tests: patients,
    images."""
    rows = []
    for at, study in enumerate(pair):
        its = with_persons(outcomes.tables[at], people.both[at].by_name).drop_duplicates("image")
        other = people.both[1 - at]
        persons = its["patient"].astype(int)
        did = persons.map(other.of)
        for role in (TESTED, LEARNED, ABSENT):
            of = did == role
            rows.append((study.name, role, int(persons[of].nunique()), int(of.sum())))
    return pd.DataFrame(rows, columns=["study", "other", "patients", "images"])


def _main(found: pd.DataFrame, overlap: pd.DataFrame) -> str:
    """By which of the two ways the verdict is: paired, where half of the smaller test part or more
    is in both."""
    paired = found[found["how"] == PAIRED]
    if paired.empty or not (found["how"] == SEPARATE).any():
        return SEPARATE if paired.empty else PAIRED
    smaller = overlap.groupby("study")["patients"].sum().min()
    return PAIRED if paired["patients_first"].max() >= ENOUGH * smaller else SEPARATE


def _baselines(pair: Pair) -> list[str]:
    runs = pd.concat([study.contents.runs for study in pair])
    return sorted(set(runs.loc[runs["kind"] == "baseline", "recipe"]))


def _number(pair: Pair, outcomes: Outcomes) -> Mapping[str, Any]:
    """How metrics are written that have a unit: the unit, and of numbers how far these spread."""
    if outcomes.names:
        return {"unit": getattr(pair[0].contents, "unit", "")}
    both = pd.concat([table[NUMBER] for table in outcomes.tables]).astype(float)
    unit = next(outcomes.metrics[name].unit for name in IN_UNITS)
    return {"unit": unit, "spread": float(both.std()), "names": number_names(pair)}
