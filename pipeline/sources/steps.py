"""What a reader asks of its driver, and what it may be answered: readers do no input or output themselves."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias, TypeVar

from pipeline.fetch import NotModified, Request, Response
from pipeline.isolate import Call
from pipeline.model import Seen

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.model import Source

T = TypeVar("T")
P = ParamSpec("P")

PARSE_SECONDS = 10.0
"""More than 27 s were spent on hostile feeds of a few hundred kilobytes; a real one takes 0.02 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Get:
    """Please fetch this.

    ``conditional``: validators that are stored for the request may be sent, and the answer may be
    ``NotModified`` or ``Unchanged``; False asks for the body in any case. An identical ``Get`` of
    another source in the same run may be answered from memory.
    """

    request: Request
    conditional: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """A 200 whose body has the hash that is stored, under the same settings and parser: nothing to parse.

    The response's validators replace the stored ones all the same (RFC 9110, 8.8).
    """

    response: Response


Step: TypeAlias = Get | Call[Any]
"""What a reader yields; the driver sends back the answer or the call's result, or throws its error."""

Answer: TypeAlias = Response | NotModified | Unchanged
"""What a ``Get`` is answered with; a ``FetchError`` is thrown into the reader instead."""

Steps: TypeAlias = Generator[Step, Any, T]
"""A reader, or a part of one, that ends with a ``T``."""


def request_for(source: Source, url: str, *, agent: str, accept: str = "*/*") -> Request:
    """Return the request for ``url`` in the name of ``source``: its User-Agent, its right to private addresses."""
    return Request(url=url, user_agent=source.user_agent or agent, accept=accept, allow_private=source.allow_private)


def get(request: Request) -> Steps[Answer]:
    """Ask for a body, unless it is the one that is already known."""
    answer: Answer = yield Get(request=request)
    return answer


def get_anyway(request: Request) -> Steps[Response]:
    """Ask for a body in any case."""
    response: Response = yield Get(request=request, conditional=False)
    return response


def call(what: str, function: Callable[P, T], *args: P.args, **_: P.kwargs) -> Steps[T]:
    """Ask for ``function(*args)`` in a child process; ``what`` is the subject of a sentence about its failure."""
    result: T = yield Call(function, args, seconds=PARSE_SECONDS, what=what)
    return result


def seen(request: Request, answer: Answer) -> Seen:
    """Return what is to be remembered of a good answer."""
    match answer:
        case NotModified():
            return Seen(
                request=request.key,
                url=request.url,
                validators=answer.validators,
                body_hash=None,
                fresh_for=answer.fresh_for,
                moved_to=answer.moved_to,
            )
        case Unchanged(response=response) | (Response() as response):
            return Seen(
                request=request.key,
                url=request.url,
                validators=response.validators,
                body_hash=response.body_hash,
                fresh_for=response.fresh_for,
                moved_to=response.moved_to,
            )
