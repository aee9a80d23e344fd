"""What is shown of an image: all, its outer frame hidden, or that frame alone."""

import numpy as np
from numpy.typing import NDArray

from pleura.data.hidden import Hidden, Images, frame
from pleura.study.context import Context
from pleura.tables import CENTRE, FRAME

WHOLE = "whole"
HIDDEN = (CENTRE, FRAME)


def shown(view: str, context: Context) -> Images:
    """The bank's images in a view.

    What is hidden shows the mean of the whole bank: the same in every image and every run, so it
    tells nothing, and frozen features of a view are computed once.
    """
    bank = context.bank
    if view == WHOLE:
        return bank
    outer = frame(bank.size, bank.size)
    return Hidden(bank, outer if view == CENTRE else ~outer, context.average)


def rows_of(view: str, context: Context) -> NDArray[np.int64]:
    """The rows of the bank that are ever looked at in a view: all, or those that test."""
    return np.arange(len(context.bank)) if view == WHOLE else context.split.tested
