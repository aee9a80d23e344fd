"""The tables of what hiding the lungs costs, and of where heat maps lie."""

from pleura.evaluate.attention import METHODS
from pleura.evaluate.hidden_lungs import CAUSAL, PARTS
from pleura.report import cells
from pleura.report.findings import MACRO, Comparison, Findings
from pleura.report.numbers import capital, p_value
from pleura.report.sections.lungs.dependence import ALL, SURE, Hidden, LungFindings, verdict
from pleura.report.table import NOTHING_KNOWN, Cell, Table, table_of

PARTS_SHOWN = (
    "Whole image / AUROC | Lungs hidden / AUROC | Hidden elsewhere / AUROC | Lungs only / AUROC"
)
COST = f"{PARTS_SHOWN} | Cost of the lungs / elsewhere − lungs hidden"
LEFT_OUT = {ALL: "", SURE: "; doubtful masks left out"}
AGAINST_IT = "0 is chance | Against the reference / p after Holm"
OF_MAPS = (
    "Recipe | Map / positions | Inside / of the map’s mass | Lungs / of the area | "
    f"Inside − area / {AGAINST_IT} | Pointing game / maximum inside | "
    f"Pointing − area / {AGAINST_IT} | Empty / maps"
)


def hidden_table(lungs: LungFindings, findings: Findings, masks: str) -> Table | None:
    """Macro AUROC by what is hidden, and the verdict; None where no recipe has it."""
    hidden = lungs.hidden[masks]
    rows = [
        [
            cells.recipe(recipe, findings),
            *_cost(hidden, recipe, MACRO),
            _against(hidden.against.get((recipe,))),
            Cell(capital(text), tone=tone),
        ]
        for recipe in findings.looks
        if (recipe, MACRO, CAUSAL) in hidden.auroc
        for text, tone in [verdict(hidden, recipe)]
    ]
    columns = f"Recipe | {COST} | Against the reference / difference, p after Holm | Verdict"
    return table_of(f"AUROC with and without the lungs{LEFT_OUT[masks]}", rows, columns)


def class_table(lungs: LungFindings, findings: Findings) -> Table | None:
    """The same by class; None for two classes, whose AUROC is the macro one."""
    hidden, noun = lungs.hidden[ALL], findings.noun
    rows = [
        [cells.recipe(recipe, findings), Cell(name), *_cost(hidden, recipe, name)]
        for recipe in findings.looks
        for name in (findings.classes if len(findings.classes) > 2 else ())
        if (recipe, name, CAUSAL) in hidden.auroc
    ]
    title = f"AUROC with and without the lungs, by {noun.one}"
    return table_of(title, rows, "Recipe", noun.column, COST)


def _cost(hidden: Hidden, recipe: str, name: str) -> list[Cell]:
    parts = [cells.estimate(hidden.of(recipe, shown, name)) for shown in PARTS]
    return [*parts, cells.estimate(hidden.of(recipe, CAUSAL, name), sign=True)]


def attention_table(lungs: LungFindings, findings: Findings, masks: str) -> Table | None:
    """How heat maps lie, a row a recipe and method; None where there are none."""
    rows = [
        [
            cells.recipe(recipe, findings),
            Cell(method, lungs.grids.get((recipe, method), "")),
            cells.estimate(lungs.means[*of, "inside"]),
            cells.estimate(lungs.means[*of, "area"]),
            *_beyond_chance(lungs, (*of, "inside - area")),
            cells.estimate(lungs.means[*of, "pointing"]),
            *_beyond_chance(lungs, (*of, "pointing - area")),
            Cell(str(lungs.empty[*of, "inside"]), order=lungs.empty[*of, "inside"]),
        ]
        for recipe in findings.looks
        for method in METHODS
        for of in [(masks, recipe, method)]
        if (*of, "inside") in lungs.means
    ]
    return table_of(f"Heat maps in the lungs{LEFT_OUT[masks]}", rows, OF_MAPS)


def _beyond_chance(lungs: LungFindings, of: tuple[str, str, str, str]) -> list[Cell]:
    return [cells.estimate(lungs.means[of], sign=True), _against(lungs.compared.get(of))]


def _against(comparison: Comparison | None) -> Cell:
    if comparison is None:
        return NOTHING_KNOWN
    shown = cells.estimate(comparison.difference, sign=True)
    return Cell(shown.text, f"{shown.detail}; p {p_value(comparison.p_holm)}", order=shown.order)
