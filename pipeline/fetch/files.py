"""A feed in a file, for trying out: only below the workspace's folder, and never through a link."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pipeline.errors import FetchCode
from pipeline.fetch import Response, answer
from pipeline.model import Validators

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.fetch import Request

SCHEME = "file:"
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a named pipe would block
_TYPES = {".json": "application/feed+json", ".atom": "application/atom+xml"}


def is_file(url: str) -> bool:
    """Whether a request is for a file."""
    return url.startswith(SCHEME)


def read(request: Request, folder: Path | None) -> Response:
    """Return the file as if a server had sent it; its path is seen from ``folder``, None where files are not read.

    Every part of the path is opened by itself, so that no link leads anywhere, whoever makes one meanwhile.
    Raises FetchError.
    """
    path = PurePosixPath(request.url.removeprefix(SCHEME))
    if folder is None or path.is_absolute() or not path.parts or ".." in path.parts:
        raise answer.failure(request, FetchCode.ADDRESS, "was not read: it is not below the workspace's folder")
    try:
        body = _body(request, folder, path)
    except FileNotFoundError as error:
        raise answer.failure(request, FetchCode.NOT_FOUND, f"was not found in {folder}; check the path") from error
    except OSError as error:
        what = f"was not read: it is a link or no plain file ({error.strerror})"
        raise answer.failure(request, FetchCode.ADDRESS, what) from error
    if not body:
        raise answer.failure(request, FetchCode.EMPTY, "is empty")
    if len(body) > request.max_bytes:
        raise answer.too_big(request)
    return Response(
        request=request.url,
        url=request.url,
        status=200,
        headers={"content-type": _TYPES.get(path.suffix.lower(), "application/xml")},
        body=body,
        body_hash=hashlib.sha256(body).hexdigest(),
        validators=Validators(),
    )


def _body(request: Request, folder: Path, path: PurePosixPath) -> bytes:
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in path.parts[:-1]:
            deeper = os.open(part, _DIRECTORY, dir_fd=place)
            os.close(place)
            place = deeper
        with os.fdopen(os.open(path.parts[-1], _FILE, dir_fd=place), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError(0, "not a file with contents")
            return file.read(request.max_bytes + 1)
    finally:
        os.close(place)
