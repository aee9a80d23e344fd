"""Clips: files of moving pictures, of which an address names one frame, such as `a.mp4::17`; see
`docs/concepts/clips.md`.

OpenCV is imported where a file is read, so that commands that read none start without it.
"""

from pleura.data.readers.clips.described import DescribedClip as DescribedClip
from pleura.data.readers.clips.described import describe_clip as describe_clip
