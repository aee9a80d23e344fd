"""The page of a study of grades: metrics of grades first, and how far off grades are."""

from pleura.evaluate.grades import METRICS, OF_GRADES, QUADRATIC_KAPPA
from pleura.report.nouns import GRADE
from pleura.report.sections import confusion, distances, listed, results
from pleura.report.tasks import page_of_labels

SHOWN = {
    "quadratic_kappa": "Quadratic / kappa",
    "auroc_at_least": "AUROC of / “at least”, macro",
    "mean_absolute_error": "Mean error / grades",
    "accuracy": "Accuracy",
    "auroc": "AUROC / each grade, macro",
    "log_loss": "Log-loss",
}
LIKELIEST = "Quadratic kappa, mean error and accuracy"
OWN = {
    results.RECIPES_AND_BASELINES: (results.recipes_and_baselines(SHOWN, LIKELIEST),),
    confusion.SECTION: (confusion.SECTION, distances.SECTION),
}
SECTIONS = tuple(its for section in listed.CLASSIFICATION for its in OWN.get(section, (section,)))
PAGE = page_of_labels(QUADRATIC_KAPPA, METRICS, SECTIONS, GRADE, OF_GRADES)
