"""What the words of the page mean."""

from pleura.report.section import Section, Words, always

SECTION = Section(
    "reading", always, lambda study, _: (Words(fixed=bool(study.contents.validation_column)),)
)
