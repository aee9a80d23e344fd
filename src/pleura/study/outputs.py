"""The tables, pictures and the model that a finished study leaves in its folder."""

import json

import pandas as pd

from pleura.files import write_text
from pleura.study.dropped import drop_losers
from pleura.study.ensembles import with_averages
from pleura.study.folder import forget_lengths, note_lengths
from pleura.study.groups import write_groups
from pleura.study.notes import notes_of
from pleura.study.prepared import Prepared
from pleura.study.steps import latency
from pleura.study.steps.evaluation import Evaluation, outcomes_of
from pleura.study.steps.listed import KINDS, kind_as, load_kind
from pleura.study.study_base import StudyBase
from pleura.study.study_files import dump_study
from pleura.tables import UNRANKED, write_table


def collect(file: StudyBase, prepared: Prepared) -> None:
    """Write tables, pictures and the best model of a study whose steps are done; delete those of
    earlier settings of it, and the weights that nothing needs any more. `file` is the study as it
    was asked for."""
    context, plan, study = prepared.context, prepared.plan, prepared.study
    forget_lengths(context.out)
    kinds = [load_kind(name) for name in KINDS]
    done = [kind for kind in kinds if kind.collected(plan)]
    # The report would show it. First, since another kind can write a table of the same name.
    for pattern in (name for kind in kinds if kind not in done for name in kind.leaves):
        for path in context.out.glob(pattern):
            path.unlink()
    for kind in done:
        kind.collect(plan, context)
    [timed] = plan.of("latency")
    outcomes = outcomes_of(plan)
    runs = pd.DataFrame([step.result(context.steps) for step in outcomes])
    runs = with_averages(latency.with_latency(runs, timed, context), plan)
    unranked = [name for name, recipe in study.recipes.items() if not recipe.ranked]
    runs.loc[runs["recipe"].isin(unranked), "kind"] = UNRANKED
    write_table(context.out / "runs.csv", runs)
    evaluation = kind_as(Evaluation, outcomes[0])
    evaluation.hand_over(study, plan, context)
    write_text(context.out / "study.yaml", dump_study(file))
    met_test = len(list(context.steps.glob(f"{evaluation.name}-*/done.json")))
    write_text(context.out / "evaluations.json", json.dumps({"outcomes": met_test}))
    write_groups(study, context)
    write_text(context.out / "notes.json", json.dumps(notes_of(context), indent=1))
    note_lengths(context.out)
    drop_losers(plan, context)
