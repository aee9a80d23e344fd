"""Simulated images with planted truth: exact masks, known patients, known severity.

Arrays are float32. They stay so in arithmetic with Python's numbers, but not with NumPy's of 64
bits, such as a sine: around those stands `np.float32`, and where a type checker cannot know it.
"""
