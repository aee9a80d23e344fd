"""The tables of what hiding the lungs costs, and of where heat maps lie."""

from pleura.evaluate.attention import METHODS
from pleura.evaluate.lungs import CAUSAL, PARTS
from pleura.report.findings import Comparison, Estimate, Findings
from pleura.report.lungs import ALL, MACRO, Hidden, LungFindings, verdict
from pleura.report.numbers import MISSING, capital, decimal, interval, p_value
from pleura.report.results import measured
from pleura.report.table import Cell, Column, Table, recipe_cell

SHOWN = {
    "whole": "Whole image",
    "no lungs": "Lungs hidden",
    "elsewhere": "Hidden elsewhere",
    "lungs only": "Lungs only",
}
LEFT_OUT = "; doubtful masks left out"


def hidden_table(lungs: LungFindings, findings: Findings, masks: str) -> Table | None:
    """Macro AUROC by what is hidden, and the verdict; None where no recipe has it."""
    hidden = lungs.hidden[masks]
    rows = [
        [
            recipe_cell(recipe, look, findings.reference),
            *(measured(hidden.of(recipe, shown), "auroc") for shown in PARTS),
            _signed(hidden.of(recipe, CAUSAL)),
            _against(hidden.against.get(recipe)),
            _verdict(hidden, recipe),
        ]
        for recipe, look in findings.looks.items()
        if (recipe, MACRO, CAUSAL) in hidden.auroc
    ]
    columns = [
        Column("Recipe", number=False),
        *(Column(SHOWN[shown], "AUROC") for shown in PARTS),
        Column("Cost of the lungs", "elsewhere − lungs hidden"),
        Column("Against the reference", "difference, p after Holm"),
        Column("Verdict", number=False),
    ]
    title = f"AUROC with and without the lungs{_of(masks)}"
    return Table(title, columns, rows) if rows else None


def class_table(lungs: LungFindings, findings: Findings) -> Table | None:
    """The same by class; None for two classes, whose AUROC is the macro one."""
    hidden = lungs.hidden[ALL]
    classes = findings.classes if len(findings.classes) > 2 else ()
    rows = [
        [
            recipe_cell(recipe, look, findings.reference),
            Cell(name),
            *(measured(hidden.of(recipe, shown, name), "auroc") for shown in PARTS),
            _signed(hidden.of(recipe, CAUSAL, name)),
        ]
        for recipe, look in findings.looks.items()
        for name in classes
        if (recipe, name, CAUSAL) in hidden.auroc
    ]
    columns = [
        Column("Recipe", number=False),
        Column("Class", "against the rest", number=False),
        *(Column(SHOWN[shown], "AUROC") for shown in PARTS),
        Column("Cost of the lungs", "elsewhere − lungs hidden"),
    ]
    return Table("AUROC with and without the lungs, by class", columns, rows) if rows else None


def attention_table(lungs: LungFindings, findings: Findings, masks: str) -> Table | None:
    """How heat maps lie, a row a recipe and method; None where there are none."""
    keys = ["recipe", "method", "measure"]
    means, compared = (
        {tuple(row[key] for key in keys): row for row in table.to_dict("records")}
        for table in (
            lungs.means[lungs.means["masks"] == masks],
            lungs.compared[lungs.compared["masks"] == masks],
        )
    )
    rows = []
    for recipe, look in findings.looks.items():
        for method in METHODS:
            mine = {
                measure: row
                for (who, how, measure), row in means.items()
                if (who, how) == (recipe, method)
            }
            if not mine:
                continue
            found = {
                name: Estimate(row["value"], row["low"], row["high"]) for name, row in mine.items()
            }
            against = {
                name: Comparison(
                    recipe,
                    Estimate(it["difference"], it["low"], it["high"]),
                    it["p"],
                    it["p_holm"],
                    "",
                )
                for name in found
                if (it := compared.get((recipe, method, name)))
            }
            empty = int(mine["inside"]["empty"])
            rows.append(
                [
                    recipe_cell(recipe, look, findings.reference),
                    Cell(method, lungs.grids.get((recipe, method), "")),
                    _share(found["inside"]),
                    _share(found["area"]),
                    _signed(found["inside - area"]),
                    _against(against.get("inside - area")),
                    _share(found["pointing"]),
                    _signed(found["pointing - area"]),
                    _against(against.get("pointing - area")),
                    Cell(str(empty), order=empty),
                ]
            )
    columns = [
        Column("Recipe", number=False),
        Column("Map", "positions", number=False),
        Column("Inside", "of the map’s mass"),
        Column("Lungs", "of the area"),
        Column("Inside − area", "0 is chance"),
        Column("Against the reference", "p after Holm"),
        Column("Pointing game", "maximum inside"),
        Column("Pointing − area", "0 is chance"),
        Column("Against the reference", "p after Holm"),
        Column("Empty", "maps"),
    ]
    return Table(f"Heat maps in the lungs{_of(masks)}", columns, rows) if rows else None


def _of(masks: str) -> str:
    return "" if masks == ALL else LEFT_OUT


def _verdict(hidden: Hidden, recipe: str) -> Cell:
    text, tone = verdict(hidden, recipe)
    return Cell(capital(text), tone=tone)


def _share(estimate: Estimate) -> Cell:
    value = estimate.value
    return Cell(decimal(value), interval(estimate.low, estimate.high), order=value)


def _signed(estimate: Estimate) -> Cell:
    value = estimate.value
    return Cell(decimal(value, sign=True), interval(estimate.low, estimate.high), order=value)


def _against(comparison: Comparison | None) -> Cell:
    if comparison is None:
        return Cell(MISSING, order=float("nan"))
    shown = _signed(comparison.difference)
    return Cell(shown.text, f"{shown.detail}; p {p_value(comparison.p_holm)}", order=shown.order)
