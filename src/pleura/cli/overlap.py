"""`pleura overlap`."""

from pathlib import Path
from typing import Annotated

import typer

from pleura.cli.data.check import Columns
from pleura.cli.evaluate import SaltFile, Study


def overlap(
    model: Annotated[Path, typer.Argument(help="folder of a model, such as runs/NAME/best")],
    table: Annotated[Path, typer.Argument(help="CSV file with patients, images, or both")],
    study: Study = None,
    columns: Columns = None,
    salt: SaltFile = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="write the answers, a row each, as CSV")
    ] = None,
) -> None:
    """Tell who of a table is in the training of a model. Its study's folder answers, where it was
    trained; the exit code is 3 where the model has learned from any. An answer tells that somebody
    was in the study: mind to whom it goes."""
    from pleura.deploy.card import ClassifierCard, read_card

    read_card(model, ClassifierCard)  # what is wrong with it is told before packages are loaded
    from pleura.progress import Terminal

    with Terminal() as terminal:
        from pleura.check.images import columns_of
        from pleura.external.membership import FOUND, who_is_known
        from pleura.external.options import salt_of

        known = who_is_known(
            model,
            table,
            study=study,
            columns=columns_of(columns or ()),
            salt=salt_of(salt),
            out=out,
            progress=terminal.progress,
            announce=terminal.say,
        )
        terminal.say(str(known))
    if known.learned:
        raise typer.Exit(FOUND)
