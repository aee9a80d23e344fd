"""What a budget came to: the values that were chosen, kept in a study's folder so that they are
found again, whoever is at work on the machine then."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

import yaml

from pleura.errors import InputError
from pleura.files import digest_of, write_text
from pleura.study.budget.files import File, fixed_by, shared_size, size_before, with_values
from pleura.study.budget.rules import Value
from pleura.study.sections import LungMasks
from pleura.study.study_base import StudyBase
from pleura.study.study_files import dump_study, make_study

BUDGET = "budget.json"
Kept = TypeVar("Kept", "Resolved", Value)


@dataclass(frozen=True)
class Resolved:
    """The `values` that were chosen for a `budget`, `design` in words, and what it leaves out
    (`left`). `asked` and `study` are digests of what was asked: of the budget, the values that the
    file gives, and what it says of the data; of these and of the recipes, seeds, fractions and
    steps. `data` is a digest of the data themselves, "" where it is not known."""

    budget: str
    values: Sequence[Value]
    design: str
    left: Sequence[str]
    asked: str
    study: str
    given: Mapping[str, Any] = field(default_factory=dict)
    data: str = ""

    def applied(self, study: File) -> File:
        """The study with the values, and without a budget."""
        return with_values(study, {value.key: value.value for value in self.values})

    def refuse_unfit(self, study: StudyBase, lungs: LungMasks | None = None) -> None:
        """Raise InputError where a study with the values is one that no file could say; with the
        `lungs` that its file asks for where their masker is not there yet."""
        applied = self.applied(study)
        if lungs:
            data = applied.data.model_copy(update={"lungs": lungs})
            applied = applied.model_copy(update={"data": data})
        content = yaml.safe_load(dump_study(applied))
        make_study(content, where=f"budget of {self.budget}", relative_to=Path.cwd())

    def told(self) -> list[str]:
        """What was chosen and why, a line a value, and what is left out."""
        lines = [f"budget of {self.budget}: {self.design}"]
        lines += [f"  {value.key}: {_short(value.value)} {value.why}" for value in self.values]
        lines += [f"  {key}: {_short(value)} as the file says" for key, value in self.given.items()]
        return [*lines, *(f"  left out: {line}" for line in self.left)]

    def keep(self, file: Path) -> None:
        """Write it into a file, unless it says the same already."""
        text = json.dumps(asdict(self), indent=1)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            write_text(file, text)


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else json.dumps(value).replace('"', "")


def asked_of(study: StudyBase) -> tuple[str, str]:
    """The digests of what a study asks of its budget, as `Resolved` has them; places of files,
    which differ from machine to machine, have no part in them, nor has an option that is off."""
    fixed = fixed_by(study)
    data = study.data.model_dump(mode="json", exclude={"size", "source", "licence", "lungs"})
    manifest = study.data.manifest
    data["manifest"] = manifest.name if manifest else None
    asked = {"budget": study.budget, "given": fixed.given, "trials": fixed.trials, "data": data}
    # What the rules look at besides: sizes of other images, and whether images are varied change
    # by change.
    besides = {
        "size_before": size_before(study),
        "shared_size": None if "data.size" in fixed.given else shared_size(study),
        "not_varied": fixed.varied is None,
        "rand_augment": fixed.varied is not None and fixed.varied.rand_augment is not None,
    }
    asked |= {name: value for name, value in besides.items() if value}
    several = {"seeds", "fractions", "split", "recipes", "steps", "task"}
    return digest_of(asked), digest_of([asked, study.model_dump(mode="json", include=several)])


def kept_in(file: Path) -> Resolved | None:
    """What was kept in a file; None where there is no file. What another version of pleura has put
    there besides is left out. Raises InputError for a file that cannot be read, since values that
    were chosen anew could be others than those that steps were done with."""
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        values = [_of(Value, each) for each in record["values"]]
        return _of(Resolved, {**record, "values": values})
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(UNREADABLE.format(file=file, error=repr(error))) from error


def _of(kind: type[Kept], record: Mapping[str, Any]) -> Kept:
    """What a record says of a dataclass; raises TypeError where something is missing."""
    names = {each.name for each in fields(kind)}
    return kind(**{name: record[name] for name in record if name in names})


def found(
    study: StudyBase,
    folder: Path,
    planned: Path,
    data_of: Callable[[StudyBase], str],
    lungs: LungMasks | None = None,
) -> tuple[Resolved | None, str]:
    """What was chosen before for this study, and what is to be said of it.

    A study that has begun in its `folder` keeps to it as long as budget, data and the values that
    its file gives are the same; what was only `planned` holds for the very same study. Values that
    no longer fit the rest of the file are chosen anew. `data_of` is asked for the digest of the
    data, of a study whose size is known. Raises InputError as `kept_in` does.
    """
    asked, whole = asked_of(study)
    begun = kept_in(folder / BUDGET)
    holds = begun is not None and begun.asked == asked and _fits(begun, study, lungs)
    if begun and holds and (same := _on_data(begun, study, data_of)):
        other = "" if begun.study == whole else OTHER.format(folder=folder, file=BUDGET)
        return same, other
    thought = kept_in(planned / BUDGET)
    if thought is None or thought.study != whole or not _fits(thought, study, lungs):
        return None, ANEW if begun else ""
    same = _on_data(thought, study, data_of)
    return same, ANEW if begun else "" if same else OTHER_DATA


def _on_data(
    resolved: Resolved, study: StudyBase, data_of: Callable[[StudyBase], str]
) -> Resolved | None:
    """What was resolved, if the data are still as they were then or this is not known."""
    data = data_of(resolved.applied(study))
    return replace(resolved, data=data) if resolved.data in ("", data) else None


def _fits(resolved: Resolved, study: StudyBase, lungs: LungMasks | None = None) -> bool:
    try:
        resolved.refuse_unfit(study, lungs)
    except InputError:
        return False
    return True


OTHER = (
    "the budget was resolved for other recipes, seeds, fractions or steps of this study; its "
    "values stay, so that nothing is done again; delete {folder}/{file} to choose them anew"
)
UNREADABLE = (
    "{file}: holds the values that a budget chose and cannot be read ({error}); put the file back, "
    "or delete it to choose the values anew: what is done with others is then done again"
)
OTHER_DATA = "the data have changed since the last plan: the values of the budget are chosen anew"
ANEW = (
    "the budget, the data or what the file gives beside it have changed since the study began: "
    "values are chosen anew, and what is done with others is done again"
)


def as_begun(study: File, folder: Path) -> File:
    """The study with the values that were chosen as it began in its `folder`; as it is where it has
    no budget, or none was resolved there. Raises InputError as `kept_in` does."""
    begun = kept_in(folder / BUDGET) if study.budget else None
    same = begun is not None and begun.asked == asked_of(study)[0] and _fits(begun, study)
    return begun.applied(study) if begun and same else study
