"""Whether recipes look at the lungs."""
