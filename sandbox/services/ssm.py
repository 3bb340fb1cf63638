"""SSM's parameters for several clients at once: in moto a name can be made twice, and values have no largest size."""

from __future__ import annotations

import re
import threading
from types import SimpleNamespace
from typing import Any

from moto.ssm import urls
from moto.ssm.exceptions import ValidationException
from moto.ssm.models import Parameter, SimpleSystemManagerBackend, ssm_backends

from sandbox.runtime import Runtime
from sandbox.services.moto_patches import alone, replace

# bytes a value may have
_LARGEST = {"Standard": 4096, "Advanced": 8192, "Intelligent-Tiering": 8192}
_NAME = re.compile(r"(?:/[\w.-]+)+|[\w.-]+", re.ASCII)
_MOST_LEVELS = 15


def install(runtime: Runtime) -> None:
    """Replace moto's SSM until the sandbox ends.

    Args:
        runtime: the sandbox.
    """
    replace(ssm_backends, "backend", SandboxSSMBackend)


class SandboxSSMBackend(SimpleSystemManagerBackend):
    """moto's backend, one operation on parameters at a time, with the refusals of the real one."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()

    @property
    def _url_module(self) -> SimpleNamespace:
        return SimpleNamespace(url_bases=urls.url_bases, url_paths=urls.url_paths)

    delete_parameter = alone(SimpleSystemManagerBackend.delete_parameter)
    delete_parameters = alone(SimpleSystemManagerBackend.delete_parameters)
    describe_parameters = alone(SimpleSystemManagerBackend.describe_parameters)
    get_parameter = alone(SimpleSystemManagerBackend.get_parameter)
    get_parameters = alone(SimpleSystemManagerBackend.get_parameters)
    get_parameters_by_path = alone(SimpleSystemManagerBackend.get_parameters_by_path)
    get_parameter_history = alone(SimpleSystemManagerBackend.get_parameter_history)
    label_parameter_version = alone(SimpleSystemManagerBackend.label_parameter_version)

    @alone
    def put_parameter(self, name: str, description: str, value: str, *args: Any, **kwargs: Any) -> Parameter:
        """Make a parameter or, with ``overwrite``, a new version of it.

        Raises:
            ValidationException: a name or size SSM does not take.
            ParameterAlreadyExists: it is there, and is not to be overwritten.
        """
        _check_name(name)
        earlier = self.get_parameter(name)
        tier = kwargs.get("tier") or (earlier.tier if earlier else None) or "Standard"
        if len((value or "").encode()) > _LARGEST.get(tier, 0):
            raise ValidationException(
                f"{tier} tier parameters support a maximum parameter value of {_LARGEST.get(tier, 0)} characters."
            )
        return super().put_parameter(name, description, value, *args, **kwargs)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValidationException(
            "Parameter name must be a fully qualified name: paths begin with a slash; each sub-path can be formed as a "
            "mix of letters, numbers and the following 3 symbols .-_"
        )
    if name.count("/") > _MOST_LEVELS:
        raise ValidationException(f"Parameter name can have at most {_MOST_LEVELS} levels.")
