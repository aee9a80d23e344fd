"""Where the weights of each recipe come from."""

import json
from collections.abc import Mapping

import pandas as pd

from pleura.report import cells
from pleura.report.findings import Findings
from pleura.report.folder import Folder
from pleura.report.numbers import MISSING
from pleura.report.section import Blocks, Section, always
from pleura.report.sections.data import in_plain_words
from pleura.report.study import Study
from pleura.report.study_file import without_folders
from pleura.report.table import Cell, Table

TRAINS = {
    "none": "everything",
    "encoder": "all but the encoder",
    "bottleneck": "all but the encoder’s last stage",
    "first": "all but the first {} blocks",
    "last": "all but the last {} blocks before the output",
    "gradual": "the output, then one block more in each phase",
    "encoder_then_all": "all but the encoder, then everything",
}


def options_in_words(spelled: str) -> str:
    """A name with its options, as the tables spell it, in words: `{"truncation": {"at": "b3"}}`
    is `truncation (at: b3)`; a name without any stays as it is."""
    if not spelled.startswith("{"):
        return spelled
    names = []
    for name, options in json.loads(spelled).items():
        match options:
            case Mapping():
                every = ", ".join(f"{key}: {in_plain_words(each)}" for key, each in options.items())
                names.append(f"{name} ({every})")
            case None:
                names.append(name)
            case _:
                names.append(f"{name}: {in_plain_words(options)}")
    return ", ".join(names)


def what_trains(plan: str) -> str:
    """A freezing plan, as the runs table spells it, by what it leaves free: it names what it
    freezes, so that `none` stands for everything."""
    name, blocks = plan, 0
    if plan.startswith("{"):
        [(name, blocks)] = json.loads(plan).items()
    words = TRAINS.get(name, plan).format(blocks)
    return words.replace("1 blocks", "block") if blocks == 1 else words


def origin_table(
    runs: pd.DataFrame, findings: Findings, called: str = "Strategy | Backbone"
) -> Table:
    """Where each recipe's weights come from, and under which licence; strategy and backbone are
    `called` what they are in the study."""
    rows = []
    for name, mine in findings.by_recipe(runs[runs["kind"].isin(["recipe", "delivered"])]):
        first = mine.iloc[0]
        # The weights of an average are those of what it averages.
        trained = runs[runs["recipe"] == first.get("averaged")]
        origin = (mine if trained.empty else trained).iloc[0]["provenance"]
        digest = str(origin.get("sha256") or "")[:12]
        weights = _first(origin.get("name"), without_folders(first["weights"]))
        rows.append(
            [
                cells.recipe(name, findings),
                Cell(_first(options_in_words(first["strategy"]))),
                Cell(_first(options_in_words(first["backbone"]), origin.get("architecture"))),
                Cell(weights, f"sha256 {digest}" if digest else ""),
                Cell(_first(_source(origin.get("source")))),
                *(Cell(_first(origin.get(key))) for key in ("licence", "note")),
            ]
        )
    columns = f"Recipe | {called} | Weights | Source | Licence | Note"
    return Table.of("Weights", rows, columns)


def _source(text: object) -> str:
    """Where weights come from; those that began as random ones came from no file before."""
    return str(text or "").replace("before that seed ", "before that random weights of seed ")


def _first(*values: object) -> str:
    """The first that says anything."""
    return next((str(value) for value in values if value), MISSING)


def _blocks(study: Study[Folder], _: bool) -> Blocks:
    runs, findings = study.contents.runs, study.findings
    if "augmented" in runs:  # U-Nets: their strategies are freezing plans
        plans = runs.assign(strategy=runs["strategy"].map(what_trains))
        yield origin_table(plans, findings, "What trains | Network")
    else:
        yield origin_table(runs, findings)


SECTION = Section("weights", always, _blocks, nav="Weights", title="Where the weights come from")
