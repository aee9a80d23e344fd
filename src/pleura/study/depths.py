"""How well every depth of a frozen backbone does: within a study, or by itself."""

from pathlib import Path

import pandas as pd

from pleura.errors import InputError
from pleura.files import write_text
from pleura.report.figures.canvas import house_style, on_white, to_svg
from pleura.report.figures.depth import depth_curves
from pleura.report.numbers import of_labels
from pleura.study.context import Progress
from pleura.study.depth_table import depth_table
from pleura.study.folder import undo_damaged
from pleura.study.load_data import read_data
from pleura.study.masker import masker_study, with_masker, without_masker_study
from pleura.study.prepare import alone_in
from pleura.study.run import Study
from pleura.study.section_reader import Announce
from pleura.study.study_base import StudyBase
from pleura.study.work import Here, Work
from pleura.tables import write_table
from pleura.tasks.listed import TASKS

TABLE, FIGURE = "every_depth.csv", "every_depth.svg"
EVERY_CUT = {"truncation": {"at": "auto", "among": "cuts", "by": "probes"}}


def _seen(file: StudyBase, out: Path) -> StudyBase:
    """The study with the lung masker that its images need: none where they are seen whole.

    Raises InputError where they are cropped to their lungs and the masker is yet to be trained.
    """
    if file.lungs is None or file.lungs.cropping is None:
        return without_masker_study(file)
    before = masker_study(file, out)
    if before is None:
        return file
    if not before.is_finished():
        raise InputError(
            "pleura depth: images are cropped to their lungs (data.lungs.crop), and "
            f"{before.name}, which trains the lung masker, has not been run in {before.folder}; "
            "run it, or look at whole images with --set data.lungs=null"
        )
    return with_masker(file, before.model)


def search_depths(
    study: Study, out: str | Path, *, progress: Progress, announce: Announce
) -> pd.DataFrame:
    """Probe every cut of every network of a study; write `every_depth.csv`, `every_depth.svg`.

    One pass over the images for each network; probes are fitted and judged on training patients, at
    the study's fractions and seeds. Test is not looked at, and validation only where a class has
    one training patient. Columns: see `depth_columns`. Raises what `Study.prepare` raises.
    """
    file, task = study.file, TASKS[study.file.task]
    if not task.labelled:
        raise InputError("pleura depth: probes need classes; this is a study of a segmentation")
    networks = {
        (recipe.backbone_name, recipe.weights): recipe
        for recipe in file.recipes.values()
        if recipe.backbone_name
    }
    recipes = {
        f"{backbone}, {weights}": recipe.model_copy(
            update={"strategy": EVERY_CUT, "curriculum": []}
        )
        for (backbone, weights), recipe in networks.items()
    }
    folder = Path(out).resolve()
    file = _seen(file, folder).model_copy(update={"recipes": recipes})
    with alone_in(folder, announce):
        context = read_data(file, folder, progress, announce, keep_split=True)
        plan = task.planner(file, context, {}, {}).searches()
        undo_damaged(plan.steps, context.steps, announce)
        Here().work(Work(plan, context, progress, announce))
        by = task.learned.probed_by
        table = depth_table(plan, context, by.name)
        write_table(folder / TABLE, table)
        with house_style():
            drawn = depth_curves(table, by)
            picture = to_svg(drawn, "depths", f"{by.label} of linear probes by depth")
        write_text(folder / FIGURE, on_white(picture))
    return table


def describe(table: pd.DataFrame, study: StudyBase) -> str:
    """The depth table of a study for people: means over folds and seeds at the largest fraction."""
    by, lines = TASKS[study.task].learned.probed_by, []
    here = table[table["fraction"] == table["fraction"].max()]
    for (backbone, weights), of_network in here.groupby(["backbone", "weights"], sort=False):
        labels = of_labels(float(here["fraction"].iloc[0]))
        lines.append(f"{backbone}, {weights}: linear probes, {labels}")
        lines.append(f"    {'cut':<16} {'parameters':>10} {'MACs':>11}  {by.label}")
        means = of_network.groupby("cut", sort=False).agg(
            stage=("stage", "first"),
            parameters=("parameters", "first"),
            macs=("macs", "first"),
            score=(by.name, "mean"),
            low=(by.name, "min"),
            high=(by.name, "max"),
        )
        best, best_stage = means["score"].idxmax(), means["score"][means["stage"]].idxmax()
        marks = {best_stage: "  best stage", best: "  best cut"}
        for cut, row in means.iterrows():
            several = (
                f" ({row['low']:.3f} to {row['high']:.3f})" if row["low"] < row["high"] else ""
            )
            lines.append(
                f"  {'*' if row['stage'] else ' '} {cut:<16} {row['parameters'] / 1e6:8.2f} M "
                f"{row['macs'] / 1e6:9.1f} M  {row['score']:.3f}{several}{marks.get(cut, '')}"
            )
    lines.append(
        f"* ends a stage. MACs are those of an image of the study's size, {by.label} is on "
        "held-out training patients (mean, least and greatest over seeds and folds). "
        "`truncation: {at: auto}` fine-tunes the best few of the starred; with `among: cuts`, of "
        "all."
    )
    return "\n".join(lines)
