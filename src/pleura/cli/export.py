"""`pleura export`."""

from pathlib import Path
from typing import Annotated

import typer

from pleura.cli.options import Column, FullRange


def export(
    model: Annotated[Path, typer.Argument(help="folder of a model, such as runs/NAME/best")],
    onnx: Annotated[
        bool, typer.Option("--onnx", help="as an ONNX file with what it takes")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="where to; default: MODEL_onnx")
    ] = None,
    images: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PLACE",
            help="images, a folder or a table on which the export is checked; again for more",
        ),
    ] = None,
    column: Column = None,
    full_range: FullRange = None,
    likeness: Annotated[
        bool,
        typer.Option(
            "--likeness",
            help="with the flag of images unlike the training images; then features of these leave "
            "with the model, and by them one can find out whether an image was trained on",
        ),
    ] = False,
    int8: Annotated[
        bool, typer.Option("--int8", help="a second, smaller model of whole numbers of 8 bits")
    ] = False,
    calibrate: Annotated[
        list[Path] | None,
        typer.Option(metavar="PLACE", help="images whose maps give --int8 its ranges"),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="of the tables of --images: AUROC of --int8 and of the model"
        ),
    ] = None,
) -> None:
    """Write a model so that it runs without pleura. Nothing in it tells of a patient."""
    from pleura.errors import InputError

    if not onnx:
        raise InputError("say as what the model is to be written: --onnx")
    from pleura.deploy.onnx.export import Asked, export_onnx
    from pleura.progress import Terminal

    with Terminal() as terminal:
        terminal.say("exporting; the export is then held against the model")
        export_onnx(
            model,
            out or model.with_name(f"{model.resolve().name}_onnx"),
            Asked(images or (), column, full_range, likeness, int8, calibrate or (), label),
            say=terminal.say,
        )
