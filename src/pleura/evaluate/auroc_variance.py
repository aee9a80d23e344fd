"""The variance of an AUROC from its value and the numbers of patients alone, without any scores."""

from dataclasses import dataclass

from pleura.evaluate.power import Components


@dataclass(frozen=True)
class Design:
    """What is tested: the share of `positives` among patients, and so many `images` of each, whose
    scores correlate by `within`."""

    positives: float
    images: float = 1.0
    within: float = 1.0

    @property
    def worth(self) -> float:
        """How many patients with one image each a patient with all images is worth, 1 or more
        (Obuchowski 1997: images of a patient are a cluster)."""
        return self.images / (1 + (self.images - 1) * self.within)


def of_one(auroc: float, design: Design) -> Components:
    """The components of the variance of an AUROC over patients (Hanley and McNeil 1982).

    Q1, the chance that two random positives both score higher than a negative, is taken to be
    A / (2 - A), and Q2, that a positive scores higher than two negatives, 2 A² / (1 + A). What
    trainings add is not known.
    """
    share = design.positives
    of_negatives = (auroc / (2 - auroc) - auroc**2) / (1 - share)
    of_positives = (2 * auroc**2 / (1 + auroc) - auroc**2) / share
    a_patient = of_negatives + of_positives
    left = auroc * (1 - auroc) - of_negatives * (1 - share) - of_positives * share
    return Components(
        a_patient / design.worth,
        # Satterthwaite: positives and negatives are two samples, the rarer of few patients.
        bearing=a_patient**2 / (of_negatives**2 / (1 - share) + of_positives**2 / share),
        excess=left / (share * (1 - share)) / a_patient / design.worth,
    )


def of_difference(alone: Components, correlation: float) -> Components:
    """The components of the difference of two AUROCs of the same patients that correlate so
    (Hanley and McNeil 1983)."""
    return Components(
        2 * (1 - correlation) * alone.shared, bearing=alone.bearing, excess=alone.excess
    )
