"""Plain SMTP. What cannot be sent is said in a sentence that names the server and never the receiver."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from forms_app.settings import Smtp

TIMEOUT = 20.0  # seconds
CLOSING = 421  # the server's code for "I am closing this connection"
GONE = "The mail server ended the connection. What was not sent yet is sent the next time."


class MailServerUnavailable(Exception):
    """The server cannot be used at all; nothing was sent."""


class NotSent(Exception):
    """The server refused this one message."""


class Mailer:
    """An open connection to the server."""

    def __init__(self, connection: smtplib.SMTP, sender: str) -> None:
        self._connection, self._sender = connection, sender

    def send(self, to: str, subject: str, text: str) -> None:
        """Send one message. Raises NotSent, or MailServerUnavailable where the connection is gone."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, to, subject
        message["Date"], message["Message-ID"] = formatdate(localtime=False), make_msgid(domain=self._sender.rpartition("@")[2].rstrip(">"))
        message["Auto-Submitted"] = "auto-generated"  # out-of-office programs do not answer
        message.set_content(text)
        try:
            self._connection.send_message(message)
        except smtplib.SMTPResponseException as refused:
            if refused.smtp_code == CLOSING:
                raise MailServerUnavailable(GONE) from refused
            raise NotSent from refused
        except smtplib.SMTPRecipientsRefused as refused:
            raise NotSent from refused
        except (smtplib.SMTPException, OSError) as gone:
            raise MailServerUnavailable(GONE) from gone


@contextmanager
def connect(smtp: Smtp) -> Iterator[Mailer]:
    """A connection to the server, encrypted as the settings say. Raises MailServerUnavailable."""
    place = f"{smtp.host}, port {smtp.port}"
    context = ssl.create_default_context(cafile=str(smtp.authorities) if smtp.authorities else None)
    try:
        if smtp.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=TIMEOUT, context=context)
        else:
            connection = smtplib.SMTP(smtp.host, smtp.port, timeout=TIMEOUT)
    except ssl.SSLError as error:
        raise MailServerUnavailable(f"The mail server {place} could not be trusted or speaks no TLS there: {error.reason}.") from error
    except (OSError, smtplib.SMTPException) as error:
        raise MailServerUnavailable(f"The mail server {place} does not answer: {_words(error)}.") from error
    try:
        try:
            if smtp.security == "starttls":
                connection.starttls(context=context)
            if smtp.user:
                connection.login(smtp.user, smtp.password)
        except smtplib.SMTPAuthenticationError as error:
            raise MailServerUnavailable(f"The mail server {place} refused the user name or the password.") from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailServerUnavailable(
                f"The mail server {place} cannot do what the settings ask: {_words(error)} See FORMS_APP_SMTP_SECURITY."
            ) from error
        except ssl.SSLError as error:
            raise MailServerUnavailable(f"The mail server {place} could not be trusted: {error.reason}.") from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailServerUnavailable(f"The mail server {place} refused: {_words(error)}.") from error
        yield Mailer(connection, smtp.sender)
    finally:
        with suppress(OSError, smtplib.SMTPException):
            connection.quit()
        connection.close()


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
