"""One JSON POST to an address of the operator's choice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pycurl

from pipeline.errors import WebhookError

if TYPE_CHECKING:
    from collections.abc import Mapping

_OK = range(200, 300)


def post(url: str, document: Mapping[str, Any], *, proxy: str = "", ca_file: str = "", timeout: float = 20.0) -> None:
    """Post ``document`` as JSON, following no redirect; private addresses are fine, for it is the operator's own.

    Raises WebhookError, which never shows the address: it may be a secret.
    """
    handle = pycurl.Curl()
    try:
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        handle.setopt(pycurl.PROXY, proxy)
        handle.setopt(pycurl.NOSIGNAL, 1)
        handle.setopt(pycurl.TIMEOUT_MS, int(timeout * 1000))
        handle.setopt(pycurl.HTTPHEADER, ["Content-Type: application/json; charset=utf-8", "Expect:"])
        handle.setopt(pycurl.POSTFIELDS, json.dumps(document, ensure_ascii=False).encode())
        handle.setopt(pycurl.WRITEFUNCTION, len)  # what it answers is of no interest
        if ca_file:
            handle.setopt(pycurl.CAINFO, ca_file)
        handle.perform()
        status = handle.getinfo(pycurl.RESPONSE_CODE)
    except pycurl.error as error:
        raise WebhookError(f"The webhook could not be reached (libcurl error {error.args[0]}).") from None
    finally:
        handle.close()
    if status not in _OK:
        raise WebhookError(f"The webhook answered with status {status}.")
