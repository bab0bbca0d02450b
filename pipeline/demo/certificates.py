"""A throw-away certificate authority: its own file to trust, and a server certificate for any name."""

from __future__ import annotations

import ssl
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.demo.extra import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustme import CA


class Authority:
    """Certificates that exist for the length of one ``authority()`` block.

    ``file`` is the PEM file that a client is to trust (SSL_CERT_FILE); it holds nothing but this authority.
    """

    def __init__(self, ca: CA, file: Path) -> None:
        self._ca = ca
        self.file = file

    def server_context(self, *names: str) -> ssl.SSLContext:
        """Return a TLS context that proves to be ``names`` (host names or IP addresses) and speaks HTTP/1.1 alone."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        self._ca.issue_cert(*names).configure_cert(context)
        return context


@contextmanager
def authority() -> Iterator[Authority]:
    """Make an authority whose file is removed at the end; DigikoosteError when trustme is not installed."""
    try:
        from trustme import CA  # noqa: PLC0415 - only the extra `demo` brings it
    except ImportError as error:
        raise missing("trustme") from error
    with tempfile.TemporaryDirectory(prefix="digikooste-demo-") as folder:
        file = Path(folder) / "ca.pem"
        ca = CA(organization_name="digikooste demo, trusted by nobody")
        ca.cert_pem.write_to_path(str(file))
        yield Authority(ca, file)
