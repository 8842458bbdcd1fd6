"""A mail server for tests that really speaks SMTP: it greets, may ask for TLS and a password, takes messages or refuses them, and keeps what it took."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self, cast


@dataclass
class Taken:
    """One message with its envelope; `encrypted` says whether it came over TLS, `user` who signed in."""

    sender: str
    receivers: list[str]
    message: EmailMessage
    raw: bytes
    encrypted: bool
    user: str = ""


@dataclass
class MailServer:
    """`refuse` are receivers that it does not know; `tls` offers STARTTLS; `hang_up_after` messages it ends every connection."""

    refuse: tuple[str, ...] = ()
    tls: ssl.SSLContext | None = None
    from_the_start: bool = False
    passwords: dict[str, str] = field(default_factory=dict)
    hang_up_after: int = 10_000
    taken: list[Taken] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> Self:
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Talk, bind_and_activate=True)
        server.daemon_threads = True
        cast(Any, server).mail = self
        self.port = server.server_address[1]
        self._server, self._thread = server, threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.mail: MailServer = cast(Any, self.server).mail
        self.encrypted, self.user = False, ""
        try:
            if self.mail.from_the_start:
                self._encrypt()
            self.say("220 mail.example.ca ready")
            while self.answer(self.rfile.readline().decode().rstrip("\r\n")):
                pass
        except OSError:
            pass  # the other side hung up
        finally:
            if self.encrypted:
                for one in (self.rfile, self.wfile, self.connection):
                    with suppress(OSError):
                        one.close()

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")
        self.wfile.flush()

    def _encrypt(self) -> None:
        assert self.mail.tls
        self.connection = self.mail.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), cast(Any, self.connection.makefile("wb"))
        self.encrypted = True

    def answer(self, line: str) -> bool:
        command, _, rest = line.partition(" ")
        command = command.upper()
        if command in ("", "QUIT"):
            if command:
                self.say("221 goodbye")
            return False
        if command == "EHLO":
            offers = ["STARTTLS"] if self.mail.tls and not self.encrypted else []
            offers += ["AUTH PLAIN"] if self.mail.passwords else []
            for offer in ["mail.example.ca", *offers]:
                self.say(f"250-{offer}")
            self.say("250 HELP")
        elif command == "STARTTLS":
            self.say("220 go ahead")
            self._encrypt()
        elif command == "AUTH":
            _, user, password = base64.b64decode(rest.split()[1]).decode().split("\0")
            good = self.mail.passwords.get(user) == password
            self.user = user if good else ""
            self.say("235 welcome" if good else "535 no")
        elif command == "MAIL":
            self.sender, self.receivers = _address(rest), list[str]()
            self.say("250 ok" if len(self.mail.taken) < self.mail.hang_up_after else "421 closing")
            return len(self.mail.taken) < self.mail.hang_up_after
        elif command == "RCPT":
            if _address(rest) in self.mail.refuse:
                self.say("550 no such person here")
            else:
                self.receivers.append(_address(rest))
                self.say("250 ok")
        elif command == "DATA":
            self.say("354 go on")
            lines: list[bytes] = []
            while (taken := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(taken.removeprefix(b".") if taken.startswith(b"..") else taken)
            raw = b"".join(lines)
            message = cast(EmailMessage, message_from_bytes(raw, policy=policy.default))
            self.mail.taken.append(Taken(self.sender, self.receivers, message, raw, self.encrypted, self.user))
            self.say("250 taken")
        else:  # RSET, NOOP
            self.say("250 ok")
        return True


def _address(text: str) -> str:
    return text.partition("<")[2].partition(">")[0]


def certificate(folder: Any) -> tuple[ssl.SSLContext, Any]:
    """A server's TLS for 127.0.0.1 with a certificate of its own, and the file by which a client can check it."""
    import datetime as dt
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, key_file = folder / "server.pem", folder / "server.key"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key_file)
    return context, file
