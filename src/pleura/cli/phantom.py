"""`pleura phantom`."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from pleura.cli.options import within
from pleura.cli.simulated import simulate
from pleura.simulate.limits import CLIPS, FRAMES, PATIENTS, SEED, SIDE


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
    """Simulate chest X-rays or lung ultrasound. They show known disease, to try pleura without
    data."""
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
    simulate(kind, folder, parameters)
