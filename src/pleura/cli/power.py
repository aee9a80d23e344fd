"""`pleura power`."""

from pathlib import Path
from typing import Annotated

import typer


def power(
    pilot: Annotated[
        Path | None,
        typer.Argument(
            help="folder of a finished study, its predictions.csv or cases.csv, or a table of "
            "scores: recipe, patient, label (1 or 0), score",
            show_default=False,
        ),
    ] = None,
    auroc: Annotated[float | None, typer.Option(help="without a pilot: a published AUROC")] = None,
    positives: Annotated[
        float | None, typer.Option(help="with --auroc: the share of ill patients, such as .3")
    ] = None,
    images: Annotated[
        float | None, typer.Option(help="with --auroc: images of each patient (1)")
    ] = None,
    within: Annotated[
        float | None,
        typer.Option(help="with --images: how scores of one patient's images correlate (.5)"),
    ] = None,
    correlation: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="LOW HIGH", help="with --auroc: how two recipes correlate (.5 .8)"),
    ] = None,
    patients: Annotated[
        list[int] | None, typer.Option(help="test patients of the study planned; repeat for more")
    ] = None,
    seeds: Annotated[
        list[int] | None, typer.Option(help="seeds of the study planned; repeat for more")
    ] = None,
    difference: Annotated[
        list[float] | None, typer.Option(help="to be shown; repeat for more; default .02 and .05")
    ] = None,
    chance: Annotated[
        float, typer.Option("--power", help="share of such studies that show it")
    ] = 0.8,
    level: Annotated[
        float | None, typer.Option(help="confidence level; default the pilot's, or .95")
    ] = None,
    comparisons: Annotated[
        int | None, typer.Option(help="tests that Holm corrects for; default the pilot's, or 1")
    ] = None,
    between_seeds: Annotated[
        float | None, typer.Option(help="standard deviation of a difference between trainings")
    ] = None,
    metric: Annotated[
        str | None, typer.Option(help="name of the metric; default the pilot's")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="recipe that others are compared with")
    ] = None,
    recipe: Annotated[str | None, typer.Option(help="plan for this recipe; default all")] = None,
    fraction: Annotated[
        float | None, typer.Option(help="share of the labels; default the largest")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="write all numbers as CSV, too")
    ] = None,
) -> None:
    """Tell which differences a study can show. How many test patients, seeds and labels it takes,
    and how wide intervals will be, from a pilot or from an AUROC of the literature."""
    from pleura.power.source import from_literature, pilot_alone

    given = {"--positives": positives, "--auroc": auroc}
    if pilot is None:
        asked: dict[str, object] = {
            "--metric": metric,
            "--reference": reference,
            "--recipe": recipe,
        }
        asked_of = {**asked, "--fraction": fraction}
        published = from_literature(given, asked_of, images, within, correlation)
    else:
        of_literature = {"--images": images, "--within": within, "--correlation": correlation}
        pilot_alone(pilot, {**given, **of_literature})
    from pleura.progress import Terminal

    with Terminal() as terminal:
        terminal.say(f"{pilot or 'the literature'}: loading packages, then planning")
        from pleura.power.options import Options
        from pleura.power.words import told

        options = Options(
            differences=tuple(difference or ()),
            patients=tuple(patients or ()),
            seeds=tuple(seeds or ()),
            power=chance,
            level=level,
            comparisons=comparisons,
            between_seeds=between_seeds,
            fraction=fraction,
            recipe=recipe,
        )
        if pilot is None:
            from pleura.power.literature import plan_from_literature

            plan = plan_from_literature(published, options)
        else:
            from pleura.power.pilot import Wanted
            from pleura.power.plan import plan_of_pilot
            from pleura.power.read import read_pilot

            plan = plan_of_pilot(read_pilot(pilot, Wanted(metric, reference)), options)
        if out is not None:
            plan.write(out)
        terminal.say(told(plan))
        if out is not None:
            terminal.say(f"all numbers: {out}")
