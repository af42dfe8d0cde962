"""Following a render over trouble that passes: the render goes on, and so does who follows it."""

from dataclasses import dataclass
from itertools import chain, repeat

import pytest

from cli.renders.api import Document, RefusedError, UnreachableError
from cli.renders.following import follow

DONE: Document = {"id": "r_1", "state": "succeeded"}
BUSY = RefusedError(503, {"title": "The request cannot be served now"})


@dataclass
class Answers:
    """An API that answers in this order, and with the last for ever."""

    order: list[Document | Exception]
    asked: int = 0

    def get(self, _: str) -> Document:
        answer = list(chain(self.order, repeat(self.order[-1], self.asked)))[self.asked]
        self.asked += 1
        if isinstance(answer, Exception):
            raise answer
        return answer


def followed(*order: Document | Exception) -> Document:
    answers = Answers(list(order))
    return follow(
        answers,  # type: ignore[arg-type]
        "r_1",
        timeout_s=3600,
        tell=lambda _: None,
        pause=lambda _: None,
        clock=lambda: 0.0,
    )


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_trouble_of_the_api_that_passes_does_not_end_it(status: int) -> None:
    assert (
        followed(RefusedError(status, {}), UnreachableError("gone"), RefusedError(status, {}), DONE) == DONE
    )


def test_trouble_that_does_not_pass_is_told_in_the_end() -> None:
    with pytest.raises(RefusedError, match="503"):
        followed(BUSY)
    with pytest.raises(UnreachableError):
        followed(UnreachableError("gone"))


@pytest.mark.parametrize("status", [401, 404, 422])
def test_a_refusal_ends_it_at_once(status: int) -> None:
    with pytest.raises(RefusedError):
        followed(RefusedError(status, {}), DONE)
