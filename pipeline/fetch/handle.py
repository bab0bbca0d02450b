"""One libcurl easy handle, kept from request to request: its options, its guard at the socket, its errors in words."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import pycurl

from pipeline.errors import FetchCode
from pipeline.fetch import addresses, answer, coding, headers

if TYPE_CHECKING:
    from pipeline.errors import FetchError
    from pipeline.fetch import Request
    from pipeline.fetch.urls import Target
    from pipeline.model import Validators

CONNECT_SECONDS = 20
"""How long a server may take to answer the telephone."""

_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")

_TOO_LARGE = 100  # CURLE_TOO_LARGE, unnamed in pycurl: too many headers, or too long ones
_FAILURES = {
    pycurl.E_COULDNT_RESOLVE_HOST: (
        FetchCode.DNS,
        "names a host that nobody knows; check its spelling",
    ),
    pycurl.E_COULDNT_RESOLVE_PROXY: (FetchCode.CONNECT, "could not be reached, for want of the proxy"),
    pycurl.E_COULDNT_CONNECT: (FetchCode.CONNECT, "could not be reached"),
    pycurl.E_SEND_ERROR: (FetchCode.CONNECT, "broke off"),
    pycurl.E_GOT_NOTHING: (FetchCode.CONNECT, "broke off before it answered"),
    pycurl.E_PARTIAL_FILE: (FetchCode.EMPTY, "came cut short"),
    **dict.fromkeys(
        (
            pycurl.E_SSL_CONNECT_ERROR,
            pycurl.E_PEER_FAILED_VERIFICATION,
            pycurl.E_SSL_ENGINE_NOTFOUND,
            pycurl.E_SSL_ENGINE_SETFAILED,
            pycurl.E_SSL_CERTPROBLEM,
            pycurl.E_SSL_CIPHER,
            pycurl.E_USE_SSL_FAILED,
            pycurl.E_SSL_ENGINE_INITFAILED,
            pycurl.E_SSL_CACERT_BADFILE,
            pycurl.E_SSL_SHUTDOWN_FAILED,
            pycurl.E_SSL_CRL_BADFILE,
            pycurl.E_SSL_ISSUER_ERROR,
            pycurl.E_SSL_PINNEDPUBKEYNOTMATCH,
            pycurl.E_SSL_INVALIDCERTSTATUS,
        ),
        (FetchCode.TLS, "has no connection that can be trusted"),
    ),
}
"""What libcurl's codes mean; all others are broken HTTP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What all handles of a client have in common."""

    proxy: str
    ca_file: str
    names: tuple[str, ...]


def ca_bundle() -> str:
    """Return the certificates to trust: SSL_CERT_FILE, else the system's (an office's CA is there), else certifi's."""
    given = os.environ.get("SSL_CERT_FILE")
    return given or next((path for path in _BUNDLES if Path(path).is_file()), certifi.where())


