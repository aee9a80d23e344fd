"""The words of a page, as tests read them."""

import html
import re


def words_of(page: str) -> str:
    """What a reader sees of a page but figures and the study file: no marks, styles or scripts."""
    page = re.sub(r"<(style|script|svg|pre)\b.*?</\1>", "", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", page))
