# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cluster query language of ECS, asked about instances that do not exist yet: an answer may not be known.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

TOKEN = re.compile(
    r"""\s*(?:"([^"]*)"|'([^']*)'|(&&|\|\||==|!=|>=|<=|=~|!~|!exists\b|!in\b|[><!()\[\],])|([^\s()\[\],!=<>&|"']+))""",
)
ALIASES = {
    "equals": "==",
    "not_equals": "!=",
    "matches": "=~",
    "not_matches": "!~",
    "not_in": "!in",
    "not_exists": "!exists",
    "and": "&&",
    "or": "||",
    "not": "!",
}
NEGATED = {"!=": "==", "!~": "=~", "!in": "in", "!exists": "exists"}
ATTRIBUTE = "attribute:"


def holds(expression: str, attributes: Mapping[str, str]) -> bool | None:
    """Say whether an instance satisfies an expression.

    Args:
        expression: of a ``memberOf`` constraint.
        attributes: those of the instance that are known, such as ``ecs.instance-type``.

    Returns:
        None where it hangs on what is not known, or is not understood here: ECS is the judge of that.
    """
    try:
        query = _Query(expression, attributes)
        answer = query.disjunction()
        return answer if query.at_end else None
    except (IndexError, re.error, ValueError):
        return None


class _Query:
    """Evaluates while it reads; ``not`` binds tighter than ``and``, ``and`` tighter than ``or``."""

    def __init__(self, expression: str, attributes: Mapping[str, str]) -> None:
        self._attributes = attributes
        self._tokens: list[str] = []
        position, text = 0, expression.rstrip()
        while position < len(text):
            found = TOKEN.match(text, position)
            if found is None:
                raise ValueError(text[position:])
            word = found[4]
            token = next(each for each in (found[1], found[2], found[3], word) if each is not None)
            self._tokens.append(ALIASES.get(token.lower(), token) if word else token)
            position = found.end()
        self._tokens.reverse()

    @property
    def at_end(self) -> bool:
        return not self._tokens

    def _take(self, *tokens: str) -> str | None:
        return self._tokens.pop() if self._tokens and self._tokens[-1] in tokens else None

    def disjunction(self) -> bool | None:
        """Read terms with ``or`` between them: one that holds decides, whatever the others are."""
        terms = [self._conjunction()]
        while self._take("||"):
            terms.append(self._conjunction())
        return True if True in terms else None if None in terms else False

    def _conjunction(self) -> bool | None:
        terms = [self._negation()]
        while self._take("&&"):
            terms.append(self._negation())
        return False if False in terms else None if None in terms else True

    def _negation(self) -> bool | None:
        if self._take("!"):
            return _not(self._negation())
        if self._take("("):
            inner = self.disjunction()
            if not self._take(")"):
                raise ValueError("a parenthesis is missing")
            return inner
        return self._comparison()

    def _comparison(self) -> bool | None:
        subject, operator = self._tokens.pop(), self._tokens.pop()
        test = self._test(NEGATED.get(operator, operator))
        value = self._attributes.get(subject.removeprefix(ATTRIBUTE)) if subject.startswith(ATTRIBUTE) else None
        answer = test(value) if value is not None and test else None
        return _not(answer) if operator in NEGATED else answer

    def _test(self, operator: str) -> Callable[[str], bool] | None:
        """Read what is compared with; None for a comparison that is not known here."""
        if operator == "exists":
            return lambda value: True
        if operator == "in":
            wanted = self._list()
            return lambda value: value in wanted
        argument = self._tokens.pop()
        if operator == "==":
            return lambda value: value == argument
        if operator == "=~":
            pattern = re.compile(argument)
            return lambda value: pattern.fullmatch(value) is not None
        return None

    def _list(self) -> set[str]:
        if not self._take("["):
            raise ValueError("a list is missing")
        values = {self._tokens.pop()}
        while self._take(","):
            values.add(self._tokens.pop())
        if not self._take("]"):
            raise ValueError("a bracket is missing")
        return values


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer
