"""The command, the machine and the study file."""

from pleura.report.folder import Folder
from pleura.report.section import Blocks, Section, Words, always
from pleura.report.study import Study
from pleura.report.table import Table, pairs


def machine_table(folder: Folder) -> Table:
    """Versions and machine, and what the runs say of precision and devices."""
    values = dict(folder.environment)
    for column in ("device", "precision"):
        if seen := sorted(set(folder.runs[column]) - {""}):
            values.setdefault(column, ", ".join(seen))
    return pairs("Versions and machine", values, ("Item", "Value"))


def _blocks(study: Study[Folder], _: bool) -> Blocks:
    contents = study.recipes.contents
    yield Words()
    if (table := machine_table(contents)).rows:
        yield table
    yield Words("study", study_text=contents.study_text)


SECTION = Section("reproduce", always, _blocks)
