"""The sections of the page of an evaluation, one a file; `listed` has them in order."""
