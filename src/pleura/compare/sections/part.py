"""What a section of the page of a comparison is."""

from collections.abc import Iterator

from pleura.compare.tables import Compared
from pleura.report.parts import Part as AnyPart
from pleura.report.section import Block

Blocks = Iterator[Block]
Part = AnyPart[Compared]