class Handle:
    """An easy handle with the guard in its callbacks.

    Where a host is a name, the first attempt to connect is a *roll call*: every address that DNS gave is
    handed to the guard and none is dialled, so that one bad address refuses the host (a name with a
    public and a private address is somebody's trick). libcurl keeps the answer for the second attempt, and
    the guard stands at every dialling and every reuse of a connection besides.
    """

    def __init__(self, settings: Settings, share: pycurl.CurlShare) -> None:
        self.objection: str | None = None
        self._proxied = bool(settings.proxy)
        self._allow_private = False
        self._roll_call = False
        self._called = 0
        self._socket: socket.socket | None = None
        self._head: list[bytes] = []
        self._body: list[bytes] = []
        self.curl = curl = pycurl.Curl()
        curl.setopt(pycurl.SHARE, share)
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        curl.setopt(pycurl.FOLLOWLOCATION, 0)
        # One request at a time per host gains nothing from HTTP/2, and its attack surface is not ours.
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        curl.setopt(pycurl.CONNECTTIMEOUT, CONNECT_SECONDS)
        curl.setopt(pycurl.BUFFERSIZE, 256 * 1024)
        curl.setopt(pycurl.CAINFO, settings.ca_file)
        curl.setopt(pycurl.PROXY, settings.proxy)  # '' also means: not the environment's
        curl.setopt(pycurl.NOPROXY, "")
        curl.setopt(pycurl.RESOLVE, list(settings.names))
        # list.append runs without a Python frame, once per header line
        curl.setopt(pycurl.HEADERFUNCTION, self._head.append)
        curl.setopt(pycurl.WRITEFUNCTION, self._body.append)
        curl.setopt(pycurl.OPENSOCKETFUNCTION, self._open_socket)
        curl.setopt(pycurl.PREREQFUNCTION, self._before_request)

    def prepare(self, request: Request, target: Target, validators: Validators | None) -> None:
        """Set what is this request's own."""
        self.clear()
        self._allow_private = request.allow_private
        self._roll_call = not self._proxied and addresses.literal(target.host) is None
        lines = [
            f"User-Agent: {request.user_agent}",
            f"Accept: {request.accept}",
            f"Accept-Encoding: {coding.ACCEPTED}",
        ]
        if validators is not None and validators.etag:
            lines.append(f"If-None-Match: {validators.etag}")
        if validators is not None and validators.last_modified:
            lines.append(f"If-Modified-Since: {validators.last_modified}")
        self.curl.setopt(pycurl.URL, target.url)
        self.curl.setopt(pycurl.HTTPHEADER, [line.encode("latin-1", "replace") for line in lines])
        # counts what arrives, also where no Content-Length says it; coding.decode counts what comes out
        self.curl.setopt(pycurl.MAXFILESIZE, request.max_bytes)

    def exchange(self, url: str) -> answer.Exchange:
        """Return what came back, and be empty again."""
        fields = headers.fields(self._head)
        exchange = answer.Exchange(url, self.curl.getinfo(pycurl.RESPONSE_CODE), fields, b"".join(self._body))
        self.clear()
        return exchange

    def passed_roll_call(self, code: int) -> bool:
        """Return whether this failure was only the end of a roll call without objection: try again, and dial."""
        passed = self._roll_call and self._called > 0 and code == pycurl.E_COULDNT_CONNECT and self.objection is None
        if passed:
            self._roll_call = False
        return passed

    def explain(self, request: Request, code: int, message: str) -> FetchError:
        """Return the error for libcurl's code, in words for a person."""
        if code == pycurl.E_FILESIZE_EXCEEDED:
            return answer.too_big(request)
        if code == pycurl.E_OPERATION_TIMEDOUT:
            if self._head:
                return answer.failure(request, FetchCode.TOO_SLOW, f"took longer than {request.deadline:g} s to read")
            return answer.failure(request, FetchCode.TIMEOUT, "did not answer in time")
        kind, what = _FAILURES.get(code, (FetchCode.PROTOCOL, "does not speak proper HTTP"))
        if code == pycurl.E_RECV_ERROR and self._network_failed:
            kind, what = _FAILURES[pycurl.E_PARTIAL_FILE if self._head else pycurl.E_GOT_NOTHING]
        said = message.strip().rstrip(".")
        return answer.failure(request, kind, f"{what} ({said})" if said else what)

    @property
    def _network_failed(self) -> bool:
        """Tell a reset connection from broken HTTP, for which libcurl uses the same code."""
        return bool(self.curl.getinfo(pycurl.OS_ERRNO))

    def clear(self) -> None:
        """Forget the last request."""
        self._head.clear()
        self._body.clear()
        self.objection = None
        self._called = 0
        self._close_original()

    def close(self) -> None:
        """Give the handle back to libcurl."""
        self._close_original()
        self.curl.close()

    # Called by libcurl --------------------------------------------------------------------------------

    def _open_socket(self, _purpose: int, address: pycurl.CurlSockAddr) -> socket.socket | int:
        """Judge the very address that is about to be dialled."""
        self._called += 1
        if not self._proxied:
            host, port = address.addr[:2]
            self.objection = self.objection or addresses.objection(host, port, allow_private=self._allow_private)
            if self.objection is not None or self._roll_call:
                return int(pycurl.SOCKET_BAD)
        self._close_original()
        try:
            self._socket = socket.socket(address.family, address.socktype, address.protocol)
        except OSError:  # no IPv6 here, or no descriptor left
            return int(pycurl.SOCKET_BAD)
        return self._socket

    def _before_request(self, remote: str, _local: str, port: int, _local_port: int) -> int:
        """Judge the connection that a request is about to go out on: an intranet source may have opened it."""
        if self._proxied:
            return int(pycurl.PREREQFUNC_OK)
        self.objection = addresses.objection(remote, port, allow_private=self._allow_private)
        return int(pycurl.PREREQFUNC_OK if self.objection is None else pycurl.PREREQFUNC_ABORT)

    def _close_original(self) -> None:
        """Close our side of the last socket: pycurl works on a duplicate."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
