# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Calls to AWS that outlast trouble: throttles, server errors, a lost network, credentials that are renewed meanwhile.

botocore gives up after seconds; a run takes days. So each call is repeated until trouble has lasted for the whole of
``patience`` without a break. What will never come right (denied, not found, invalid) ends at once.

An answer may get lost after the call was carried out. A read, or a change that AWS takes twice, is simply repeated.
For other changes, the caller says how to find out whether the call was carried out (:meth:`PatientClient.unless`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .aws import AWS_ERRORS, error_code, error_text, explain, http_status, is_throttle, response_of
from .errors import Unreachable
from .memo import Memo
from .text import at, duration

DEFAULT = 1800  # seconds
UNHEARD = 4.0  # seconds of patience with a service that has not answered in this play: address or network are wrong
BRIEF = 2.0  # seconds of patience with what is only shown
FIRST, LONGEST = 0.5, 15.0  # seconds between two attempts; each wait is twice as long as the one before
APPEARS_AFTER = 2.0  # seconds until what a lost call did can surely be seen
SHOW_AFTER, TELL_AFTER = 3.0, 30.0  # seconds of trouble until the live line tells of it, and a line that stays
LATE_TRIES = 3  # of a call whose signature was too old; a clock that is wrong stays wrong

# botocore has a class for each; their names are their public interface and need no import.
NOT_SENT = {"EndpointConnectionError", "ConnectTimeoutError", "ProxyConnectionError", "SSLError"}
LOST = {
    "Unreachable",
    "HTTPClientError",
    "ConnectionError",
    "IncompleteReadError",
    "ResponseParserError",
    "ChecksumError",
}
LOGIN = {
    "CredentialRetrievalError",
    "LoginError",
    "MetadataRetrievalError",
    "NoCredentialsError",
    "SSOError",
    "TokenRetrievalError",
}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
TOO_OLD = ("signature expired", "signature not yet current", "requesttimetooskewed", "request has expired")
REQUEST_TIMEOUT = 408
NETWORK = ""  # in place of a service
LOCAL = {"can_paginate"}  # methods of a client that call nobody


@dataclass(frozen=True)
class Trouble:
    """Why a call failed for now.

    Attributes:
        text: what is wrong, for people.
        heard: whether AWS has answered at all.
        done: whether the call may have been carried out.
        login: whether other credentials are needed.
    """

    text: str
    heard: bool = True
    done: bool = False
    login: bool = False


UNREACHABLE = Trouble("AWS cannot be reached", heard=False)
NO_ANSWER = Trouble("AWS cannot be reached", heard=False, done=True)
FAILING = Trouble("AWS answers with server errors", done=True)
THROTTLED = Trouble("AWS throttles the calls")
STALE = Trouble("The AWS credentials have expired and must be renewed", login=True)
TOO_LATE = Trouble("AWS refuses the time of the request")


def classify(error: Exception) -> Trouble | None:
    """Say what kind of passing trouble an error is; None: it will not come right by itself."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    for names, trouble in ((NOT_SENT, UNREACHABLE), (LOST, NO_ANSWER), (LOGIN, STALE)):
        if kinds & names:
            return trouble
    if is_throttle(error):
        return THROTTLED
    if any(text in f"{error_code(error)} {error_text(error)}".lower() for text in TOO_OLD):
        return TOO_LATE
    if error_code(error) in EXPIRED:
        return STALE
    status = http_status(error)
    return FAILING if status >= 500 or status == REQUEST_TIMEOUT else None


@dataclass
class Outages:
    """What trouble has cost a task: waits do not count it against their deadlines.

    Attributes:
        seconds: of trouble that is over, in sum.
        heard: services that have answered this task.
        since: when trouble began that is not over, by service; by ``NETWORK`` where AWS cannot be reached.
    """

    seconds: float = 0.0
    heard: set[str] = field(default_factory=set)
    since: dict[str, tuple[float, datetime]] = field(default_factory=dict)


@dataclass(frozen=True)
class Patience:
    """How calls are made and repeated.

    Attributes:
        connect: gives the boto3 client of a service.
        renew: makes further clients with credentials that are read anew; False where those cannot change.
        seconds: for how long trouble is waited out.
        clock, now, sleep, status, line: see ``Context`` and ``Progress``.
        memo: remembers which services have answered in this play.
        outages: of the task.
    """

    connect: Callable[[str], Any]
    renew: Callable[[], bool]
    seconds: float
    clock: Callable[[], float]
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    status: Callable[[str], None]
    line: Callable[[str], None]
    memo: Memo
    outages: Outages

    def call(
        self,
        service: str,
        method: str,
        arguments: Mapping[str, Any],
        performed: Callable[[], Any] | None = None,
    ) -> Any:
        """Call a method of a service's client until it answers.

        Args:
            performed: finds out whether a call whose answer was lost has been carried out, and gives the answer, or
                None if it was not. Without it the call may be repeated.

        Raises:
            ClientError, BotoCoreError: it will not come right; or the service has never answered.
            Unreachable: trouble lasted longer than ``seconds``.
        """
        attempts = _Attempts(self, service, method)
        while True:
            try:
                answer = getattr(self.connect(service), method)(**arguments)
            except AWS_ERRORS as error:
                attempts.failed(error)
                if attempts.lost and performed and (found := performed()) is not None:
                    attempts.over()
                    return found
                if attempts.hopeless:
                    raise
                continue
            attempts.over()
            return answer

    def has_heard(self, service: str) -> bool:
        """Say whether a service has answered in this play."""
        return service in self.outages.heard or bool(self.memo.get(f"answered/{service}"))

    def hear(self, service: str) -> None:
        """Remember that a service has answered."""
        if service not in self.outages.heard:
            self.outages.heard.add(service)
            if not self.memo.get(f"answered/{service}"):
                self.memo.put(f"answered/{service}", True)


class _Attempts:
    """The attempts at one call."""

    def __init__(self, patience: Patience, service: str, method: str) -> None:
        self.patience, self.service, self.method = patience, service, method
        self.lost = False  # whether the answer to an attempt was lost
        self.hopeless = False  # whether the last error will not come right
        self._failed = False
        self._wait = FIRST
        self._late = 0

    def failed(self, error: Exception) -> None:
        """Wait before the next attempt; or note that there is no use in one.

        Raises:
            Unreachable: trouble lasted for too long.
        """
        trouble = classify(error)
        retries = response_of(error).get("ResponseMetadata", {}).get("RetryAttempts", 0)
        self.lost = self.lost or bool(retries) or bool(trouble and trouble.done)
        self.hopeless = trouble is None or not self._may_pass(trouble)
        if trouble is None or self.hopeless:
            return
        patience, now = self.patience, self.patience.clock()
        key = self.service if trouble.heard else NETWORK
        since, began = patience.outages.since.setdefault(key, (now, patience.now()))
        self._failed = True
        if trouble.heard:
            patience.hear(self.service)
        heard = patience.has_heard(self.service)
        limit = patience.seconds if heard else min(patience.seconds, UNHEARD)
        lasts = now - since
        if lasts >= limit:
            if not heard or patience.seconds <= BRIEF:
                self.hopeless = True
                return
            raise Unreachable(
                f"{trouble.text}: for {duration(lasts)}, as long as ingest_patience allows ({duration(limit)})."
                f" The last call was {self._call()}: {explain(error).message}"
            ) from error
        if lasts >= SHOW_AFTER:
            patience.status(
                f"{trouble.text} since {at(began)}, waiting until {at(began + timedelta(seconds=limit))}"
                f" ({self._call()}: {error_code(error) or error})"
            )
        pause = max(self._wait, APPEARS_AFTER) if trouble.done and self._changes() else self._wait
        patience.sleep(min(pause, max(limit - lasts, FIRST)))
        self._wait = min(self._wait * 2, LONGEST)

    def over(self) -> None:
        """Note that AWS has answered."""
        self.patience.hear(self.service)
        outages = self.patience.outages
        past = [outages.since.pop(key) for key in (NETWORK, self.service) if key in outages.since]
        if not past or not self._failed:
            return
        lasted = self.patience.clock() - min(since for since, _began in past)
        outages.seconds += lasted
        if lasted >= TELL_AFTER:
            self.patience.line(f"AWS answers again after {duration(lasted)} of trouble.")

    def _may_pass(self, trouble: Trouble) -> bool:
        if trouble is TOO_LATE:
            self._late += 1
            return self._late < LATE_TRIES
        return not trouble.login or self.patience.renew()

    def _changes(self) -> bool:
        return not self.method.startswith(("describe_", "get_", "list_", "filter_"))

    def _call(self) -> str:
        return f"{self.service} {self.method}"


class PatientClient:
    """A boto3 client whose calls are made with patience; everything else of it is as it was."""

    def __init__(
        self, service: str, patience: Patience, performed: Callable[[], Any] | None = None, client: Any = None
    ) -> None:
        self._service, self._patience, self._performed = service, patience, performed
        self._client = client  # whose attributes count; None: those of the present one

    def __getattr__(self, name: str) -> Any:
        """Give a method that calls AWS with patience, or an attribute of the client."""
        attribute = getattr(self._client or self._patience.connect(self._service), name)
        if not callable(attribute) or name in LOCAL:
            return attribute

        def call(**arguments: Any) -> Any:
            return self._patience.call(self._service, name, arguments, self._performed)

        return call

    def get_paginator(self, name: str) -> Any:
        """Give botocore's paginator over this client, so that each of its pages is fetched with patience."""
        # botocore fills a cache of the client and reads it: another thread may renew the client in between
        client = self._patience.connect(self._service)
        return type(client).get_paginator(PatientClient(self._service, self._patience, self._performed, client), name)

    def unless(self, performed: Callable[[], Any]) -> PatientClient:
        """Give a client for a change that AWS would not take twice.

        Args:
            performed: called after an answer was lost, before the call is repeated, and where the repeated one is
                refused: gives the answer if the call was carried out, else None.
        """
        return PatientClient(self._service, self._patience, performed)
