"""The study that a model comes from, as its report sees it, without names of patients and files.

The card of an exported model is filled from it, so that it says what the report says.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pleura.errors import InputError
from pleura.report.folder import Folder
from pleura.report.page import cautions, found_by, of_model
from pleura.report.section import Caution
from pleura.report.study import Study
from pleura.report.study_file import (
    note_without_names,
    study_text,
    without_folders,
    without_names,
)
from pleura.report.tasks import Page
from pleura.tables import MEMBERS
from pleura.tasks.listed import page_of
from pleura.wording import capital

THIS_MODEL, ITS_STUDY = (
    "Of this model",
    "Of the study that it comes from",
)  # whom cautions are about
BESIDES = "Of the study, besides"  # what is not serious
THIS = "this model"  # what the card calls what the report calls by the name of a folder
AWAY = "the folder of its study was not at hand when this card was written"
UNREAD = "the folder of its study could not be read when this card was written"


@dataclass(frozen=True)
class Origin:
    """The `study` of a model with its `page`; None where it is not known, and `why` then."""

    study: Study[Any] | None = None
    page: Page[Any] | None = None
    why: str = ""

    @cached_property
    def sections(self) -> Mapping[str, Any]:
        """What the sections of the report have evaluated, by their anchors."""
        return {section.anchor: its for section, its in self._filled if section.anchor}

    @cached_property
    def _filled(self) -> list[Any]:
        if self.study is None or self.page is None:
            return []
        return found_by(self.page.sections, self.study)

    @cached_property
    def cautions(self) -> Mapping[str, list[str]]:
        """The cautions of the report, in full, by whom they are about, each told once."""
        if self.study is None:
            return {}
        its, every = of_model(self._filled, self.study), cautions(self._filled, self.study)
        by: dict[str, list[Caution]] = {
            THIS_MODEL: its,
            ITS_STUDY: [each for each in every if each.serious],
            BESIDES: [each for each in every if not each.serious],
        }
        told: dict[str, list[str]] = {}
        known: set[str] = set()
        for whom, those in by.items():
            texts = dict.fromkeys(self.told(each.text) for each in those)
            told[whom] = [text for text in texts if text not in known]
            known |= texts.keys()
        return {whom: texts for whom, texts in told.items() if texts}

    def beside_the_model(self, known: Collection[str]) -> list[str]:
        """The cautions for a page about this model alone, in full, each told once: those on it, and
        the serious ones on its study. Sections that are `known` say nothing of the model that the
        page does not say itself; what a section says of recipes is left out where it says as much
        of the model."""
        if self.study is None:
            return []
        its = [each.text for each in of_model(self._filled, self.study) if each.see not in known]
        every = [each.text for each in cautions(self._filled, self.study) if each.serious]
        repeated = {
            caution.text
            for section, found in self._filled
            if section.of_recipes and any(section.of_model(self.study, found))
            for caution in section.cautions(self.study, found)
        }
        texts = [*its, *(text for text in every if text not in repeated)]
        return list(dict.fromkeys(map(self.told, texts)))

    def told(self, text: str) -> str:
        """A text of the report with the model called `this model`."""
        name = self.study.model.name if self.study and self.study.model else ""
        for called in (f"“{name}”", name) if name else ():
            text = text.replace(called, THIS)
        text = text.replace("the model in best/", THIS).replace("The model in best/", "This model")
        return capital(text) if text.startswith(THIS) else text


def origin_of(model: Path, card: Mapping[str, Any], study: Path | None = None) -> Origin:
    """The study that a model's folder comes from: the folder `study`, or the one above.

    Nothing, with the reason, where that is no finished study. Raises InputError where a `study` is
    named that has not trained this model, or cannot be read.
    """
    folder = study or model.resolve().parent
    if not (folder / "study.yaml").is_file() or not (folder / "runs.csv").is_file():
        if study is None:
            return Origin(why=AWAY)
        raise InputError(f"{study}: holds no finished study (study.yaml, runs.csv)")
    try:
        page = page_of(folder)
        contents = without_patients(page.read(folder), card)
        if not _trained(contents, card):
            if study is None:
                return Origin(why=AWAY)
            raise InputError(f"{study}: not the study that has trained this model")
        judged = Study(contents, page.judge(contents), page.by)
        return Origin(page.with_the_model(judged), page)
    except InputError:
        if study is None:
            return Origin(why=UNREAD)
        raise


def without_patients(contents: Folder, card: Mapping[str, Any]) -> Any:
    """The folder with the model of a `card` as the one that is handed over, and as a study reads
    that hides the names of patients and files."""
    hidden = without_names({**contents.study, "report": {"patients": "hidden"}})
    return replace(
        contents,
        study=hidden,
        study_text=study_text(hidden),
        runs=contents.runs.map(without_folders),
        aside=contents.aside.map(without_folders),
        notes=tuple(map(note_without_names, contents.notes)),
        best=card,
    )


def _trained(contents: Folder, card: Mapping[str, Any]) -> bool:
    """Whether a training of the study is that of the model."""
    steps = {each.get("step") for each in (card, *(card.get(MEMBERS) or ()))}
    return bool(steps & set(contents.every_run.get("step", ())))
