"""Chooses what a study file leaves open, for the time that is given (docs/concepts/budget.md)."""

import math
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pleura.errors import InputError
from pleura.files import digest_of
from pleura.progress import in_words
from pleura.study.budget.asked import seconds_of
from pleura.study.budget.files import fixed_by, shared_size, size_before, with_values
from pleura.study.budget.resolved import BUDGET, Resolved, asked_of, found
from pleura.study.budget.rules import (
    NAMED,
    SHARE,
    SIZES,
    Design,
    Fixed,
    Labels,
    Value,
    around,
    designs,
    values_of,
)
from pleura.study.budget.sizes import side_of, sizes_taken
from pleura.study.budget.time import Timings, seconds_of_study
from pleura.study.context import Context, Progress, quiet
from pleura.study.draw import draws_of
from pleura.study.load_data import read_data
from pleura.study.needs import Needs
from pleura.study.section_reader import BANK, Announce, Reader, Wanted
from pleura.study.sections import LungMasks
from pleura.study.speeds import Subject, measure_network, subjects_of
from pleura.study.study_base import StudyBase
from pleura.train.precision import computes_bf16
from pleura.wording import count

MEASURED = "measured.json"
OF_STEPS = "steps."  # how names of networks begin that steps train before the recipes

Values = Callable[[Design], list[Value]]


def resolve(
    study: StudyBase,
    needs: Mapping[str, Needs],
    folder: Path,
    progress: Progress,
    announce: Announce,
    *,
    keep: bool,
    lungs: LungMasks | None = None,
) -> Resolved | None:
    """What the budget of a study comes to, found in its `folder` or chosen now; None where it has
    none. Without `keep` it is kept in the folder's `bank` only, as plans do. `lungs` are those that
    the file asks for where the study has none yet: what it says is judged with them.

    Raises InputError for a budget that does not hold the study, with the smallest that does, and
    for data that `read_data` refuses. What images that test show has no part in any choice.
    """
    if study.budget is None:
        return None
    reader = Reader(folder, progress, quiet)
    data_of = partial(digest_of_data, reader=reader)
    resolved, said = found(study, folder, folder / BANK, data_of, lungs)
    if said:
        announce(f"note: {said}")
    if resolved is None:
        resolved = _Chooser(study, needs, folder, progress, announce, lungs).choose()
    resolved.keep((folder if keep else folder / BANK) / BUDGET)
    return resolved


def labels_of(study: StudyBase, context: Context) -> Labels:
    """How many images train in the draws of a study."""
    draws = draws_of(study, context)
    trains = [len(context.split.parts(draw.fold, draw.seed, draw.fraction).train) for draw in draws]
    return Labels(max(trains), min(trains))


def digest_of_data(study: StudyBase, *, reader: Reader) -> str:
    """A digest of what a budget sees of the data of a study: of images, labels, patients and parts
    as the table names them, and of how large the images are."""
    manifest, bank = reader.unchecked(study.data, Wanted.by(study))
    return digest_of([manifest.key, side_of(bank)])


