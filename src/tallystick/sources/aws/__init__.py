"""AWS: the Cost and Usage Report and its successors."""

from tallystick.sources.aws.kind import AwsKind
from tallystick.sources.base import Source

SOURCE = Source(AwsKind())
