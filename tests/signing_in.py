"""What the tests of signing in share: codes from an authenticator app, and accounts that have factors."""

from __future__ import annotations

import re

import pyotp

from forms_app.records import accounts, factors
from forms_app.records.accounts import Account
from tests.district import District
from tests.visitor import Page, Visitor, sign_in

GOOD = "quartz otter saddle"


def account(district: District, username: str) -> Account:
    found = accounts.get(district.store, district.people[username].id)
    assert found
    return found


def code(district: District, secret: str, steps: int = 0) -> str:
    """What the app shows now, or some steps of half a minute from now."""
    return pyotp.TOTP(secret).at(int(district.clock().timestamp()) + 30 * steps)


def give_app(district: District, username: str) -> str:
    """Set up an authenticator app as its owner would; returns its secret. The code that did it is used up."""
    actor = district.actor(username)
    factors.begin_app(district.store, actor.id, actor)
    secret = account(district, username).factors.setting_up
    assert factors.confirm_app(district.store, actor.id, code(district, secret, -1), actor)
    return secret


def give_codes(district: District, username: str) -> list[str]:
    actor = district.actor(username)
    return factors.new_recovery_codes(district.store, actor.id, actor)


def to_second_step(browser: Visitor, username: str) -> Page:
    """Give the right password; the second step is what comes next."""
    answer = sign_in(browser, username)
    assert (answer.status, answer.location) == (303, "/sign-in/second-step")
    browser.token = ""
    return browser.get("/sign-in/second-step")


def link_in(page: Page) -> str:
    found = re.search(r"/welcome/[A-Za-z0-9_-]+", page.text)
    assert found, page.text
    return found[0]
