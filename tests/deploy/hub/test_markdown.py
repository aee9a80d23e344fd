"""Names stay what they are within Markdown."""

from pleura.deploy.hub.markdown import Ready, as_grid, blank, coded, escaped, folded, grid
from pleura.report.table import Cell, Table


def test_what_markdown_takes_for_its_own_is_escaped() -> None:
    assert escaped("a|b\n<img src=x> [c](d) *e*") == "a\\|b \\<img src=x> \\[c\\](d) \\*e\\*"
    assert escaped("a&lt;b _c_ ~~d~~ $e^2$") == "a\\&lt;b \\_c\\_ \\~\\~d\\~\\~ \\$e^2\\$"
    assert escaped(Ready("**a**")) == "**a**"
    assert blank("a | b") == "**\\[to be filled in by you: a \\| b\\]**"


def test_tables() -> None:
    assert grid(("a", "b"), [("1", "|")]) == "| a | b |\n|---|---|\n| 1 | \\| |"
    assert grid(("a",), []) == ""
    table = Table.of("t", [[Cell("x"), Cell(".9", ".8 to 1")]], "Recipe | AUROC / macro")
    assert as_grid(table, left_out=1) == "| AUROC (macro) |\n|---|\n| .9 (.8 to 1) |"
    assert as_grid(None) == ""


def test_what_is_folded_stands_below_its_summary() -> None:
    assert folded("a < b", Ready("| c |")) == (
        "<details><summary>a &lt; b</summary>\n\n| c |\n\n</details>"
    )
    assert folded("a", "") == ""


def test_a_command_stands_as_it_is_typed() -> None:
    assert coded("ls 'a *b*'") == "`ls 'a *b*'`"
    assert coded("ls a``b") == "``` ls a``b ```"
