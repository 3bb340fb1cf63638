"""IAM's SimulatePrincipalPolicy, which moto does not have, answered from the policy in force (IAM API reference)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from sandbox.policy.document import ALLOWED, EXPLICIT, IMPLICIT, Decision, Policy
from sandbox.policy.needs import Params
from sandbox.runtime import OPERATOR_ARN

OPERATION = "SimulatePrincipalPolicy"
_PAGE = 100
_STRICTEST = (EXPLICIT, IMPLICIT, ALLOWED)


class NoSuchEntity(LookupError):
    """Nobody has that ARN."""


def simulate(policy: Policy, params: Params) -> str:
    """Answer a request.

    A result is of an action, over all resources that the request names; those, and the condition keys that are missing,
    stand in its ``ResourceSpecificResults``. Without resources the missing keys stand in the result itself.

    Args:
        policy: in force.
        params: of the request, nested.

    Returns:
        The XML document.

    Raises:
        NoSuchEntity: it is not about the operator.
    """
    source = str(params.get("PolicySourceArn"))
    if source != OPERATOR_ARN:
        raise NoSuchEntity(f"The principal {source} does not exist.")
    names = params.get("ActionNames") or []
    begin, size = int(params.get("Marker") or 0), int(params.get("MaxItems") or _PAGE)
    results = "".join(_result(policy, name, params) for name in names[begin : begin + size])
    more = begin + size < len(names)
    marker = f"<Marker>{begin + size}</Marker>" if more else ""
    return (
        '<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
        f"<SimulatePrincipalPolicyResult><IsTruncated>{str(more).lower()}</IsTruncated>{marker}"
        f"<EvaluationResults>{results}</EvaluationResults></SimulatePrincipalPolicyResult>"
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></SimulatePrincipalPolicyResponse>"
    )


def _result(policy: Policy, action: str, params: Params) -> str:
    resources = params.get("ResourceArns") or ["*"]
    known = {str(each["ContextKeyName"]).lower(): _values(each) for each in params.get("ContextEntries") or []}
    decisions = {resource: policy.decide(action, resource, known) for resource in resources}
    worst = min((each.effect for each in decisions.values()), key=_STRICTEST.index)
    detailed = bool(params.get("ResourceArns"))
    specific = "".join(_specific(resource, decision) for resource, decision in decisions.items()) if detailed else ""
    missing = () if detailed else decisions["*"].missing
    return (
        f"<member><EvalActionName>{escape(action)}</EvalActionName>"
        f"<EvalResourceName>{escape(resources[0] if len(resources) == 1 else '*')}</EvalResourceName>"
        f"<EvalDecision>{worst}</EvalDecision><MatchedStatements/>{''.join(_missing(missing))}"
        f"<ResourceSpecificResults>{specific}</ResourceSpecificResults></member>"
    )


def _values(entry: Params) -> list[Any]:
    return [str(each) for each in entry.get("ContextKeyValues") or []]


def _specific(resource: str, decision: Decision) -> str:
    return (
        f"<member><EvalResourceName>{escape(resource)}</EvalResourceName>"
        f"<EvalResourceDecision>{decision.effect}</EvalResourceDecision><MatchedStatements/>"
        f"{''.join(_missing(decision.missing))}</member>"
    )


def _missing(keys: tuple[str, ...]) -> Iterator[str]:
    members = "".join(f"<member>{escape(key)}</member>" for key in keys)
    yield f"<MissingContextValues>{members}</MissingContextValues>"
