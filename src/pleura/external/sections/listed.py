"""The sections in the order of the page: a new one is a file and a line here."""

from pleura.external.sections import (
    patients,
    probabilities,
    reproduce,
    results,
    sets,
    shares,
    shift,
    subgroups,
    thresholds,
)

PARTS = (
    results.PART,
    probabilities.PART,
    thresholds.PART,
    sets.PART,
    shift.PART,
    shares.PART,
    subgroups.PART,
    patients.PART,
    reproduce.PART,
)
