"""The page of a study of findings."""

from pleura.evaluate.curve_areas import AUROC
from pleura.evaluate.findings import METRICS
from pleura.report.nouns import FINDING
from pleura.report.sections import listed
from pleura.report.tasks import page_of_labels

PAGE = page_of_labels(AUROC, METRICS, listed.FINDINGS, FINDING)
