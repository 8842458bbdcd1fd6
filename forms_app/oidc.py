"""Single sign-on: asks the district's directory who somebody is, by OpenID Connect (code flow, PKCE, nonce, state).

Nothing here knows accounts. What the directory says is believed only when it is signed by it, made for this app, for this very sign-in, and
recent. Authlib does the checking; what it raises becomes one of three exceptions with a sentence.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forms_app.permissions import Role
from forms_app.settings import BadSetting, SingleSignOn

TIMEOUT = 10  # seconds
LEEWAY = 120  # seconds by which the two clocks may differ
KNOWN_FOR = dt.timedelta(hours=12)  # how long the directory's own description is believed
SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")  # never none, never a shared secret


class DirectoryDown(Exception):
    """The directory does not answer, or not as it should."""


class NotBelieved(Exception):
    """The answer is not for this app or this sign-in, or not signed by the directory."""


class ClocksDiffer(NotBelieved):
    """The answer is from another time than now."""


@dataclass(frozen=True)
class Question:
    """Where to send the browser, and what the answer must fit."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Place:
    """The roles that a group gives, and the school (its Ministry code or name; empty for the district)."""

    roles: frozenset[Role]
    school: str


@dataclass(frozen=True)
class Groups:
    """Which of the directory's facts lists the groups, and what each gives."""

    claim: str
    places: Mapping[str, Place]

    def of(self, claims: Mapping[str, Any]) -> list[Place]:
        listed = claims.get(self.claim)
        groups = listed if isinstance(listed, list) else [listed]
        return [self.places[group] for group in groups if isinstance(group, str) and group in self.places]


class Directory:
    """The district's directory. One for each app."""

    def __init__(self, settings: SingleSignOn) -> None:
        self.settings = settings
        self.groups = read_groups(settings.roles) if settings.roles else None
        self._client: Any = None
        self._since: dt.datetime | None = None
        try:
            import authlib.integrations.flask_client  # noqa: F401
        except ImportError:
            raise BadSetting('Single sign-on needs Authlib, which is not installed: pip install "authlib>=1.9.9" requests.') from None

    def ask(self, back: str, now: dt.datetime, *, again: bool = False) -> Question:
        """The question to send the browser away with; `again` wants the person to prove themselves now. Raises DirectoryDown."""
        more = {"prompt": "login", "max_age": "0"} if again else {}
        with _failures():
            made = self._known(now).create_authorization_url(back, **more)
            return Question(made["url"], made["state"], made["nonce"], made["code_verifier"])

    def answer(self, back: str, code: str, question: Question, now: dt.datetime) -> Mapping[str, Any]:
        """What the directory says of the person. Raises DirectoryDown, NotBelieved, ClocksDiffer."""
        with _failures():
            client = self._known(now)
            token = client.fetch_access_token(redirect_uri=back, code=code, code_verifier=question.verifier, state=question.state)
            if "id_token" not in token:
                raise NotBelieved("The directory's answer says nothing of a person.")
            options = {
                "iss": {"essential": True, "values": [self.settings.issuer]},
                "aud": {"essential": True, "values": [self.settings.client_id]},
                "sub": {"essential": True},
            }
            claims = dict(client.parse_id_token(token, nonce=question.nonce, claims_options=options, leeway=LEEWAY))
        if not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= 255:
            raise NotBelieved("The directory's answer names nobody.")
        return claims

    def _known(self, now: dt.datetime) -> Any:
        """The client, once it has read the directory's description of itself; afresh every twelve hours."""
        if self._client is None or self._since is None or abs(now - self._since) > KNOWN_FOR:
            client = self._new_client()
            metadata = client.load_server_metadata()
            if metadata.get("issuer") != self.settings.issuer:
                raise DirectoryDown(f"The directory calls itself something else than FORMS_APP_OIDC_ISSUER says ({self.settings.issuer}).")
            offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
            metadata["id_token_signing_alg_values_supported"] = [name for name in offered if name in SIGNED_BY] or ["RS256"]
            self._client, self._since = client, now
        return self._client

    def _new_client(self) -> Any:
        from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App

        return FlaskOAuth2App(
            FlaskIntegration("directory"),
            "directory",
            client_id=self.settings.client_id,
            client_secret=self.settings.client_secret,
            server_metadata_url=self.settings.issuer.rstrip("/") + "/.well-known/openid-configuration",
            client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256", "default_timeout": TIMEOUT},
        )


class _failures:  # noqa: N801 - used as a statement
    """Turns what Authlib, joserfc and requests raise into our three."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        from authlib.integrations.base_client import OAuthError
        from joserfc.errors import ExpiredTokenError, InvalidClaimError, InvalidTokenError, JoseError
        from requests import RequestException

        match error:
            case None | DirectoryDown() | NotBelieved():
                return
            case InvalidClaimError(claim="iat" | "nbf" | "exp"):
                raise ClocksDiffer("The directory's answer is not from now.") from error
            case InvalidClaimError():
                raise NotBelieved("The directory's answer is not for this sign-in.") from error
            case ExpiredTokenError() | InvalidTokenError():
                raise ClocksDiffer("The directory's answer is not from now.") from error
            case RequestException():
                raise DirectoryDown("The directory does not answer.") from error
            case JoseError() | OAuthError() | ValueError() | KeyError() | TypeError() | RuntimeError():
                raise NotBelieved("The directory's answer does not fit.") from error


def read_groups(path: Path) -> Groups:
    """Read the file that maps groups to roles. Raises BadSetting naming file, group and what is allowed."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSetting(f"FORMS_APP_OIDC_ROLES names {path}, which cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(f"{path} is not TOML: {error}.") from error
    known = {role.value: role for role in Role}
    places: dict[str, Place] = {}
    rows = written.get("group", [])
    for row in rows if isinstance(rows, list) else []:
        value, words, school = row.get("value", ""), row.get("roles", []), row.get("school", "")
        if not isinstance(value, str) or not value or not isinstance(words, list) or not isinstance(school, str):
            raise BadSetting(f"{path}: each [[group]] needs value = “…” and roles = [“…”], and school = “…” where the roles belong to one.")
        for word in words:
            if word not in known or known[word] is Role.ADMINISTRATOR:
                allowed = ", ".join(name for name, role in known.items() if role is not Role.ADMINISTRATOR)
                raise BadSetting(
                    f"{path}: the group {value} gives the role “{word}”. Allowed: {allowed}. System administrators are named one by one, in the app."
                )
        roles = frozenset(known[word] for word in words)
        if not roles or (any(not role.district_wide for role in roles) and not school):
            raise BadSetting(
                f"{path}: the group {value} needs at least one role, and a school (its Ministry code or its name) for roles that belong to one."
            )
        places[value] = Place(roles, school)
    if not places:
        raise BadSetting(f"{path} maps no group. Write at least one [[group]] with value, roles and school.")
    claim = written.get("claim", "groups")
    if not isinstance(claim, str):
        raise BadSetting(f"{path}: claim must be a name such as “groups” or “roles”.")
    return Groups(claim, places)
