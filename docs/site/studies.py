"""The page of the ready studies, made from their files."""

from docs.site.pages import TOP


def studies_page() -> str:
    """Markdown: each file of `studies` with a heading of its name."""
    parts = [
        "# Ready studies",
        "Each is one command, `pleura study run studies/NAME.yaml`. The comment on top of a file "
        "says what it asks, whose images it takes, and how to run it on yours.",
    ]
    for path in sorted((TOP / "studies").glob("*.yaml")):
        content = path.read_text(encoding="utf-8").strip()
        parts.append(f"## {path.stem}\n\n```yaml\n{content}\n```")
    return "\n\n".join(parts) + "\n"
