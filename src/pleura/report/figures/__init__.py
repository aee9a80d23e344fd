"""The report's figures, one kind a file; each is drawn from tables and becomes inline SVG."""
