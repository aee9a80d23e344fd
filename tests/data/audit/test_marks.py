from pathlib import Path

import numpy as np

from pleura.data.audit.marks import PLACES, Mark, find_marks, marks_in
from tests.data.audit.made_up import Square, collection_of


def stamped(square: Square, left: int, top: int) -> Square:
    """The square with an L of 6 by 9 pixels on an even plate."""
    square = square.copy()
    square[top - 3 : top + 12, left - 3 : left + 9] = 30
    square[top : top + 9, left : left + 2] = 230
    square[top + 7 : top + 9, left : left + 6] = 230
    return square


def test_a_letter_is_found_where_it_stands() -> None:
    plain = np.full((128, 128), 90, np.uint8)
    assert marks_in(plain) == []
    assert marks_in(stamped(plain, 110, 10)) == [Mark(110, 10, 116, 19)]
    assert PLACES[Mark(110, 10, 116, 19).place(128)] == "upper right"
    assert marks_in(stamped(plain, 60, 60)) == []  # in the middle of the image


def test_marks_that_follow_the_class_are_told(tmp_path: Path) -> None:
    squares = [np.full((128, 128), 60 + row, np.uint8) for row in range(60)]
    labels = ["ab"[row % 2] for row in range(60)]
    for row in range(0, 60, 2):
        if row % 5:
            squares[row] = stamped(squares[row], 112, 8)
    for row in range(60):
        if row % 3:
            squares[row] = stamped(squares[row], 8, 110)
    every, *clues = find_marks(collection_of(tmp_path, squares, labels=labels))
    assert every.kind == "burned-in marks"
    assert every.rows == tuple(row for row in range(60) if row % 3 or row in clues[0].rows)
    (clue,) = clues
    assert (clue.kind, clue.leak) == ("marks by class", False)
    assert "at the upper right in 80% of the images of a but in 0% of the rest" in clue.text
    assert clue.rows == tuple(row for row in range(0, 60, 2) if row % 5)


def test_without_marks_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert find_marks(collection_of(tmp_path, [np.full((64, 64), 9, np.uint8)] * 3)) == ()
