"""How Dask is set here, since what it does by default does not suit steps of hours."""

LOOPBACK = "127.0.0.1"
GPU = "GPU"  # what a worker has that has one
NO_RUN, REFUSED = 3, 4  # exit codes of a worker
SETTINGS = {
    "distributed.scheduler.allowed-failures": 1000,  # counted by the run itself
    "distributed.scheduler.worker-ttl": "60s",  # without a sign of life a worker is gone
    "distributed.scheduler.work-stealing": False,  # the run says which worker does what
    "distributed.worker.http.routes": [],  # nothing is told to who has no keys
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
    "distributed.worker.profile.enabled": False,
    "distributed.comm.timeouts.connect": "10s",
    "distributed.admin.tick.limit": "1h",  # a training holds Python for long
}
