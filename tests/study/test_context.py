"""What steps share is plain data: a copy of it in another process serves as well."""

import pickle

import numpy as np

from pleura.study.context import Context, quiet
from pleura.study.step import Step
from pleura.study.steps import features
from pleura.study.views import HIDDEN, WHOLE
from tests.study.steps.conftest import context as context
from tests.study.steps.conftest import images as images


def test_a_copy_does_a_step_as_the_context_itself_does(context: Context) -> None:
    packed = pickle.dumps(context)
    assert len(packed) < context.bank.folder.joinpath("pixels.u8").stat().st_size
    copy = pickle.loads(packed)
    spec = {"backbone": "squeezenet1_0", "weights": "random", "seed": 3}
    found = []
    for view, place in ((WHOLE, context), (WHOLE, copy), (HIDDEN[0], context), (HIDDEN[0], copy)):
        images = {"bank": context.bank.key, "view": view}
        outputs = (features.file_of("fire4"),)
        step = Step("features", "features", {**spec, **images}, {}, outputs=outputs)
        step = pickle.loads(pickle.dumps(step))
        features.KIND.perform(step, place, quiet)
        file = step.folder(context.steps) / outputs[0]
        found.append(np.load(file))
        file.unlink()
        (file.parent / "done.json").unlink()
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[2], found[3])
    assert found[0].std() > 0
