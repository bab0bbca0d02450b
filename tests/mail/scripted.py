"""A mail server on loopback that says exactly what a test wrote, and remembers what it heard."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

HOST = "127.0.0.1"


class Act(Enum):
    """What a server may do in place of an answer."""

    HANG_UP = auto()
    SILENCE = auto()
    """Nothing more, until the client closes."""

    RESET = auto()
    """Hang up without reading what is still on its way, so that the client's writing fails."""


Answer = str | Act
Script = Answer | Callable[[str], Answer]


class Once:
    """A script whose first answers come once each; the last one stays."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)

    def __call__(self, command: str) -> Answer:
        """Return the next answer."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@dataclass(frozen=True, kw_only=True)
class Dialogue:
    """How one connection goes: the answer to each command; ``dot`` follows the message's end."""

    greeting: Answer = "220 mail.example.fi ESMTP"
    extensions: tuple[str, ...] = ("SIZE 10000000", "8BITMIME", "SMTPUTF8")
    encrypted_extensions: tuple[str, ...] = ()
    ehlo: Answer | None = None
    helo: Answer = "250 mail.example.fi"
    starttls: Answer = "220 go ahead"
    auth: Script = "235 welcome"
    mail: Script = "250 sender ok"
    rcpt: Script = "250 recipient ok"
    data: Script = "354 go ahead"
    content: Act | None = None
    """What happens right after the 354, in place of reading the message."""

    dot: Script = "250 2.0.0 queued as 42"
    rset: Answer = "250 reset"
    dot_pause: float = 0.0
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False


@dataclass
class Heard:
    """What arrived: per connection its commands in order, and over all of them each message with its dot."""

    conversations: list[list[str]] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)

    @property
    def verbs(self) -> list[list[str]]:
        """The first word of each command, per connection."""
        return [[line.split(" ")[0].upper() for line in lines] for lines in self.conversations]


class _Ended(Exception):
    """The conversation is over."""


class _Connection:
    """One conversation."""

    def __init__(self, sock: socket.socket, dialogue: Dialogue, heard: Heard, stop: socket.socket) -> None:
        self.sock = sock
        self.dialogue = dialogue
        self.heard = heard
        self.stop = stop
        self.buffer = b""
        self.commands: list[str] = []
        heard.conversations.append(self.commands)

    def converse(self) -> None:
        """Answer until somebody hangs up."""
        if self.dialogue.implicit_tls:
            self.encrypt()
        self.say(self.dialogue.greeting)
        while True:
            command = self.line().decode()
            self.commands.append(command)
            self.answer(command)

    def answer(self, command: str) -> None:
        talk = self.dialogue
        match command.split(" ", maxsplit=1)[0].upper():
            case "EHLO":
                extensions = talk.encrypted_extensions if isinstance(self.sock, ssl.SSLSocket) else talk.extensions
                lines = ["mail.example.fi", *extensions]
                joined = "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])
                self.say(joined if talk.ehlo is None else talk.ehlo)
            case "HELO":
                self.say(talk.helo)
            case "STARTTLS":
                self.say(talk.starttls)
                if isinstance(talk.starttls, str) and talk.starttls.startswith("220"):
                    self.encrypt()
            case "MAIL":
                self.say(talk.mail, command)
            case "RCPT":
                self.say(talk.rcpt, command)
            case "DATA":
                self.say(talk.data, command)
                self.message()
            case "RSET":
                self.say(talk.rset)
            case "QUIT":
                self.say("221 bye")
                raise _Ended
            case _:  # AUTH, and the lines that follow it
                self.say(talk.auth, command)

    def message(self) -> None:
        if self.last.startswith("354"):
            if self.dialogue.content is not None:
                self.say(self.dialogue.content)
            lines: list[bytes] = []
            while (line := self.line()) != b".":
                lines.append(line)
            self.heard.messages.append(b"".join(line + b"\r\n" for line in lines))
            self.stoppable_pause(self.dialogue.dot_pause)
            self.say(self.dialogue.dot, "")

    def say(self, script: Script, command: str = "") -> None:
        answer = script(command) if callable(script) else script
        match answer:
            case Act.HANG_UP:
                raise _Ended
            case Act.RESET:
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                raise _Ended
            case Act.SILENCE:
                while self.receive():
                    pass
                raise _Ended
            case str():
                self.last = answer
                self.sock.sendall(answer.encode() + b"\r\n")

    def line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            self.buffer += self.receive() or self.ended()
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def receive(self) -> bytes:
        if not (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()):
            ready, _, _ = select.select([self.sock, self.stop], [], [])
            if self.stop in ready:
                self.ended()
        return self.sock.recv(65536)

    def stoppable_pause(self, seconds: float) -> None:
        select.select([self.stop], [], [], seconds)

    def encrypt(self) -> None:
        if self.dialogue.tls is None:
            raise _Ended
        try:
            self.sock = self.dialogue.tls.wrap_socket(self.sock, server_side=True)
        except OSError as error:
            raise _Ended from error

    def ended(self) -> bytes:
        raise _Ended


@dataclass(frozen=True)
class Running:
    """A server that is answering on ``port``."""

    port: int
    heard: Heard


@contextlib.contextmanager
def serve(*dialogues: Dialogue) -> Iterator[Running]:
    """Answer each connection by the next dialogue, all further ones by the last."""
    with socket.create_server((HOST, 0)) as listener, contextlib.ExitStack() as stack:
        stop, stopper = socket.socketpair()
        stack.enter_context(stop)
        heard = Heard()
        thread = threading.Thread(target=_accept, args=(listener, dialogues, heard, stop))
        thread.start()
        try:
            yield Running(listener.getsockname()[1], heard)
        finally:
            stopper.close()
            thread.join()


def _accept(listener: socket.socket, dialogues: Sequence[Dialogue], heard: Heard, stop: socket.socket) -> None:
    count = 0
    while True:
        ready, _, _ = select.select([listener, stop], [], [])
        if stop in ready:
            return
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(sock, dialogues[min(count, len(dialogues) - 1)], heard, stop)
        count += 1
        with contextlib.suppress(_Ended, OSError):
            connection.converse()
        connection.sock.close()
