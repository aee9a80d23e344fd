"""YAML as people mean it: `no`, `01` and `1:30` are texts, as in YAML 1.2 or as they look."""

import re
from typing import Any

import yaml

from pleura.data.names import composed

BOOL, INT, MERGE = (f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "merge"))


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
