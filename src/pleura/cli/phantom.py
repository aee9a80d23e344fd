"""`pleura phantom`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from pleura.cli.options import within
from pleura.cli.simulated import simulate
from pleura.simulate.limits import CLIPS, FRAMES, PATIENTS, SEED, SIDE

OPTIONS = {
    "chest-xray": ("--confounder",),
    "chest-xray-findings": ("--findings",),
    "lung-ultrasound": ("--clips", "--frames"),
}
"""What each set has besides patients, size and seed."""


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
    findings: Annotated[
        bool,
        typer.Option(
            "--findings", help="X-ray: adults with up to five findings an image, as in CheXpert"
        ),
    ] = False,
    clips: Annotated[int | None, within(CLIPS, "ultrasound: of a patient; default 2")] = None,
    frames: Annotated[int | None, within(FRAMES, "ultrasound: of a clip; default 5")] = None,
) -> None:
    """Simulate chest X-rays or lung ultrasound. They show known disease, to try pleura without
    data."""
    from pleura.errors import InputError

    dataset = "chest-xray-findings" if findings and kind == "chest-xray" else kind
    given = {
        "--confounder": confounder,
        "--findings": findings,
        "--clips": clips,
        "--frames": frames,
    }
    misplaced = [
        f"{name} is no option of it; leave it out"
        for name, value in given.items()
        if value and name not in OPTIONS[dataset]
    ]
    if misplaced:
        more = " --findings" if dataset != kind else ""
        raise InputError(f"cannot simulate --kind {kind}{more}", misplaced)
    own = {"confounders": confounder, "clips": clips, "frames": frames}
    simulate(dataset, folder, {"patients": patients, "size": size, "seed": seed, **own})
