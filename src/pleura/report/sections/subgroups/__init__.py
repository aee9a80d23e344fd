"""How far results hold for every subgroup of the patients."""
