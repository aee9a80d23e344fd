"""What the report of a model's study warns of."""

from pathlib import Path

from pleura.deploy.card import ClassifierCard, read_card

NOT_BESIDE = (
    "What the report of its study warns of is not known here: the study's folder is not above the "
    "model's, or cannot be read"
)


def warned(model: Path) -> list[str]:
    """The cautions of the report on the model in a folder, and the serious ones on its study, in
    full; that they are not known where the study's folder is not the one above.

    The report is evaluated for it, which takes some seconds and the packages of a report: a process
    of its own is the place for that.
    """
    from pleura.deploy.hub.origin import ITS_STUDY, THIS_MODEL, origin_of

    origin = origin_of(model, read_card(model, ClassifierCard))
    if origin.study is None:
        return [f"{NOT_BESIDE}."]
    by = origin.cautions
    return [*by.get(THIS_MODEL, ()), *by.get(ITS_STUDY, ())]
