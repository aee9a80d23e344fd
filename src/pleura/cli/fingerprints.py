"""`pleura fingerprints`."""

from pathlib import Path
from typing import Annotated

import typer

from pleura.cli.evaluate import Study


def fingerprints(
    model: Annotated[Path, typer.Argument(help="folder of a model, such as runs/NAME/best")],
    out: Annotated[Path, typer.Argument(help="file to write, such as training.fingerprints")],
    study: Study = None,
) -> None:
    """Write fingerprints of a model's training images. They are for a place that has the model
    alone. Whoever has this file and an image can tell that the image was in the training, and so
    that its patient was in the study: give it to those alone who may know that."""
    from pleura.deploy.card import ClassifierCard, read_card

    card = read_card(model, ClassifierCard)  # before packages are loaded
    from pleura.progress import Terminal

    with Terminal() as terminal:
        from pleura.external.fingerprints import write_fingerprints
        from pleura.external.home import home_of
        from pleura.external.membership import NOT_HERE
        from pleura.wording import count

        home = home_of(model, card, study)
        if home is None:
            from pleura.errors import InputError

            raise InputError(f"{model}: {NOT_HERE}")
        number = write_fingerprints(home, out)
        terminal.say(f"{out}: fingerprints of {count(number, 'image')}")
        terminal.say(
            "who has this file and an image can tell that the image was in the training; give it "
            "to those alone who may know that"
        )
