"""Which model a study hands over: the best on validation, never on test."""

from statistics import mean
from typing import Any

from pleura.deploy.package import save_model
from pleura.evaluate.calibration import fit_map
from pleura.study.context import Context
from pleura.study.kinds.outcome import PREDICTIONS, chosen_of, trained_model
from pleura.study.plan import Plan
from pleura.study.schema import StudyFile
from pleura.study.step import Step
from pleura.tables import LOGIT, read_predictions


def keep_best(study: StudyFile, plan: Plan, context: Context) -> str:
    """Write the folder `best` and return the name of the recipe it holds.

    At the largest fraction: the recipe with the greatest validation score, mean over seeds and
    folds, and of it the training with the greatest.
    """
    largest = max(study.fractions)
    ranked = {name for name, recipe in study.recipes.items() if recipe.ranked}
    scores: dict[str, list[tuple[float, Step]]] = {}
    for outcome in plan.outcomes:
        name = outcome.spec["recipe"]
        if name in ranked and outcome.spec["fraction"] == largest:
            score = chosen_of(outcome, context).result(context.steps)["score"]
            scores.setdefault(name, []).append((score, outcome))
    recipe = max(scores, key=lambda name: mean(score for score, _ in scores[name]))
    score, outcome = max(scores[recipe], key=lambda pair: pair[0])
    trial = chosen_of(outcome, context)
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
            "probabilities": "softmax(logits / temperature + biases), fitted on validation images; "
            "they hold where classes are as frequent as among those",
            "calibration": _calibration(outcome, context),
            "step": trial.key,
        },
    )
    return recipe


def _calibration(outcome: Step, context: Context) -> dict[str, Any]:
    """The map fitted on the validation part of one training, and on what."""
    table = read_predictions(outcome.folder(context.steps) / PREDICTIONS)
    table = table[table["part"] == "validation"]
    classes = context.manifest.classes
    labels = table["label"].map(classes.index).to_numpy()
    fitted = fit_map(table[[f"{LOGIT}{name}" for name in classes]].to_numpy(), labels)
    shares = table["label"].value_counts(normalize=True)
    return {
        "temperature": fitted.temperature,
        "biases": list(fitted.biases),
        "images": len(table),
        "prevalence": {name: float(shares.get(name, 0.0)) for name in classes},
    }
