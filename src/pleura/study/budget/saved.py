"""A study as a file that leaves nothing open, to be run on another machine."""

from pathlib import Path

from pleura.errors import InputError
from pleura.files import write_text
from pleura.study.prepared import Prepared
from pleura.study.study_base import StudyBase
from pleura.study.study_files import dump_study


def refuse_existing(file: Path) -> None:
    """Raise InputError for a file that is there already, or is no YAML."""
    if file.suffix.lower() not in (".yaml", ".yml"):
        raise InputError(f"{file}: a study file is YAML; let its name end in .yaml")
    if file.exists():
        raise InputError(f"{file}: is there already; give --save another name")


def save_resolved(asked: StudyBase, prepared: Prepared, file: Path) -> None:
    """Write the study that was `asked` for, with the values that its budget chose and why."""
    budget = prepared.budget
    study = budget.applied(asked) if budget else asked
    comments = [f"# {line}" for line in budget.told()] if budget else []
    write_text(file, "\n".join([*comments, dump_study(study)]))
