"""The command line: each verb a thin call of a public function."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pleura.cli_list import show
from pleura.cli_options import Changes, File, FullRange, Out, Quick, Version, within
from pleura.simulate.limits import CLIPS, FRAMES, PATIENTS, SCENES, SEED, SIDE

if TYPE_CHECKING:
    from pleura.progress import Terminal
    from pleura.study.read import AnyStudy

app = typer.Typer(
    name="pleura",
    help="Find out which way of transferring knowledge works best for your lung images, prove it, "
    "and take the model home.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
study = typer.Typer(no_args_is_help=True, help="Plan, run and report a study.")
app.add_typer(study, name="study")
app.add_typer(show, name="list")


@app.callback()
def of_all_verbs(version: Version = False) -> None:
    """Options that stand before a verb."""


@study.command("run")
def study_run(
    file: File,
    out: Out = None,
    changes: Changes = None,
    quick: Quick = False,
    devices: Annotated[
        int, typer.Option(min=1, help="devices of this machine for pretraining without labels")
    ] = 1,
    nodes: Annotated[
        int,
        typer.Option(min=1, help="machines; each starts this with NODE_RANK, MASTER_ADDR, _PORT"),
    ] = 1,
) -> None:
    """Run what is missing of a study and write its report; run it again to go on."""
    from pleura.progress import Terminal

    with Terminal() as terminal:  # at once: loading packages takes seconds, and can be interrupted
        read = _read(file, changes, quick, terminal)
        from pleura.study.run import Study

        Study(read).run(
            out or _default_out(file, quick),
            devices=devices,
            nodes=nodes,
            progress=terminal.progress,
            announce=terminal.say,
        )


@study.command("plan")
def study_plan(file: File, out: Out = None, changes: Changes = None, quick: Quick = False) -> None:
    """Check the data, show the steps of a study and how long they will take at most."""
    from pleura.progress import Terminal

    with Terminal() as terminal:
        read = _read(file, changes, quick, terminal)
        from pleura.study.estimate import describe
        from pleura.study.run import Study

        prepared = Study(read).prepare(
            out or _default_out(file, quick), progress=terminal.progress, announce=terminal.say
        )
        terminal.say(describe(read, prepared))


@study.command("report")
def study_report(
    folder: Annotated[Path, typer.Argument(help="folder of a finished study", file_okay=False)],
) -> None:
    """Rebuild figures, summary and report of a study from its tables alone."""
    from pleura.report.page import write_report

    typer.echo(f"report: {write_report(folder)}")


@app.command()
def depth(file: File, out: Out = None, changes: Changes = None, quick: Quick = False) -> None:
    """Probe every depth of a study's pretrained networks, one pass over the images for each."""
    from pleura.progress import Terminal

    with Terminal() as terminal:
        read = _read(file, changes, quick, terminal)
        from pleura.study import depths
        from pleura.study.run import Study

        folder = out or _default_out(file, quick)
        table = depths.search_depths(
            Study(read),
            folder,
            progress=terminal.progress,
            announce=terminal.say,
        )
        terminal.say(depths.describe(table))
        terminal.say(f"figure: {folder / depths.FIGURE}")


@app.command()
def phantom(
    folder: Annotated[Path, typer.Argument(help="where the images go")],
    kind: Literal["chest-xray", "lung-ultrasound"] = "chest-xray",
    patients: Annotated[int, within(PATIENTS)] = 160,
    size: Annotated[int | None, within(SIDE, "pixels; default 224, of ultrasound 256")] = None,
    seed: Annotated[int, within(SEED)] = 0,
    confounder: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND:LABEL=PROBABILITY[,...]",
            help="X-ray: plant a letter, border, tube or contrast: --confounder letter:lobar=0.9",
        ),
    ] = None,
    clips: Annotated[int | None, within(CLIPS, "ultrasound: of a patient; default 2")] = None,
    frames: Annotated[int | None, within(FRAMES, "ultrasound: of a clip; default 5")] = None,
) -> None:
    """Simulate chest X-rays or lung ultrasound with known disease, to try pleura without data."""
    from pleura.errors import InputError

    xray = kind == "chest-xray"
    other = {"--clips": clips, "--frames": frames} if xray else {"--confounder": confounder}
    misplaced = [f"{name} is no option of it; leave it out" for name, v in other.items() if v]
    if misplaced:
        raise InputError(f"cannot simulate --kind {kind}", misplaced)
    parameters: dict[str, Any] = {"patients": patients, "size": size, "seed": seed}
    if xray:
        parameters["confounders"] = confounder
    else:
        parameters |= {"clips": clips, "frames": frames}
    _simulate(kind, folder, parameters)


