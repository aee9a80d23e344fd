"""Images with their lungs, or all but these, hidden."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pleura.data.lung_regions import Lungs
from pleura.study.context import Context
from pleura.study.views import HIDDEN, OF_LUNGS, hidden_views, rows_of, shown
from pleura.tables import ELSEWHERE, LUNGS, NO_LUNGS
from tests.conftest import MakeImages
from tests.study.trained import trained_run


@pytest.fixture(scope="module")
def plain(make_images: MakeImages, tmp_path_factory: pytest.TempPathFactory) -> Context:
    context, _ = trained_run(make_images(patients=12), tmp_path_factory.mktemp("run"), size=32)
    return context


@pytest.fixture(scope="module")
def context(plain: Context) -> Context:
    """Lungs of all test images but the first, and of the first that trains."""
    tested = plain.split.tested
    rows = np.sort(np.append(tested[1:], plain.split.parts(0, 1, 1.0).train[:1]))
    masks = np.zeros((len(rows), 32, 32), dtype=np.bool_)
    for number, mask in enumerate(masks):
        mask[8:20, 4 + number % 5 : 14] = True
    return replace(plain, lungs=Lungs(rows, masks, np.zeros(len(rows), dtype=np.bool_), "given"))


def test_views_are_those_that_the_study_can_show(plain: Context, context: Context) -> None:
    assert hidden_views(plain) == HIDDEN
    assert hidden_views(context) == (*HIDDEN, *OF_LUNGS)
    strangers = replace(context.lungs, rows=np.arange(len(context.lungs.rows)))  # type: ignore[type-var, union-attr]
    assert not set(strangers.rows) & set(context.split.tested)  # type: ignore[union-attr]
    assert hidden_views(replace(context, lungs=strangers)) == HIDDEN
    for view in OF_LUNGS:
        assert rows_of(view, context).tolist() == context.split.tested[1:].tolist()


def test_what_is_hidden_shows_the_mean_and_the_rest_is_as_it_was(context: Context) -> None:
    assert context.lungs is not None
    rows = rows_of(NO_LUNGS, context)[[3, 0, 5]]
    masks = context.lungs.masks[context.lungs.at(rows)]
    elsewhere = context.lungs.elsewhere[context.lungs.at(rows)]
    whole = context.bank.read(rows)
    for view, hidden in ((NO_LUNGS, masks), (ELSEWHERE, elsewhere), (LUNGS, ~masks)):
        found = shown(view, context).read(rows)
        for image, original, where in zip(found, whole, hidden, strict=True):
            np.testing.assert_array_equal(image[where], context.averages[0][where])
            np.testing.assert_array_equal(image[~where], original[~where])


def test_lungs_are_not_asked_for_where_none_are_known(plain: Context, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lungs"):
        shown(NO_LUNGS, plain)
