import pytest

from pleura.data.split import make_split
from pleura.errors import InputError
from tests.data.splits import usual, usual_manifest


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"test": None}, "one of `test` and `folds`"),
        ({"folds": 3}, "one of `test` and `folds`"),
        ({"test": None, "folds": 1}, "2 or more"),
        ({"test": 1.5}, "`test` is"),
        ({"test": "split"}, "no column 'split'.*empty in every row studied.*such as test: 0.2"),
        ({"test": "30%"}, "no column '30%'.*such as test: 0.2"),
        ({"validation": 0.0}, "`validation` is"),
        ({"validation": "split"}, "`validation` is .* or the column that `test` names"),
        ({"test": "split", "validation": "part"}, "`validation` is"),
        ({"seeds": []}, "`seeds` are"),
        ({"seeds": [1, 1]}, "`seeds` are"),
        ({"fractions": [0.0]}, "`fractions` are"),
        ({"rules": {"*": "test"}}, "`rules` need"),
        ({"test": "split", "rules": {"*": "tset"}}, "`rules` say"),
    ],
)
def test_wrong_arguments_are_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        make_split(usual_manifest(), usual(**wrong))
