"""Simulated images with planted truth: exact masks, known patients, known severity."""
