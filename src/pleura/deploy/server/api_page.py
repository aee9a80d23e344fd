"""The description of the interface as a plain page, made of its OpenAPI document."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

Document = Mapping[str, Any]

PAGE = Markup(
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>pleura: the interface'
    '</title><meta name="viewport" content="width=device-width, initial-scale=1">'
    '<link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/page.css"></head>'
    '<body class="text"><main>{}</main></body></html>'
)
EXAMPLE = (
    "curl -H 'Content-Type: application/octet-stream' --data-binary @image.png "
    "http://127.0.0.1:8000/api/predict"
)


def api_page(document: Document) -> str:
    """HTML that needs nothing else than the style of the page."""
    parts = [
        Markup("<h1>{} {}</h1><p>{}</p>").format(
            document["info"]["title"] + ":", "the interface", document["info"]["description"]
        ),
        Markup(
            '<p><a href="/">The page</a> · <a href="/openapi.json">OpenAPI document</a></p>'
            "<pre>{}</pre>"
        ).format(EXAMPLE),
        *_operations(document),
        Markup("<h2>What is answered</h2>"),
        *(
            _schema(name, schema)
            for name, schema in document["components"]["schemas"].items()
            if not name.endswith("ValidationError")
        ),
    ]
    return PAGE.format(Markup("\n").join(parts))


def _operations(document: Document) -> Iterator[Markup]:
    for path, methods in document["paths"].items():
        for method, its in methods.items():
            yield Markup("<h2><code>{} {}</code></h2><p>{}</p>").format(
                method.upper(), path, its.get("description") or its["summary"]
            )
            if rows := [
                (each["name"], _kind(each["schema"]), each.get("description", ""))
                for each in its.get("parameters", ())
            ]:
                yield _table(("in the address", "takes", "means"), rows)
            yield _table(
                ("status", "means", "answers"),
                [
                    (status, each["description"], ", ".join(map(_content, _contents(each))))
                    for status, each in its["responses"].items()
                ],
            )


def _contents(response: Document) -> list[tuple[str, Any]]:
    return list(response.get("content", {}).items())


def _content(given: tuple[str, Any]) -> str:
    media, its = given
    named = _kind(its.get("schema", {}))
    return f"{media}: {named}" if named else media


def _schema(name: str, schema: Document) -> Markup:
    rows = [
        (field, _kind(its), its.get("description", ""))
        for field, its in schema.get("properties", {}).items()
    ]
    heading = Markup('<h3 id="{}">{}</h3><p>{}</p>').format(
        name, name, schema.get("description", "")
    )
    return heading + _table(("field", "is", "means"), rows)


def _kind(schema: Document) -> str:
    """What a value is, in words: `array of Picture`, `number or null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(map(_kind, schema["anyOf"]))
    if schema.get("type") == "array":
        return f"array of {_kind(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {_kind(schema['additionalProperties'])}"
    return str(schema.get("type", ""))


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(each) for each in heads)
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td>{}</td>").format(cell) for cell in row)
        )
        for row in rows
    )
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(
        head, escape(body)
    )
