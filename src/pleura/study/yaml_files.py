"""YAML as people mean it: `no`, `01` and `1:30` are texts, as in YAML 1.2 or as they look."""

import difflib
import re
from pathlib import Path
from typing import Any

import yaml

from pleura.data.names import composed
from pleura.errors import InputError

BOOL, INT, MERGE = (f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "merge"))
COLON = "mapping values are not allowed here"


class _Loader(yaml.SafeLoader):
    """The safe loader, but that of plain scalars only `true` and `false` are truth values, and
    only decimal numbers without leading zeros whole numbers.

    The rules of YAML 1.1 make classes `[no, yes]` false and true, and `[01, 010]` 1 and 8. Where a
    key takes true or false, or a number, its text is read as such all the same. A key that a
    mapping has twice is an error, where PyYAML keeps the last one: a recipe would be lost in
    silence.
    """

    def compose_mapping_node(self, anchor: dict[Any, yaml.Node]) -> yaml.MappingNode:
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        lines: dict[object, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == MERGE:
                continue
            name, line = self.construct_object(key), key.start_mark.line + 1
            if name in lines:
                twice = f"the key {key.value!r} stands in line {lines[name]} already"
                raise yaml.MarkedYAMLError(None, None, twice, key.start_mark)
            lines[name] = line
        return node


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (BOOL, INT)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    BOOL, re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver(INT, re.compile(r"[-+]?(?:0|[1-9][0-9_]*)$"), list("-+0123456789"))


def load_yaml(text: str) -> Any:
    """What a YAML document says, its accented letters composed.

    Raises yaml.YAMLError, and the ValueError, AttributeError and RecursionError that PyYAML lets
    through of dates, numbers and deep nesting.
    """
    return yaml.load(composed(text), Loader=_Loader)


def read_yaml(path: Path) -> dict[Any, Any]:
    """The mapping in a YAML file. Raises InputError with the line that cannot be read."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder, not a study file; name a file (YAML) in it")
    if not path.is_file():
        beside = [each.name for each in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        close = difflib.get_close_matches(path.name, beside, n=1)
        guess = f"; did you mean {path.parent / close[0]}?" if close else ""
        raise InputError(f"{path}: there is no such study file{guess}")
    try:
        content = load_yaml(path.read_text(encoding="utf-8-sig"))
    # Apart from its own errors, PyYAML lets through those of dates, numbers and deep nesting.
    except (yaml.YAMLError, ValueError, AttributeError, RecursionError) as error:
        raise InputError(f"{path}: not readable as YAML: {_reason(error)}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: a study file is a mapping with keys such as question, data")
    return content


def _reason(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        colon = "; put quotes around a text that holds a colon, indent keys of one level alike"
        advice = colon if error.problem == COLON else ""
        return f"line {error.problem_mark.line + 1}: {error.problem}{advice}"
    # PyYAML's text of a character that cannot be goes on with a name that no file has.
    return str(error).splitlines()[0] if str(error) else type(error).__name__
