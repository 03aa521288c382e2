"""What an S3 server answers when it fails, as our errors: whether asking again may help decides which."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tallystick.errors import ConfigError, NotFoundError, TallyError, UnavailableError
from tallystick.sources.s3 import _explained


def answer(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetObject")  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (answer("NoSuchBucket", 404), NotFoundError),
        (answer("NoSuchKey", 404), NotFoundError),
        (answer("AccessDenied", 403), ConfigError),
        (answer("SlowDown", 503), UnavailableError),
        (answer("InternalError", 500), UnavailableError),
        (EndpointConnectionError(endpoint_url="http://nowhere"), UnavailableError),
    ],
    ids=str,
)
def test_errors_of_the_server(error: Exception, kind: type[TallyError]) -> None:
    with pytest.raises(kind, match="s3://bills/cur"), _explained("s3://bills/cur"):
        raise error
