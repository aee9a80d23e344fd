"""YAML that pleura has written itself is read as PyYAML reads it."""

import pytest
import yaml

from pleura.saved_yaml import load_saved
from pleura.study.study_files import dump_study
from tests.study.test_schema import make

ODD = {"a: b": ["no", None, 1e-05, 0.1, True, "01", "1:30"], "é": "two\nlines", "": {"x": []}}


@pytest.mark.parametrize("text", [dump_study(make()), yaml.safe_dump(ODD, allow_unicode=True)])
def test_it_says_what_pyyaml_says(text: str) -> None:
    assert load_saved(text) == yaml.safe_load(text)


def test_what_is_no_yaml_is_told() -> None:
    with pytest.raises(yaml.YAMLError):
        load_saved("a: [1")
