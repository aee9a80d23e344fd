"""The sections of the page, one a file; `listed` says which a task shows, in which order."""
