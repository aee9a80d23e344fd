"""Where the weights of each recipe come from."""

import json
from collections.abc import Iterator, Mapping

import pandas as pd

from pleura.report.findings import Findings
from pleura.report.folder import Folder
from pleura.report.numbers import MISSING
from pleura.report.section import Block, Section, always
from pleura.report.sections.data import in_plain_words
from pleura.report.study import Study
from pleura.report.table import Cell, Column, Table, recipe_cell

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
    told = []
    for name, options in json.loads(spelled).items():
        if isinstance(options, Mapping):
            told.append(
                f"{name} ({', '.join(f'{k}: {in_plain_words(v)}' for k, v in options.items())})"
            )
        else:
            told.append(name if options is None else f"{name}: {in_plain_words(options)}")
    return ", ".join(told)


def what_trains(plan: str) -> str:
    """A freezing plan, as the runs table spells it, by what it leaves free: it names what it
    freezes, so that `none` stands for everything."""
    name, blocks = plan, 0
    if plan.startswith("{"):
        [(name, blocks)] = json.loads(plan).items()
    words = TRAINS.get(name, plan).format(blocks)
    return words.replace("1 blocks", "block") if blocks == 1 else words


def origin_table(
    runs: pd.DataFrame, findings: Findings, called: tuple[str, str] = ("Strategy", "Backbone")
) -> Table:
    """Where each recipe's weights come from, and under which licence; strategy and backbone are
    `called` what they are in the study."""
    rows = []
    for name in findings.looks:
        mine = runs[(runs["recipe"] == name) & runs["kind"].isin(["recipe", "delivered"])]
        if mine.empty:
            continue
        first = mine.iloc[0]
        origin = first["provenance"]
        backbone = options_in_words(first["backbone"])
        digest = str(origin.get("sha256") or "")
        sha256 = f"sha256 {digest[:12]}" if digest else ""
        rows.append(
            [
                recipe_cell(name, findings),
                Cell(options_in_words(first["strategy"]) or MISSING),
                Cell(backbone or str(origin.get("architecture") or MISSING)),
                Cell(str(origin.get("name") or first["weights"] or MISSING), sha256),
                *(Cell(str(origin.get(key) or MISSING)) for key in ("source", "licence", "note")),
            ]
        )
    names = ("Recipe", *called, "Weights", "Source", "Licence", "Note")
    return Table("Weights", [Column(name) for name in names], rows)


def _blocks(study: Study[Folder], _: bool) -> Iterator[Block]:
    runs, called = study.contents.runs, ("Strategy", "Backbone")
    if "augmented" in runs:  # U-Nets: their strategies are freezing plans
        runs = runs.assign(strategy=runs["strategy"].map(what_trains))
        called = ("What trains", "Network")
    yield origin_table(runs, study.findings, called)


SECTION = Section("weights", always, _blocks, nav="Weights", title="Where the weights come from")
