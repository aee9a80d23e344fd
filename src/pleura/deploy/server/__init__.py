"""`pleura serve`: a page and a JSON interface for one model. Nothing that is uploaded is kept."""