@app.command()
def scenes(
    folder: Annotated[Path, typer.Argument(help="where the images go")],
    images: Annotated[int, within((1, SCENES[1]))] = 2000,
    size: Annotated[int, within(SIDE, "pixels")] = 256,
    seed: Annotated[int, within(SEED)] = 0,
) -> None:
    """Make synthetic scenes with salient objects and their masks, to pretrain a U-Net on."""
    _simulate("scenes", folder, {"images": images, "size": size, "seed": seed})


@app.command()
def fetch(
    name: Annotated[
        str, typer.Argument(help="a collection (pleura list sources), or: folder", metavar="NAME")
    ],
    folder: Annotated[Path, typer.Argument(help="where it goes, or where images and masks are")],
) -> None:
    """Download images with masks of salient objects, or pair up those of a folder."""
    from pleura.data.sources.listed import find_source
    from pleura.data.sources.pairs import write_pairs

    if name == "folder":
        typer.echo(write_pairs(folder))
        return
    source = find_source(name)
    from pleura.data.sources.fetch import fetch_source
    from pleura.progress import Terminal

    with Terminal() as terminal:
        terminal.say(f"{source.what}\nlicence: {source.licence}\ncite: {source.citation}")

        def show_kilobytes(what: str, done: int, total: int) -> None:
            terminal.progress(f"{what}, kB", done // 1000, total // 1000, {})

        terminal.say(str(fetch_source(source, folder, show_kilobytes)))


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(help="folder of a model, such as runs/NAME/best")],
    images: Annotated[list[Path], typer.Argument(help="image files, folders, or CSV files")],
    column: Annotated[
        str | None, typer.Option(help="a CSV file's column of images; found where it is the only")
    ] = None,
    full_range: FullRange = None,
) -> None:
    """Print the probabilities that a model gives to images as CSV, and which images are unlike
    those it was trained on."""
    from pleura.deploy.predictions import write_predictions

    counts = write_predictions(
        model,
        images,
        sys.stdout,
        column=column,
        full_range=full_range,
        say=lambda line: typer.echo(line, err=True),
    )
    if counts.unreadable:
        raise typer.Exit(1)


@app.command()
def masks(
    model: Annotated[Path, typer.Argument(help="folder of a model that segments")],
    manifest: Annotated[Path, typer.Argument(help="CSV file, or a folder of images")],
    out: Annotated[Path, typer.Option(help="folder for the masks and masks.csv")],
    column: Annotated[str, typer.Option(help="the file's column of images")] = "image",
    full_range: FullRange = None,
) -> None:
    """Segment images of any table: masks, and for each whether it can be trusted, and why not."""
    from pleura.progress import Terminal

    with Terminal() as terminal:
        from pleura.deploy.masks import describe, write_masks

        table = write_masks(
            model,
            manifest,
            out,
            column=column,
            full_range=full_range,
            progress=lambda done, total: terminal.progress("masks", done, total, {}),
            say=terminal.say,
        )
        terminal.say(describe(table, out))


def main() -> None:
    """Run the command line; an error a user can mend is one message and exit code 1."""
    try:
        app()
    except Exception as error:
        from pleura.errors import PleuraError

        # OSError: a full disk, a folder that cannot be written; its text names the file.
        if not isinstance(error, PleuraError | OSError):
            raise
        typer.echo(f"pleura: {error}", err=True)
        raise SystemExit(1) from None


def _simulate(kind: str, folder: Path, parameters: Mapping[str, Any]) -> None:
    """Write a set of a kind; of `parameters` those that are not given are as ever."""
    from pleura.progress import Terminal

    with Terminal(stderr=True) as terminal:  # at once: what simulates takes a second to load
        terminal.say(f"simulating {kind} in {folder}")
        from pleura.study.simulated import write_simulated

        given = {name: value for name, value in parameters.items() if value not in (None, [])}
        table = write_simulated(kind, folder, given, terminal.progress)
    typer.echo(table)


def _read(
    file: Path, changes: Sequence[str] | None, quick: bool, terminal: "Terminal"
) -> "AnyStudy":
    """The study file, checked before the packages are loaded that take seconds."""
    from pleura.study.read import read_study
    from pleura.wording import count

    study = read_study(file, changes or (), quick=quick)
    terminal.say(f"{file}: {count(len(study.recipes), 'recipe')}; loading packages")
    return study


def _default_out(file: Path, quick: bool) -> Path:
    return Path("runs") / f"{file.stem}{'-quick' if quick else ''}"
