"""`pleura power`: what a study is going to show, from a pilot or from a published AUROC."""
