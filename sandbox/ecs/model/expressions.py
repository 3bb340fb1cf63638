"""The cluster query language of ECS: which container instances an expression selects.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol


class Subject(Protocol):
    """What an expression is asked about: a container instance."""

    def query(self, subject: str) -> Sequence[str]:
        """Give the values of a subject such as ``attribute:ecs.instance-type`` or ``task:group``; none: it has none."""
        ...


Predicate = Callable[[Subject], bool]


class InvalidExpression(ValueError):
    """The expression does not follow the language."""


_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"[^"]*"|'[^']*')
      | (?P<symbol>&&|\|\||==|!=|>=|<=|=~|!~|!exists\b|!in\b|[><!()\[\],])
      | (?P<word>[^\s()\[\],!=<>&|"']+)
    )""",
    re.VERBOSE,
)
_ALIASES = {
    "equals": "==",
    "not_equals": "!=",
    "greater_than": ">",
    "greater_than_equal": ">=",
    "less_than": "<",
    "less_than_equal": "<=",
    "matches": "=~",
    "not_matches": "!~",
    "not_in": "!in",
    "not_exists": "!exists",
    "and": "&&",
    "or": "||",
    "not": "!",
}
_NEGATED = {"!=": "==", "!~": "=~", "!in": "in", "!exists": "exists"}
_SUBJECTS = re.compile(
    r"attribute:[\w.\-/\\]+|task:group|ec2InstanceId|registeredAt|runningTasksCount|agentConnected|agentVersion"
)


def parse(expression: str) -> Predicate:
    """Turn an expression into a predicate on container instances.

    A comparison with an attribute the instance lacks is false; its negation (``!=``, ``not_in``, ``!~``) is true.

    Raises:
        InvalidExpression: a text that names what is wrong.
    """
    parser = _Parser(expression)
    predicate = parser.disjunction()
    if parser.token is not None:
        raise parser.error()
    return predicate


class _Parser:
    """Recursive descent; ``not`` binds tighter than ``and``, ``and`` tighter than ``or``."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = self._split(expression)
        self.token: str | None = None
        self._quoted = False
        self._advance()

    @staticmethod
    def _split(expression: str) -> list[tuple[str, bool]]:
        """Give the tokens and whether each was quoted."""
        tokens, position = [], 0
        text = expression.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise InvalidExpression(f"unexpected {text[position:].strip()[:1]!r} in expression {expression!r}")
            if (string := match["string"]) is not None:
                tokens.append((string[1:-1], True))
            else:
                token = match["symbol"] or match["word"]
                tokens.append((_ALIASES.get(token.lower(), token), False))
            position = match.end()
        return tokens[::-1]

    def error(self) -> InvalidExpression:
        found = "its end" if self.token is None else repr(self.token)
        return InvalidExpression(f"unexpected {found} in expression {self._expression!r}")

    def _advance(self) -> None:
        self.token, self._quoted = self._tokens.pop() if self._tokens else (None, False)

    def _accept(self, *symbols: str) -> str | None:
        token = self.token
        if token is None or self._quoted or token not in symbols:
            return None
        self._advance()
        return token

    def _expect(self, symbol: str) -> None:
        if not self._accept(symbol):
            raise self.error()

    def _value(self) -> str:
        value = self.token
        if value is None or (not self._quoted and not re.match(r"[\w.*/\\^$+?\-:{}]", value)):
            raise self.error()
        self._advance()
        return value

    def disjunction(self) -> Predicate:
        terms = [self._conjunction()]
        while self._accept("||"):
            terms.append(self._conjunction())
        return terms[0] if len(terms) == 1 else lambda subject: any(term(subject) for term in terms)

    def _conjunction(self) -> Predicate:
        terms = [self._negation()]
        while self._accept("&&"):
            terms.append(self._negation())
        return terms[0] if len(terms) == 1 else lambda subject: all(term(subject) for term in terms)

    def _negation(self) -> Predicate:
        if self._accept("!"):
            inner = self._negation()
            return lambda subject: not inner(subject)
        if self._accept("("):
            inner = self.disjunction()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Predicate:
        name = self._value()
        if not _SUBJECTS.fullmatch(name):
            raise InvalidExpression(f"no subject {name!r} in the cluster query language")
        operator = self._accept("==", "!=", ">", ">=", "<", "<=", "=~", "!~", "in", "!in", "exists", "!exists")
        if operator is None:
            raise self.error()
        test = self._test(_NEGATED.get(operator, operator))
        if operator in _NEGATED:
            return lambda subject: not test(subject.query(name))
        return lambda subject: test(subject.query(name))

    def _test(self, operator: str) -> Callable[[Sequence[str]], bool]:
        if operator == "exists":
            return bool
        if operator == "in":
            wanted = set(self._list())
            return lambda values: any(value in wanted for value in values)
        argument = self._value()
        if operator == "==":
            return lambda values: argument in values
        if operator == "=~":
            pattern = self._pattern(argument)
            return lambda values: any(pattern.fullmatch(value) for value in values)
        return lambda values: any(_ordered(value, operator, argument) for value in values)

    def _list(self) -> list[str]:
        self._expect("[")
        values = [self._value()]
        while self._accept(","):
            values.append(self._value())
        self._expect("]")
        return values

    def _pattern(self, text: str) -> re.Pattern[str]:
        try:
            return re.compile(text)
        except re.error as error:
            raise InvalidExpression(f"{text!r} is not a regular expression: {error}") from error


def _ordered(value: str, operator: str, argument: str) -> bool:
    """Compare as numbers where both are, else as strings (ISO dates sort)."""
    left: Any = value
    right: Any = argument
    with contextlib.suppress(ValueError):
        left, right = float(value), float(argument)
    if operator in (">", "<"):
        return left > right if operator == ">" else left < right
    return left >= right if operator == ">=" else left <= right
