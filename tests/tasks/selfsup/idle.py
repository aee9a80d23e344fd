"""Takes the place of `pleura.tasks.selfsup.worker` in a test: tells of progress for a minute, as
the first process of a pretraining does, and learns nothing."""

import json
import os
import time

if __name__ == "__main__":
    for done in range(600):
        if os.environ["RANK"] == "0":
            os.write(1, f"{json.dumps({'watch': ['idle', done, 600, {}]})}\n".encode())
        time.sleep(0.1)
