"""Where the patients tested come from, held against where those come from who trained."""

from dataclasses import dataclass
from typing import Any

from pleura.data.subgroups import UNKNOWN
from pleura.report.folder import Folder
from pleura.report.sections.flow import BY_PART
from pleura.report.study import Study

TRAINED = ("train", "validation")


@dataclass(frozen=True)
class SourcesTested:
    """The sources of test patients, by name: `every` one, and those of them that are `elsewhere`,
    since none of their patients trained or validated. Of these nothing is `known` where the folder
    does not tell the sources by part."""

    every: list[str]
    elsewhere: list[str]
    known: bool


def sources_tested(study: Study[Any]) -> SourcesTested:
    """What the tables of a study tell of the sources of its test patients."""
    contents: Folder = study.recipes.contents
    test, table = contents.test, contents.table(BY_PART)
    every = sorted({*test["source"]} - {"", UNKNOWN}) if "source" in test else []
    by_part = table[table["column"] == "source"]
    trained = set(by_part.loc[by_part["part"].isin(TRAINED), "group"])
    # A training patient of no known source may come from any of them.
    known = bool(trained) and UNKNOWN not in trained
    return SourcesTested(every, [name for name in every if known and name not in trained], known)
