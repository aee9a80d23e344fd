"""What pretraining leaves in the study's folder."""

from pleura.study.context import Context
from pleura.study.step_graph import Plan
from pleura.study.steps import selfsup


def test_what_an_earlier_search_tried_goes_with_the_search(context: Context) -> None:
    path = context.out / selfsup.CURRICULUM
    searched = Plan((), open=False, choices=({"recipe": "a", "step": "rotation"},))
    selfsup.KIND.collect(searched, context)
    assert path.read_text() == "recipe,step\na,rotation\n"
    selfsup.KIND.collect(Plan((), open=False), context)
    assert not path.exists()
