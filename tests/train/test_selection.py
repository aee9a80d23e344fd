"""The best weights are kept, and patience begins where it may."""

import pytest
from torch import nn

from pleura.train.selection import Best


@pytest.mark.parametrize(("since", "last"), [(0, 4), (3, 5), (6, 8)])
def test_patience_begins_after_an_epoch_or_the_last_gain(since: int, last: int) -> None:
    best, model = Best(patience=2, since=since), nn.Linear(1, 1)
    scores = [0.1, 0.2, 0.5, *[0.4] * 8]
    for epoch, score in enumerate(scores):
        assert best.stalled(epoch) == (epoch > last)
        if not best.stalled(epoch):
            best.see(epoch, {"score": score}, model)
