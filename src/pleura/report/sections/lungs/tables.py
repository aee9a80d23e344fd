"""The tables of what hiding the lungs costs, and of where heat maps lie."""

from pleura.evaluate.attention import METHODS
from pleura.evaluate.hidden_lungs import CAUSAL, PARTS
from pleura.report.findings import Comparison, Findings, estimates
from pleura.report.numbers import capital, p_value
from pleura.report.sections.lungs.found import ALL, MACRO, Hidden, LungFindings, verdict
from pleura.report.table import (
    NOTHING_KNOWN,
    Cell,
    Table,
    estimate_cell,
    headings,
    measured,
    recipe_cell,
    table_of,
)

PARTS_SHOWN = (
    "Whole image / AUROC | Lungs hidden / AUROC | Hidden elsewhere / AUROC | Lungs only / AUROC"
)
COST = f"{PARTS_SHOWN} | Cost of the lungs / elsewhere − lungs hidden"
LEFT_OUT = "; doubtful masks left out"
SHARES = ("inside - area", "pointing - area")


def hidden_table(lungs: LungFindings, findings: Findings, masks: str) -> Table | None:
    """Macro AUROC by what is hidden, and the verdict; None where no recipe has it."""
    hidden, rows = lungs.hidden[masks], []
    for recipe in findings.looks:
        if (recipe, MACRO, CAUSAL) in hidden.auroc:
            text, tone = verdict(hidden, recipe)
            against = _against(hidden.against.get(recipe))
            told = Cell(capital(text), tone=tone)
            first = recipe_cell(recipe, findings)
            rows.append([first, *_cost(hidden, recipe, MACRO), against, told])
    line = f"Recipe | {COST} | Against the reference / difference, p after Holm | Verdict"
    return table_of(f"AUROC with and without the lungs{_of(masks)}", headings(line), rows)


def class_table(lungs: LungFindings, findings: Findings) -> Table | None:
    """The same by class; None for two classes, whose AUROC is the macro one."""
    hidden = lungs.hidden[ALL]
    rows = [
        [recipe_cell(recipe, findings), Cell(name), *_cost(hidden, recipe, name)]
        for recipe in findings.looks
        for name in (findings.classes if len(findings.classes) > 2 else ())
        if (recipe, name, CAUSAL) in hidden.auroc
    ]
    columns = headings(f"Recipe | Class / against the rest | {COST}")
    return table_of("AUROC with and without the lungs, by class", columns, rows)


def _cost(hidden: Hidden, recipe: str, name: str) -> list[Cell]:
    cells = [measured(hidden.of(recipe, shown, name)) for shown in PARTS]
    return [*cells, estimate_cell(hidden.of(recipe, CAUSAL, name), sign=True)]


def attention_table(lungs: LungFindings, findings: Findings, masks: str) -> Table | None:
    """How heat maps lie, a row a recipe and method; None where there are none."""
    keys = ["recipe", "method", "measure"]
    here, compared = (table[table["masks"] == masks] for table in (lungs.means, lungs.compared))
    means, differences = estimates(here, *keys), estimates(compared, *keys)
    p = {
        row[:3]: row[3:]
        for row in compared[[*keys, "p", "p_holm"]].itertuples(index=False, name=None)
    }
    empty = here.set_index(keys)["empty"].to_dict()
    rows = []
    for recipe in findings.looks:
        for method in METHODS:
            of = (recipe, method)
            if (*of, "inside") not in means:
                continue
            signed = []
            for share in SHARES:
                key = (*of, share)
                against = (
                    Comparison(recipe, differences[key], p[key][0], p[key][1], "")
                    if key in differences
                    else None
                )
                signed += [estimate_cell(means[key], sign=True), _against(against)]
            number = int(empty[*of, "inside"])
            rows.append(
                [
                    recipe_cell(recipe, findings),
                    Cell(method, lungs.grids.get(of, "")),
                    measured(means[*of, "inside"]),
                    measured(means[*of, "area"]),
                    *signed[:2],
                    measured(means[*of, "pointing"]),
                    *signed[2:],
                    Cell(str(number), order=number),
                ]
            )
    against_it = "0 is chance | Against the reference / p after Holm"
    columns = headings(
        "Recipe | Map / positions | Inside / of the map’s mass | Lungs / of the area | "
        f"Inside − area / {against_it} | Pointing game / maximum inside | "
        f"Pointing − area / {against_it} | Empty / maps"
    )
    return table_of(f"Heat maps in the lungs{_of(masks)}", columns, rows)


def _of(masks: str) -> str:
    return "" if masks == ALL else LEFT_OUT


def _against(comparison: Comparison | None) -> Cell:
    if comparison is None:
        return NOTHING_KNOWN
    shown = estimate_cell(comparison.difference, sign=True)
    return Cell(shown.text, f"{shown.detail}; p {p_value(comparison.p_holm)}", order=shown.order)
