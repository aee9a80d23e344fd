"""Numbers in sentences: `1 image`, `1,200 images`, `once`, `3 times`."""


def count(number: float, noun: str) -> str:
    """`1 image`, `1,200 images`: a number with its noun, which takes an `s` unless it is one."""
    return f"{number:,.0f} {noun}{'' if number == 1 else 's'}"


def how_often(number: int) -> str:
    """`once`, `3 times`, `1,200 times`."""
    return "once" if number == 1 else f"{number:,} times"
