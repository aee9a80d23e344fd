"""Chest X-rays of children and adults, simulated: anatomy, disease, detector."""
