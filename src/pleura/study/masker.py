"""The lung masker that another study trains first, where `data.lungs` names that study."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pleura.errors import InputError, PleuraError
from pleura.progress import in_words
from pleura.study.budget.resolved import as_begun
from pleura.study.context import quiet
from pleura.study.estimate import seconds_at_most
from pleura.study.prepare import prepare
from pleura.study.prepared import Prepared
from pleura.study.sections import LungMasks
from pleura.study.simulated import folder_of
from pleura.study.study_base import StudyBase
from pleura.study.study_files import dump_study, read_masker_study
from pleura.wording import count

Wanting = TypeVar("Wanting", bound=StudyBase)


@dataclass(frozen=True)
class MaskerStudy:
    """A segmentation of lungs that a study stands on: its file, name, and folder."""

    file: StudyBase
    name: str
    folder: Path

    @property
    def model(self) -> Path:
        """The folder of the masker, once it is trained."""
        return self.folder / "best"

    def is_finished(self) -> bool:
        """Whether the study was finished with the settings that its file has and with the data as
        they are now, and its model is whole. Data that are no longer there have not changed."""
        from pleura.deploy.segmenter import load_segmenter  # a second, which other plans save

        saved = self.folder / "study.yaml"  # written once the model is there
        try:
            asked = as_begun(self.file, self.folder)
            if saved.read_bytes() != dump_study(asked).encode():
                return False
            load_segmenter(self.model)
            if not all(path.exists() for path in self._manifests()):
                return True
            # Without its lock: several studies may look at one masker at once.
            now = prepare(self.file, self.folder, quiet, quiet, keep=False)
        except (OSError, InputError):
            return False
        return not now.plan.missing(now.context.steps)

    def _manifests(self) -> Iterator[Path]:
        steps = self.file.segmentations.values()
        for data in (self.file.data, *(step.data for step in steps)):
            if data.simulated:
                yield folder_of(data.simulated, self.folder)
            elif data.manifest:
                yield data.manifest

    @contextmanager
    def named(self) -> Iterator[None]:
        """Say of errors in here that they are of this study, and what moves it elsewhere."""
        try:
            yield
        except InputError as error:
            cure = (
                f"{self.name} trains the lung masker of this study in {self.folder}: delete that "
                "folder, or give an --out in another folder"
            )
            raise InputError(f"{self.name}: {error.heading}", [*error.problems, cure]) from error
        except PleuraError as error:
            raise PleuraError(f"{self.name}, which trains the lung masker: {error}") from error

    def first(self, prepared: Prepared) -> str:
        """What a plan says of it, `prepared`, before it is trained."""
        missing = prepared.plan.missing(prepared.context.steps)
        seconds = seconds_at_most(missing, prepared)
        return (
            f"first: {self.name}, which trains the lung masker in {self.folder} "
            f"({count(len(prepared.plan.steps), 'step')}, {len(missing)} to do, at most "
            f"{in_words(seconds)}), and its decoded images are there by now; what this study tells "
            "of the lungs is planned once the masker is there"
        )


def masker_study(study: StudyBase, out: Path) -> MaskerStudy | None:
    """The study that trains the masker of `study`, whose folder is `out`; None where it names none.

    Its folder lies beside `out` and is called as `pleura study run` would call it, so that a masker
    that was trained there is found. Raises InputError for a file that does not segment lungs.
    """
    lungs = study.lungs
    if lungs is None or lungs.study is None:
        return None
    file = read_masker_study(lungs.study, quick=lungs.quick)
    folder = out.parent / f"{lungs.study.stem}{'-quick' if lungs.quick else ''}"
    if folder == out:
        raise InputError(f"{out}: is the folder of the lung masker's study; give another --out")
    return MaskerStudy(file, lungs.study.name, folder)


def with_masker(study: Wanting, model: Path) -> Wanting:
    """The study with lungs as the model in a folder segments them."""
    lungs = study.lungs or LungMasks()
    found = {"masker": model, "study": None, "quick": False}
    return _with(study, lungs.model_copy(update=found))


def without_masker_study(study: Wanting) -> Wanting:
    """The study without its lungs where another study has yet to train their masker."""
    lungs = study.lungs
    return study if lungs is None or lungs.study is None else _with(study, None)


def _with(study: Wanting, lungs: LungMasks | None) -> Wanting:
    return study.model_copy(update={"data": study.data.model_copy(update={"lungs": lungs})})
