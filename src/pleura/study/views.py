"""What is shown of an image: all, or all but its outer frame or its lungs, or these alone."""

import numpy as np
from numpy.typing import NDArray

from pleura.data.hidden import Hidden, Images, frame
from pleura.data.lung_regions import Lungs
from pleura.study.context import Context
from pleura.tables import CENTRE, ELSEWHERE, FRAME, LUNGS, NO_LUNGS

WHOLE = "whole"
HIDDEN = (CENTRE, FRAME)
OF_LUNGS = (NO_LUNGS, ELSEWHERE, LUNGS)
SHOWS = {
    WHOLE: "whole images",
    CENTRE: "without the outer frame",
    FRAME: "the outer frame alone",
    NO_LUNGS: "without the lungs",
    ELSEWHERE: "without the lungs' shape elsewhere",
    LUNGS: "the lungs alone",
}  # a view in words


def hidden_views(context: Context) -> tuple[str, ...]:
    """The views in which test images are shown besides the whole."""
    with_lungs = context.lungs is not None and len(rows_of(NO_LUNGS, context)) > 0
    return (*HIDDEN, *OF_LUNGS) if with_lungs else HIDDEN


def shown(view: str, context: Context) -> Images:
    """The bank's images in a view; those that test alone, where a part is hidden.

    What is hidden shows the mean of the images of patients who do not test: the same in every image
    of a fold and in every run, so it tells nothing, and frozen features of a view are computed
    once, since a patient tests in one fold.
    """
    bank = context.bank
    if view == WHOLE:
        return bank
    if view not in OF_LUNGS:
        outer = frame(bank.size, bank.size)
        return Hidden(bank, outer if view == CENTRE else ~outer, context.average_for)
    lungs = known_lungs(context)
    places = lungs.elsewhere if view == ELSEWHERE else lungs.masks

    def hidden(rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        here = places[lungs.at(rows)]
        return ~here if view == LUNGS else here

    return Hidden(bank, hidden, context.average_for)


def rows_of(view: str, context: Context) -> NDArray[np.int64]:
    """The rows of the bank that are ever looked at in a view, sorted: all, or those that test, in
    views of lungs those whose lungs are known."""
    if view == WHOLE:
        return np.arange(len(context.bank))
    tested = context.split.tested
    return np.intersect1d(tested, known_lungs(context).rows) if view in OF_LUNGS else tested


def known_lungs(context: Context) -> Lungs:
    if context.lungs is None:
        raise ValueError("the lungs of this study's images are not known")
    return context.lungs
