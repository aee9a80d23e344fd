"""What cannot be ruled out at a stated coverage, and how the error falls where few are answered."""
