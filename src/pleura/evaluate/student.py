"""Student's t distribution, by the functions of scipy.special that scipy.stats calls after a
hundred times their own time: a study has thousands of limits."""

from scipy import special


def quantile(level: float, freedom: float) -> float:
    """The number t between whose negative and itself a share `level` of the distribution lies."""
    return float(special.stdtrit(freedom, (1 + level) / 2))


def p_of(ratio: float, freedom: float) -> float:
    """The two-sided p of a value that is `ratio` standard errors away from none."""
    return float(2 * special.stdtr(freedom, -abs(ratio)))
