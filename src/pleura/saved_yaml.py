"""YAML that pleura has written itself, such as the file of a finished study."""

from typing import Any

import yaml

# libyaml's parser, which PyYAML has in most places: it takes a tenth of the time.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_saved(text: str) -> Any:
    """What a document says. Raises yaml.YAMLError.

    What people write is read by `pleura.study.yaml_files`.
    """
    return yaml.load(text, Loader=_LOADER)
