# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""boto3 clients for the action plugins: amazon.aws's connection options, service models that are read once a run."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Any, NoReturn

from ansible_collections.amazon.aws.plugins.plugin_utils.base import AWSPluginBase
from ansible_collections.amazon.aws.plugins.plugin_utils.botocore import get_aws_connection_info

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import IngestError

try:
    import boto3.session
    import botocore.config
    import botocore.loaders
    import botocore.session
except ImportError:  # then no operation runs here: its module reports the missing library
    LOADER = None
else:
    # Each task is a process of its own and would read the models anew (EC2's are a megabyte): most of its time.
    # What this one has read before they are forked, they find in it.
    LOADER = botocore.loaders.create_loader()

SHARED = ("partitions", "endpoints", "sdk-default-configuration")
OF_A_SERVICE = ("service-2", "endpoint-rule-set-1", "paginators-1")


def read_models(services: Sequence[str]) -> None:
    """Read what clients of these services need, unless that has been done."""
    if LOADER is None or not services:
        return
    for name in SHARED:
        LOADER.load_data(name)
    for service in services:
        for kind in OF_A_SERVICE:
            LOADER.load_service_model(service, kind)
    gc.freeze()  # a garbage collection need not look at all of it again, in this process and in those forked from it


class ClientMaker(AWSPluginBase):
    """amazon.aws's way from a task's connection options to a boto3 client, but for the models."""

    def __init__(self, ansible_name: str, options: dict[str, Any]) -> None:
        self.ansible_name = ansible_name
        self._options = options
        self._session: Any = None

    def get_options(self) -> dict[str, Any]:
        """Give the options as AWSPluginBase asks for them."""
        return self._options

    def connect(self, service: str, config: dict[str, Any] | None = None, region: str | None = None) -> Any:
        """Connect to a service.

        Args:
            config: of botocore; the task's ``aws_config`` overrules it.
            region: in place of the task's.

        Raises:
            IngestError: an option has a value that makes no connection.
            BotoCoreError: there is no such profile or region.
        """
        own_region, endpoint_url, options = get_aws_connection_info(self)
        profile = options.pop("profile_name", None)
        settings = botocore.config.Config(**(config or {}))
        if options.get("aws_config"):
            settings = settings.merge(options["aws_config"])
        options.pop("aws_config", None)
        try:
            if self._session is None:
                session = botocore.session.Session()
                session.register_component("data_loader", LOADER)
                self._session = boto3.session.Session(profile_name=profile, botocore_session=session)
            return self._session.client(
                service, region_name=region or own_region, endpoint_url=endpoint_url, config=settings, **options
            )
        except ValueError as error:
            self.fail_aws("Couldn't connect to AWS", exception=error)

    def _do_fail(self, message: str) -> NoReturn:
        raise IngestError(message)
