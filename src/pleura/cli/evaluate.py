"""`pleura evaluate`."""

from pathlib import Path
from typing import Annotated

import typer

from pleura.cli.data.check import Columns
from pleura.cli.options import FullRange

Pairs = Annotated[
    list[str] | None,
    typer.Option(
        "--label", metavar="CLASS=THEIRS", help="what the table calls a class of the model"
    ),
]
Study = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="the model's study; default: the folder above the model"),
]
SaltFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="the salt by which the study's table hashes patients (images.salt)"
    ),
]


def evaluate(
    model: Annotated[Path, typer.Argument(help="folder of a model, such as runs/NAME/best")],
    table: Annotated[
        Path, typer.Argument(help="new patients: CSV file, folder of class folders, .npz archive")
    ],
    out: Annotated[
        Path | None, typer.Option(help="its folder; default evaluations/STUDY_on_TABLE")
    ] = None,
    study: Study = None,
    columns: Columns = None,
    labels: Pairs = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(metavar="LABEL", help="leave rows with a label out that the model lacks"),
    ] = None,
    subgroups: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="look at a column: --subgroups sex, or age=0,18,65"),
    ] = None,
    recalibrate: Annotated[
        float,
        typer.Option(
            min=0, max=0.9, metavar="SHARE", help="of patients who fit a recalibration; 0: none"
        ),
    ] = 0.3,
    seed: Annotated[int, typer.Option(min=0, help="draws who fits the recalibration")] = 0,
    drop_known: Annotated[
        bool,
        typer.Option("--drop-known", help="leave patients out that the model was trained on"),
    ] = False,
    strangers: Annotated[
        bool,
        typer.Option("--strangers", help="patients named as in the study are other people"),
    ] = False,
    salt: SaltFile = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="image|clip|patient",
            help="what is judged; default: clips where the study judged clips, else images",
        ),
    ] = None,
    fingerprints: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="of `pleura fingerprints`: training images, where the study is not here",
        ),
    ] = None,
    full_range: FullRange = None,
    image_is_patient: Annotated[
        bool, typer.Option("--image-is-patient", help="every image is of another patient")
    ] = False,
    merge: Annotated[
        bool,
        typer.Option("--merge", help="patients who share an image, or are spelled alike, are one"),
    ] = False,
) -> None:
    """Evaluate a model on patients of another place. Nothing is trained. A page and its tables
    compare it with the test part of its study."""
    from pleura.deploy.card import ClassifierCard, read_card

    read_card(model, ClassifierCard)  # what is wrong with it is told before packages are loaded
    from pleura.progress import Terminal

    with Terminal() as terminal:
        from pleura.check.images import columns_of
        from pleura.external.evaluation import Options, evaluate_model
        from pleura.external.new_table import Reading
        from pleura.external.options import by_of, labels_of, salt_of, subgroups_of

        reading = Reading(
            columns=columns_of(columns or ()),
            labels=labels_of(labels or ()),
            leave_out=tuple(leave_out or ()),
            full_range=full_range,
            image_is_patient=image_is_patient,
            subgroups=subgroups_of(subgroups or ()),
            merge=merge,
        )
        options = Options(
            reading=reading,
            study=study,
            recalibrate=recalibrate,
            seed=seed,
            drop_known=drop_known,
            salt=salt_of(salt),
            strangers=strangers,
            by=by_of(by),
            fingerprints=fingerprints,
        )
        done = evaluate_model(
            model,
            table,
            out,
            options,
            progress=terminal.progress,
            announce=terminal.say,
        )
        terminal.say(str(done))
