import pytest
from pydantic import ValidationError

from pleura.data.split import make_split
from pleura.errors import InputError
from tests.data.splits import usual, usual_manifest


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"test": None}, "either test .* or folds"),
        ({"folds": 3}, "either test .* or folds"),
        ({"test": None, "folds": 1}, "folds"),
        ({"test": 1.5}, "test"),
        ({"validation": 0.0}, "validation"),
        ({"validation": "split"}, "validation: .* or the column that test names"),
        ({"test": "split", "validation": "part"}, "validation"),
        ({"seed": -1}, "seed"),
        ({"seeds": []}, "seeds"),
        ({"seeds": [1, 1]}, "seeds"),
        ({"fractions": [0.0]}, "fractions"),
        ({"fractions": [0.5, 0.5]}, "fractions\\n.* twice"),
        ({"rules": {"*": "test"}}, "rules: for the empty cells of a column"),
        ({"test": "split", "rules": {"*": "tset"}}, "rules"),
        ({"aside": {"sets": 1.0}}, "aside"),
    ],
)
def test_wrong_arguments_are_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        usual(**wrong)


@pytest.mark.parametrize("column", ["split", "30%"])
def test_a_column_that_is_not_there_is_refused(column: str) -> None:
    words = f"no column '{column}'.*empty in every row studied.*such as test: 0.2"
    with pytest.raises(InputError, match=words):
        make_split(usual_manifest(), usual(test=column))
