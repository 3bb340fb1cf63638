# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who is asking, and whether AWS answers at all: what every run asks first."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from ..core.aws import AWS_ERRORS, LOOPBACK, ClientError, error_code, error_text, explain
from ..core.context import Context
from ..core.errors import IngestError, Refused
from ..core.patience import EXPIRED, LOGIN, LOST, NOT_SENT

# botocore has a class for each; their names are their public interface and need no import.
NO_CREDENTIALS = {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "ProfileNotFound"}
NO_REGION = {"NoRegionError", "InvalidRegionError"}
UNKNOWN_KEY = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure"}


def identify(context: Context, expected_account: str | None = None, hint: str | None = None) -> dict[str, str]:
    """Ask STS GetCallerIdentity (needs no permission) and compare the account with the expected one.

    Args:
        expected_account: its 12 digits.
        hint: what to do when AWS cannot be reached.

    Returns:
        ``account``, ``arn``, ``region`` and ``endpoint_url``.

    Raises:
        IngestError: no answer; the message tells credentials, region and network apart.
        Refused: it is another account than ``expected_account``.
    """
    try:
        client = context.client("sts")
        _knock(client.meta.endpoint_url, hint)
        identity = client.get_caller_identity()
    except ClientError as error:
        raise _refused(error) from error
    except AWS_ERRORS as error:
        raise _no_answer(error, hint) from error
    account, region = identity["Account"], client.meta.region_name
    if expected_account and expected_account != account:
        raise Refused(
            f"These credentials ({identity['Arn']}) are of account {account}; expected_account is {expected_account}."
        )
    return {"account": account, "arn": identity["Arn"], "region": region, "endpoint_url": client.meta.endpoint_url}


def _knock(endpoint_url: str, hint: str | None) -> None:
    """Notice at once that nothing listens on this machine; botocore would try again for half a minute."""
    url = urlsplit(endpoint_url)
    if url.hostname not in LOOPBACK:
        return
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        socket.create_connection((url.hostname, port), timeout=5).close()
    except OSError as error:
        raise _unreachable(f"nothing answers at {endpoint_url} ({error})", hint) from error


def _unreachable(what: str, hint: str | None) -> IngestError:
    remedy = hint or "Look at the network, the proxy, the region and endpoint_url."
    return IngestError(f"AWS cannot be reached: {what}. {remedy}")


def _no_answer(error: Exception, hint: str | None) -> IngestError:
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if kinds & (NOT_SENT | LOST):
        return _unreachable(str(error).rstrip("."), hint)
    if kinds & NO_CREDENTIALS:
        return IngestError(
            f"No usable AWS credentials: {error}. Set AWS_PROFILE (or profile) or give access_key and secret_key."
        )
    if kinds & LOGIN:
        return IngestError(f"The login to AWS has expired: {error}. Log in again (aws sso login) and run again.")
    if kinds & NO_REGION:
        return IngestError(f"No usable AWS region: {error}. Set region (or AWS_REGION), for instance us-east-1.")
    return explain(error)


def _refused(error: Exception) -> IngestError:
    code = error_code(error)
    if code in EXPIRED:
        return IngestError(f"The AWS credentials have expired ({code}): {error_text(error)}. Renew them and run again.")
    if code in UNKNOWN_KEY:
        return IngestError(
            f"AWS does not know these credentials ({code}): {error_text(error)} Are they of this account and region?"
        )
    return explain(error)
