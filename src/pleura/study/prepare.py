"""A study made ready: data read, checked, decoded and split, networks measured, steps planned."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from pleura.errors import InputError, PleuraError
from pleura.holders import Holder
from pleura.leases import LEASE, HeldError, Lease, hold
from pleura.study.against import cautions_of_groups
from pleura.study.budget.resolve import MEASURED, resolve
from pleura.study.context import Progress, quiet
from pleura.study.countermeasures import lines_of
from pleura.study.data_table import questions
from pleura.study.distillation import refuse_students, without_ranking
from pleura.study.folder import drop_leftovers, refuse_files_of_others
from pleura.study.load_data import read_data
from pleura.study.missing_weights import replace_missing
from pleura.study.notes import cautions_of, notes_of, without_a_set
from pleura.study.prepared import NetworkTiming, Prepared
from pleura.study.published_weights import cautions_of_weights
from pleura.study.section_reader import BANK, Announce
from pleura.study.sections import LungMasks
from pleura.study.speeds import measure_network, subjects_of
from pleura.study.step_graph import Plan
from pleura.study.study_base import StudyBase
from pleura.tasks.listed import TASKS
from pleura.train.devices import Devices

ONE = Devices()


@contextmanager
def alone_in(folder: Path, announce: Announce = quiet) -> Iterator[Lease]:
    """Hold the lease of `folder`; a folder made for that which stays empty goes with it.

    A run on another machine that was left there is watched for a minute, which `announce` tells.
    Raises InputError where files of others would be overwritten, and PleuraError where another run
    is at work, and for every failure of the file system.
    """
    is_there = folder.is_dir()
    try:
        refuse_files_of_others(folder)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be a study's folder ({error.strerror}); give another --out"
        ) from error

    def waiting(holder: Holder) -> None:
        announce(f"{folder}: looking whether {holder} is still at work there, a minute at most")

    with ExitStack() as stack:
        if not is_there:
            stack.callback(_drop_empty, folder)
        try:
            lease = stack.enter_context(hold(folder / LEASE, wait=False, waiting=waiting))
        except HeldError as error:
            raise PleuraError(
                f"{folder}: another run is at work in this folder ({error.holder}); wait for it or "
                "give --out"
            ) from error
        except OSError as error:
            raise InputError(
                f"{folder}: cannot be a study's folder ({error.strerror}); give another --out"
            ) from error
        assert lease is not None
        drop_leftovers(folder)
        try:
            yield lease
        except OSError as error:
            raise PleuraError(
                f"{error.filename or folder}: {error.strerror or error}\n"
                "  - mend this and give the same command again: it goes on from here"
            ) from error


def _drop_empty(folder: Path) -> None:
    with suppress(OSError):  # it is not empty
        folder.rmdir()


def prepare(
    study: StudyBase,
    folder: Path,
    progress: Progress,
    announce: Announce,
    *,
    keep: bool,
    devices: Devices = ONE,
    lungs: LungMasks | None = None,
) -> Prepared:
    """Make a study ready in its folder; only with `keep` are its split and what is measured kept.

    Without, nothing is written but its folder `bank`, where a later run finds what was measured.
    `lungs` are those that its file asks for where their masker is not there yet.

    Raises InputError for weights that do not fit, for a budget that does not hold the study, and
    one that lists all that is wrong with the data; PleuraError for weights that cannot be
    downloaded.
    """
    asked = _without_transductive(study, announce)
    study, needs = replace_missing(asked, announce, doing=lambda what: progress(what, 0, 1, {}))
    frozen = [name for name, of in needs.items() if of.on_features]
    refuse_students(study, frozen)
    study, unranked = without_ranking(asked, study)
    for line in unranked:
        announce(line)
    budget = resolve(study, needs, folder, progress, announce, keep=keep, lungs=lungs)
    study = budget.applied(study) if budget else study
    for line in lines_of(study, frozen):
        announce(line)
    said: set[str] = set()

    def say(line: str) -> None:
        said.add(line)
        announce(line)

    context = read_data(study, folder, progress, say, keep_split=keep)
    cautions = cautions_of(study.pretrainings, context, study.seeds_at(max(study.fractions)))
    cautions += without_a_set(study, context)
    cautions += cautions_of_groups(study, context)
    cautions += cautions_of_weights(study, context)
    for note in (*notes_of(context), *cautions):
        if (line := f"note: {note}") not in said:  # those of the manifest were said as it was read
            announce(line)
    for question in questions(context.manifest, study.data.classes or ()):
        announce(f"question: {question}")
    context = replace(context, devices=devices)
    files = folder / MEASURED, folder / BANK / MEASURED
    subjects = subjects_of(study, needs)
    measured: dict[tuple[str, bool], NetworkTiming] = {}
    for number, (key, subject) in enumerate(subjects.items()):
        progress("timing networks", number, len(subjects), {})
        measured[key] = measure_network(
            subject,
            accelerator=context.accelerator,
            files=files,
            remember=files[0 if keep else 1],
            announce=announce,
        )
    progress("planning the steps", 0, 1, {})
    precision = {
        network: answer.precision for (network, trained), answer in measured.items() if trained
    }

    def plan_on() -> Plan:
        return TASKS[study.task].planner(study, context, needs, precision).plan()

    return Prepared(study, context, measured, plan_on(), plan_on, budget=budget)


def _without_transductive(study: StudyBase, announce: Announce) -> StudyBase:
    """The study with recipes that may have seen images that test left out of any ranking."""
    seen = [name for name, recipe in study.recipes.items() if study.is_transductive(recipe)]
    for name in seen:
        announce(f"{name}: transductive, so not ranked")
    recipes = {
        name: recipe.model_copy(update={"ranked": False}) if name in seen else recipe
        for name, recipe in study.recipes.items()
    }
    return study.model_copy(update={"recipes": recipes})
