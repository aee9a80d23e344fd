"""Self-supervised methods as a study file names them, one a file. None imports torch before it
builds: what trains is in `pleura.tasks.selfsup`, under the same name."""
