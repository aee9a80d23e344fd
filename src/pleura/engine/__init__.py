"""Where the steps of a study run: in this process, in several of this machine, or on a cluster."""
