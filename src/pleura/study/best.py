"""Which model a study hands over: the best on validation, never on test."""

from statistics import mean

from pleura.deploy.package import save_model
from pleura.study.context import Context
from pleura.study.kinds.outcome import trained_model
from pleura.study.plan import Plan
from pleura.study.schema import StudyFile
from pleura.study.step import Step


def keep_best(study: StudyFile, plan: Plan, context: Context) -> str:
    """Write the folder `best` and return the name of the recipe it holds.

    At the largest fraction: the recipe with the greatest validation score, mean over seeds and
    folds, and of it the training with the greatest.
    """
    largest = max(study.fractions)
    scores: dict[str, list[tuple[float, Step]]] = {}
    for outcome in plan.outcomes:
        name = outcome.spec["recipe"]
        if name in study.recipes and outcome.spec["fraction"] == largest:
            chosen = _chosen(outcome, context)
            score = chosen.result(context.steps)["score"]
            scores.setdefault(name, []).append((score, chosen))
    recipe = max(scores, key=lambda name: mean(score for score, _ in scores[name]))
    score, trial = max(scores[recipe], key=lambda pair: pair[0])
    built = trained_model(trial, context)
    save_model(
        context.out / "best",
        built.classifier,
        {
            "recipe": recipe,
            "backbone": trial.spec["backbone"],
            "strategy": trial.spec["strategy"],
            "classes": list(context.manifest.classes),
            "size": context.bank.size,
            "fit": context.bank.fit,
            "question": study.question,
            "fraction": largest,
            "seed": trial.spec["seed"],
            "fold": trial.spec["fold"],
            "validation_auroc": score,
            "weights": built.provenance.as_dict(),
            "probabilities": "softmax, not calibrated",
            "step": trial.key,
        },
    )
    return recipe


def _chosen(outcome: Step, context: Context) -> Step:
    key = outcome.result(context.steps)["step"]
    return next(trial for trial in outcome.parents if trial.key == key)
