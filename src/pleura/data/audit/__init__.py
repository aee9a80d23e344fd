"""What is wrong with a table of images, or would fool a study."""

from pleura.data.audit.refusals import check as check
from pleura.data.audit.refusals import merged as merged
