import pytest

from pleura.averages import ensemble_of, is_average, mirrored_too


@pytest.mark.parametrize("recipe", ["frozen", "a, b", "frozen, ensemble of 2"])
def test_a_name_of_an_average_is_known(recipe: str) -> None:
    assert is_average(ensemble_of(recipe, 12))
    assert is_average(mirrored_too(recipe))


@pytest.mark.parametrize(
    "recipe", ["frozen", "ensemble of 3", "frozen, mirrored", "a, ensemble of"]
)
def test_other_names_are_not(recipe: str) -> None:
    assert not is_average(recipe)
