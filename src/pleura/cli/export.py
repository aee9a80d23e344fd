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
    hub: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="as a folder for Hugging Face's hub, with a card; onnx/ in it"
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="of --onnx alone; default: MODEL_onnx")
    ] = None,
    study: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="the model's study, which fills the card of --hub"),
    ] = None,
    licence: Annotated[
        str, typer.Option(help="under which --hub gives the model away, such as cc-by-4.0")
    ] = "",
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
    """Write a model to be handed on, as ONNX or for a hub. Nothing in it tells of a patient."""
    from pleura.errors import InputError

    if not onnx and hub is None:
        raise InputError("say as what the model is to be written: --onnx, --hub DIR, or both")
    if hub is not None and out is not None:
        raise InputError("--out: with --hub the ONNX files lie in its folder, in onnx/")
    if hub is None and (study is not None or licence):
        raise InputError("--study and --licence fill the card of --hub: say --hub DIR")
    if not onnx and (images or int8 or calibrate or label):
        raise InputError("--images, --int8, --calibrate and --label are about ONNX: say --onnx")
    from pleura.progress import Terminal

    with Terminal() as terminal:
        takes = "the export is then held against the model" if onnx else "its study is read first"
        terminal.say(f"exporting; {takes}")
        asked = None
        if onnx:
            from pleura.deploy.onnx.export import OnnxOptions, export_onnx

            asked = OnnxOptions(
                images or (), column, full_range, likeness, int8, calibrate or (), label
            )
        if hub is not None:
            from pleura.deploy.hub.export import HubOptions, export_hub

            export_hub(model, hub, HubOptions(study, licence, likeness, asked), say=terminal.say)
        elif asked is not None:
            named = out or model.with_name(f"{model.resolve().name}_onnx")
            export_onnx(model, named, asked, say=terminal.say)
