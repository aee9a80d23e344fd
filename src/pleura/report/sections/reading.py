"""What the words of the page mean."""

from pleura.report.section import Section, Words, always

SECTION = Section("reading", always, lambda _study, _found: (Words(),))
