"""The Condition element of a policy statement (IAM User Guide, "IAM JSON policy elements: Condition operators")."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# what is known of a call, by the lower-case name of the condition key; several values where the key has several
Context = Mapping[str, Sequence[str]]

_FOR_ALL, _FOR_ANY = "ForAllValues:", "ForAnyValue:"
_IF_EXISTS = "IfExists"


class MalformedPolicy(ValueError):
    """A document that IAM would not take, or that has what the sandbox cannot evaluate; the message says where."""


def matches(pattern: str, text: str) -> bool:
    """Match ``*`` and ``?`` as policies have them; nothing else is special."""
    parts = (".*" if each == "*" else "." if each == "?" else re.escape(each) for each in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def arn_matches(pattern: str, arn: str) -> bool:
    """Match an ARN field by field: a ``*`` does not reach over a colon, but in the last field, which has the rest.

    IAM completes a pattern of fewer than six fields with ``*`` (IAM User Guide, "Resource", "Incomplete ARNs").
    """
    if pattern == "*":
        return True
    fields, given = pattern.split(":", 5), arn.split(":", 5)
    fields += ["*"] * (6 - len(fields))
    return len(given) == 6 and all(map(matches, fields, given))


def _same(pattern: str, text: str) -> bool:
    return pattern == text


def _same_letters(pattern: str, text: str) -> bool:
    return pattern.lower() == text.lower()


_POSITIVE: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": _same,
    "StringEqualsIgnoreCase": _same_letters,
    "StringLike": matches,
    "ArnEquals": arn_matches,
    "ArnLike": arn_matches,
    "Bool": _same_letters,
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}


@dataclass(frozen=True)
class Condition:
    """One key of one operator.

    Attributes:
        key: its name in lower case; case does not matter in it.
        values: any of them is enough; of a negated operator none may match.
        operator: without set operator and ``IfExists``.
        for_all, for_any: the set operator.
        if_exists: holds where the key is missing.
    """

    key: str
    values: tuple[str, ...]
    operator: str
    for_all: bool = False
    for_any: bool = False
    if_exists: bool = False

    def holds(self, context: Context) -> bool:
        """Say whether a call meets it."""
        given = context.get(self.key)
        if self.operator == "Null":
            return (given is None) == (self.values[0].lower() == "true")
        if given is None:
            return self.if_exists or self.for_all or (self.operator in _NEGATED and not self.for_any)
        one = self._one
        return all(map(one, given)) if self.for_all else any(map(one, given))

    def _one(self, value: str) -> bool:
        compare = _POSITIVE[_NEGATED.get(self.operator, self.operator)]
        found = any(compare(each, value) for each in self.values)
        return not found if self.operator in _NEGATED else found


def read(element: object) -> tuple[Condition, ...]:
    """Read a Condition element.

    Raises:
        MalformedPolicy: it has another form, or an operator that the sandbox does not know.
    """
    if not isinstance(element, Mapping):
        raise MalformedPolicy("Condition is an object of operators")
    return tuple(_conditions(element))


def _conditions(element: Mapping[str, object]) -> Iterator[Condition]:
    for written, keys in element.items():
        operator = written.removeprefix(_FOR_ALL).removeprefix(_FOR_ANY).removesuffix(_IF_EXISTS)
        if operator not in _POSITIVE | _NEGATED | {"Null": None}:
            known = ", ".join([*_POSITIVE, *_NEGATED, "Null"])
            raise MalformedPolicy(f"the sandbox does not know the condition operator {written}; it knows {known}")
        if not isinstance(keys, Mapping):
            raise MalformedPolicy(f"{written} is an object of condition keys")
        for key, values in keys.items():
            yield Condition(
                key=key.lower(),
                values=tuple(texts(values, f"{written} {key}")),
                operator=operator,
                for_all=written.startswith(_FOR_ALL),
                for_any=written.startswith(_FOR_ANY),
                if_exists=written.endswith(_IF_EXISTS),
            )


def texts(element: Any, what: str) -> list[str]:
    """Read what is one text or a list of them.

    Raises:
        MalformedPolicy: it is neither, or has a policy variable.
    """
    given = element if isinstance(element, list) else [element]
    if not given or not all(isinstance(each, str) for each in given):
        raise MalformedPolicy(f"{what} is a text or a list of texts")
    if variables := [each for each in given if "${" in each]:
        raise MalformedPolicy(f"{what}: the sandbox does not know policy variables such as {variables[0]}")
    return given
