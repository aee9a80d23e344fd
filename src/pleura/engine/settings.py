"""How Dask is set here, since what it does by default does not suit steps of hours."""

LOOPBACK = "127.0.0.1"
SETTINGS = {
    "distributed.scheduler.allowed-failures": 3,  # workers that a step may take with it
    "distributed.scheduler.worker-ttl": "60s",  # without a sign of life a worker is gone
    "distributed.scheduler.work-stealing": False,  # nothing is assigned before a worker is free
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
    "distributed.worker.profile.enabled": False,
    "distributed.comm.timeouts.connect": "10s",
    "distributed.admin.tick.limit": "1h",  # a training holds Python for long
}
