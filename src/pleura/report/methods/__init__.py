"""The methods section of a paper, from the tables of a finished study."""
