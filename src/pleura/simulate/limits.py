"""How much may be simulated, so that a slip of the pen does not fill the disk for days.

Each limit is the least and the most.
"""

PATIENTS = (8, 100_000)
CLIPS = (1, 100)  # of a patient
FRAMES = (1, 1000)  # of a clip
SCENES = (8, 200_000)
SIDE = (16, 2048)  # pixels
ULTRASOUND_SIDE = (32, 2048)  # pixels
SEED = (0, 2**63 - 1)
