"""How the model does in subgroups of the new patients."""

from pleura.external.sections.part import Blocks, Part, metric_cell
from pleura.external.tables import Evaluated
from pleura.external.units import PATIENT
from pleura.report import cells
from pleura.report.findings import NOTHING, WHOLE, Estimate, estimates
from pleura.report.numbers import count
from pleura.report.section import Text
from pleura.report.table import Cell, Column, Table, table_of


def blocks(evaluated: Evaluated) -> Blocks:
    """How the model does in subgroups of the new patients."""
    table = evaluated.table("subgroup_metrics")
    if table.empty:
        return
    yield Text(
        f"The same predictions, on the {evaluated.by}s of one subgroup at a time. The flag makes "
        "two of its own: whether the model errs where it says that images are unlike its training. "
        "p values "
        "are corrected together (Holm); too few patients in a group are not tested."
    )
    whole = table[table["class"].isin(WHOLE)]
    found = estimates(whole, "column", "group", "metric")
    for column in dict.fromkeys(table["column"]):
        rows = []
        for group in dict.fromkeys(table.loc[table["column"] == column, "group"]):
            its = table[(table["column"] == column) & (table["group"] == group)].iloc[0]
            sizes = count(its["patients"], "patient")
            if evaluated.by != PATIENT:
                sizes += f", {count(its['images'], evaluated.by)}"
            of = [
                metric_cell(found.get((column, group, name), NOTHING), metric)
                for name, metric in evaluated.metrics.items()
            ]
            rows.append([Cell(str(group), sizes), *of])
        metrics = [Column(metric.title) for metric in evaluated.metrics.values()]
        yield Table.of(f"By {column}", rows, Column(str(column)), *metrics)
    differences = _differences(evaluated)
    if differences:
        yield differences


def _differences(evaluated: Evaluated) -> Table | None:
    table = evaluated.table("subgroup_differences")
    rows = []
    for row in table[table["p"].notna()].to_dict("records") if len(table) else ():
        metric = evaluated.metrics[row["metric"]]
        worse = row["difference"] * metric.sign < 0
        tone = ("bad" if worse else "good") if row["p_holm"] < 1 - evaluated.level else ""
        rows.append(
            [
                Cell(f"{row['column']}: {row['group']}", f"against {row['other']}"),
                Cell(metric.title),
                metric_cell(
                    Estimate(row["difference"], row["low"], row["high"]),
                    metric,
                    sign=True,
                    tone=tone,
                ),
                cells.p(row["p_holm"]),
            ]
        )
    return table_of("Differences", rows, "Subgroup | Metric | Difference | p / after Holm")


PART = Part("subgroups", "Subgroups", "Subgroups", blocks)
