"""Lung ultrasound, simulated in the probe's own coordinates: beams and depths along them."""
