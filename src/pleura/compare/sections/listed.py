"""The sections in the order of the page: a new one is a file and a line here."""

from pleura.compare.sections import compared, costs, delivered, mix, reproduce, results, settings

PARTS = (
    results.PART,
    delivered.PART,
    costs.PART,
    compared.PART,
    settings.PART,
    mix.PART,
    reproduce.PART,
)