@dataclass
class _Chooser:
    """Looks at the data, then climbs the ladder as far as the time goes."""

    study: StudyBase
    needs: Mapping[str, Needs]
    folder: Path
    progress: Progress
    announce: Announce
    lungs: LungMasks | None = None
    timed: dict[int, Timings] = field(default_factory=dict)

    def choose(self) -> Resolved:
        """See `resolve`."""
        budget, fixed = self.study.budget, fixed_by(self.study)
        assert budget is not None
        given = fixed.given.get("data.size") or shared_size(self.study)
        looked_at = given or min(SIZES)
        banks = {*(self.folder / BANK).glob("*")}
        context, data = self._read(looked_at)
        labels, subjects = labels_of(self.study, context), self._subjects(self.study)
        above = size_before(self.study)
        sizes = (given,) if given else sizes_taken(subjects, side_of(context.bank), above)
        precision = self._precision(min(sizes), labels, fixed, context)

        def values(design: Design) -> list[Value]:
            return [*values_of(design, labels, fixed, sizes), *precision]

        made, time = designs(sizes, fixed), seconds_of(budget)

        def climbed() -> tuple[Design, list[str]]:
            if time:
                return self._climb(made, values, context, time)
            return around(NAMED[budget], sizes, fixed), []

        design, left = climbed()
        # What is faster for small images need not be so for those that are chosen.
        if design.size != min(sizes) and precision:
            try:
                there = self._precision(design.size, labels, fixed, context)
            except InputError:  # as where a GPU has memory enough for one precision alone
                there = precision
            other, precision = there[0].value != precision[0].value, there
            if other:
                self.timed.clear()
                design, left = climbed()
        if design.size != looked_at and context.bank.folder not in banks:
            shutil.rmtree(context.bank.folder, ignore_errors=True)
        asked, whole = asked_of(self.study)
        resolved = Resolved(
            budget, values(design), str(design), left, asked, whole, fixed.given, data
        )
        resolved.refuse_unfit(self.study, self.lungs)  # before anything trains
        return resolved

    def _read(self, size: int) -> tuple[Context, str]:
        """The data of the study with their digest, decoded at a size: as small as can be, since
        only numbers of images and their own sizes are asked for."""
        lungs = {"lungs": None} if self.study.lungs and self.study.lungs.masker else {}
        looked = self.study.data.model_copy(update={"size": size, **lungs})
        study = self.study.model_copy(update={"data": looked})
        context = read_data(study, self.folder, self.progress, quiet, keep_split=False)
        return context, digest_of_data(study, reader=Reader(self.folder, self.progress, quiet))

    def _subjects(self, study: StudyBase) -> list[Subject]:
        """The networks of the recipes, each once."""
        of_study = subjects_of(study, self.needs)
        return [each for (name, _), each in of_study.items() if not name.startswith(OF_STEPS)]

    def _precision(self, size: int, labels: Labels, fixed: Fixed, context: Context) -> list[Value]:
        """The precision of all trainings where the file leaves it open: bf16 where each network
        trains faster with it, with images of a size."""
        if self.study.training.precision != "auto":
            return []
        if not computes_bf16(context.accelerator):
            return [Value("training.precision", "fp32", "since bf16 would not be faster here")]
        values = values_of(around(Design(size, 1, 1, 1), (size,), fixed), labels, fixed, (size,))
        study = with_values(self.study, {value.key: value.value for value in values})
        trained = [
            timing.precision
            for (name, trains), timing in self._measure(study, context).items()
            if trains and not name.startswith(OF_STEPS)
        ]
        all_faster = bool(trained) and set(trained) == {"bf16"}
        faster = f"faster here for all networks that train, at {size} pixels"
        why = faster if all_faster else f"since bf16 is not {faster}"
        return [Value("training.precision", "bf16" if all_faster else "fp32", why)]

    def _measure(self, study: StudyBase, context: Context) -> Timings:
        """What the networks of a study cost here."""
        files = self.folder / MEASURED, self.folder / BANK / MEASURED
        subjects, measured = subjects_of(study, self.needs), {}
        for number, (key, subject) in enumerate(subjects.items()):
            self.progress("timing networks", number, len(subjects), {})
            measured[key] = measure_network(
                subject,
                accelerator=context.accelerator,
                files=files,
                remember=files[1],
                announce=self.announce,
            )
        return measured

    def _climb(
        self, made: list[Design], values: Values, context: Context, time: float
    ) -> tuple[Design, list[str]]:
        """The last of the designs that fits, and what the next would take."""
        last: Timings | None = None
        for place, design in enumerate(made):
            changes = {value.key: value.value for value in values(design)}
            study = with_values(self.study, changes)
            # A larger image never takes less: what does not fit by the times of a smaller one is
            # not measured.
            seconds = seconds_of_study(study, self.needs, context, last) if last else 0.0
            least = "more than " * bool(last and design.size not in self.timed)
            if seconds <= SHARE * time:
                if design.size not in self.timed:
                    try:
                        self.timed[design.size] = self._measure(study, context)
                    except InputError as error:  # as where a GPU has too little memory
                        if not place:
                            raise
                        return made[place - 1], [f"{design}: {error.heading}"]
                last, least = self.timed[design.size], ""
                seconds = seconds_of_study(study, self.needs, context, last)
            if seconds > SHARE * time:
                if not place:
                    raise InputError(_too_small(self.study, context, design, seconds))
                takes = f"{design}, {least or 'about '}{in_words(seconds / SHARE)}"
                return made[place - 1], [takes]
        return made[-1], []


def _too_small(study: StudyBase, context: Context, design: Design, seconds: float) -> str:
    """What is said of a budget that does not hold a study."""
    seeds = len({seed for fraction in study.fractions for seed in study.seeds_at(fraction)})
    draws, folds = len(draws_of(study, context)), context.split.folds
    parts = [count(seeds, "seed"), count(len(study.fractions), "fraction")]
    parts += [count(folds, "fold")] if folds > 1 else []
    return (
        f"budget: {study.budget} does not hold {count(len(study.recipes), 'recipe')} in each of "
        f"{count(draws, 'draw')} ({', '.join(parts)}); the smallest budget that does is "
        f"{smallest(seconds)} on this machine, for {design}; give that, or fewer seeds, fractions "
        "or recipes, which a budget never changes"
    )


def smallest(seconds: float) -> str:
    """The smallest budget that holds so many seconds of networks, as a study file says it.

    >>> smallest(2700.0)
    '60 min'
    """
    minutes = max(1, math.ceil(seconds / SHARE / 60 - 1e-9))
    return f"{minutes} min" if minutes < 120 else f"{math.ceil(minutes / 6) / 10:g} h"
