"""The command line, whose workers have small random forests."""

from pleura.cli import main
from pleura.engine import children

SMALL_WORKER = "tests.engine.small_worker"

if __name__ == "__main__":
    children.WORKER = SMALL_WORKER
    main()
