"""Clips in a study: which of their frames it sees, and what of each; see
`docs/concepts/clips.md`."""
