"""LOOKERBOT_RUN_AS_ASKER: each person's own Looker rights, who has none and is told why, and whose data goes to whom."""
from __future__ import annotations

import contextlib
import sqlite3
import subprocess
from typing import Any, Iterator

import pytest

from badday import calls
from stack import BUILD, Stack
from test_commands import ask, table, words
from test_people import say
from test_show import footer, looker, slug_of

DENIED = {"where": "looker", "match": "POST /login/", "do": "status", "status": 403,
          "body": {"message": "Permission Denied", "documentation_url": ""}}
CORE = {**DENIED, "body": {"message": "Unsupported in Looker (Google Cloud core)", "documentation_url": ""}}
GONE = {**DENIED, "status": 404, "body": {"message": "Not found", "documentation_url": ""}}
DOMAIN = "@acme-shop.example"


def forget(stack: Stack) -> None:
    """As if ten minutes had passed: who is who, and what was read for whom."""
    with contextlib.closing(sqlite3.connect(stack.state_dir / "queue.db", timeout=10)) as db, db:
        for kept in ("person:", "looker-user:", "titles"):
            db.execute("DELETE FROM states WHERE key LIKE ?", (kept + "%",))


@pytest.fixture(scope="module")
def _own_rights() -> Iterator[Stack]:
    stack = Stack(settings={"LOOKERBOT_RUN_AS_ASKER": "true", "ALLOW_SLACK_GUEST_USERS": "true",
                            "ALLOW_SLACK_SHARED_WORKSPACES": "true"})
    with stack.running():
        yield stack
        assert DOMAIN not in stack.bot_log(), "addresses of people are nobody's business"


@pytest.fixture
def own_rights(_own_rights: Stack) -> Stack:
    """The setting is on; nothing is known of anybody (reset ends all tokens of the fake Looker)."""
    _own_rights.reset()
    forget(_own_rights)
    return _own_rights


def logins(stack: Stack, ack: dict[str, Any]) -> list[str]:
    return [record["name"] for record in calls(stack, ack, "POST /login/", kind="looker")]


def searches(stack: Stack, ack: dict[str, Any]) -> int:
    """Those that were answered: after a reset the bot's own token is refused once."""
    return len([record for record in calls(stack, ack, "GET /users/search", kind="looker") if record["ok"]])


def regions(message: dict[str, Any]) -> set[str]:
    return {row[0] for row in table(message)[1:]}


def said(stack: Stack, text: str, *parts: str, user: str) -> str:
    """The answer for the asker alone."""
    message = ask(stack, text, "hook", user=user)[1]
    assert message["response_type"] == "ephemeral"
    told = words(message)
    for part in parts:
        assert part in told, f"{part!r} is not in {told!r}"
    return told


# --- whose rights

def test_off_by_default(stack: Stack) -> None:
    ack, message = ask(stack, "sales", user="U0BENJI")
    assert "as the bot’s Looker account" in footer(message) and len(regions(message)) > 1
    assert logins(stack, ack) == [] and searches(stack, ack) == 0


def test_each_sees_what_they_may(own_rights: Stack) -> None:
    message = ask(own_rights, "sales", user="U0ADA")[1]
    assert {"EMEA", "AMER"} < regions(message)
    assert " · as Ada Okafor · " in footer(message) and "Looker account" not in footer(message)
    message = ask(own_rights, "sales", user="U0BENJI")[1]
    assert regions(message) == {"EMEA"}
    assert " · as Benji Sato · " in footer(message)
    message = ask(own_rights, "sales", user="U0ADA")[1]
    assert {"EMEA", "AMER"} < regions(message)


def test_whatever_is_shown(own_rights: Stack) -> None:
    slug = slug_of(own_rights, "sales")
    for text in ("show look 4", "show 4", "show revenue by country", "show dashboard 21",
                 f"show <{looker(own_rights)}/x/{slug}>"):
        ack, message = ask(own_rights, "show", user="U0BENJI", fields={"text": text})
        assert " · as Benji Sato · " in footer(message), text
    assert regions(message) == {"EMEA"}, "also of a query that somebody else made"


def test_login_and_search_are_kept(own_rights: Stack) -> None:
    ack = ask(own_rights, "sales", user="U0BENJI")[0]
    assert "POST /login/12" in logins(own_rights, ack) and searches(own_rights, ack) == 1
    ack = ask(own_rights, "sales EMEA", user="U0BENJI")[0]
    assert logins(own_rights, ack) == [] and searches(own_rights, ack) == 0


def test_a_dead_token_is_renewed(own_rights: Stack) -> None:
    ask(own_rights, "sales", user="U0BENJI")
    own_rights.fault({"where": "looker", "match": "GET /dashboards/21", "do": "expire_token", "times": 1})
    ack, message = ask(own_rights, "sales", user="U0BENJI")
    assert regions(message) == {"EMEA"} and " · as Benji Sato · " in footer(message)
    assert logins(own_rights, ack).count("POST /login/12") == 2, "the first had the bot's own dead token"


def test_a_bad_moment_of_looker(own_rights: Stack) -> None:
    own_rights.fault({"where": "looker", "match": "GET /users/search", "do": "status", "status": 503, "times": 1},
                     {**DENIED, "status": 502, "times": 1})
    ack, message = ask(own_rights, "sales", user="U0BENJI")
    assert regions(message) == {"EMEA"} and " · as Benji Sato · " in footer(message)
    assert searches(own_rights, ack) == 1 and own_rights.sandbox is not None
    assert own_rights.sandbox.call("GET", "/sandbox/faults")["faults"] == [], "both struck"


def test_a_user_that_was_made_anew(own_rights: Stack) -> None:
    """What is kept of a user that is gone is forgotten at once."""
    ask(own_rights, "sales", user="U0BENJI")
    own_rights.fault({"where": "looker", "match": "GET /dashboards/21", "do": "expire_token", "times": 1},
                     {**GONE, "match": "POST /login/12", "times": 2})
    ack = own_rights.slash("sales", user="U0BENJI")
    own_rights.answer(ack, "hook")
    ack, message = ask(own_rights, "sales", user="U0BENJI")
    assert " · as Benji Sato · " in footer(message) and searches(own_rights, ack) == 1


# --- nothing of one for another

def test_what_is_hidden_from_the_asker(own_rights: Stack) -> None:
    assert "Look 16" in footer(ask(own_rights, "show look 16", user="U0ADA")[1])
    start = len(own_rights.bot.lines)  # type: ignore[union-attr]
    told = said(own_rights, "show look 16", "I cannot show that.", "not found, or the Looker account may not see it",
                user="U0BENJI")
    assert "Returned" not in told
    said(own_rights, "show 16", "There is neither a Look nor a dashboard 16", "that your Looker account may see",
         user="U0BENJI")
    # A command is known to all by its title; what it shows is not.
    assert "Members" in words(ask(own_rights, "members", user="U0ADA")[1])
    said(own_rights, "members", "I cannot show *Members* with your own Looker rights (as Benji Sato).",
         "not found, or the Looker account may not see it", user="U0BENJI")
    own_rights.bot.wait_log("event=job_done .*kind=command", 4, start=start)  # type: ignore[union-attr]
    assert "event=job_dead" not in "".join(own_rights.bot.lines[start:])  # type: ignore[union-attr]


def test_titles_are_each_persons_own(own_rights: Stack) -> None:
    for _ in range(2):  # the second time from what is kept
        assert "Executive summary" in words(ask(own_rights, "find executive", user="U0ADA")[1])
        told = words(ask(own_rights, "find executive", user="U0BENJI")[1])
        assert "Executive" not in told and "among those that your Looker account may see" in told
    told = said(own_rights, "show executive summary", "among those that your Looker account may see", user="U0BENJI")
    assert "dashboard 60" not in told
    assert "Revenue" in words(ask(own_rights, "show executive summary", user="U0ADA")[1])


# --- who has none

def test_address_is_not_visible(own_rights: Stack) -> None:
    own_rights.workspace(without_scopes=["users:read.email"])
    ack = own_rights.slash("sales", user="U0BENJI")
    told = words(own_rights.answer(ack, "hook"))
    assert "which Slack does not show me" in told and "`users:read.email`" in told
    assert calls(own_rights, ack, "", kind="looker") == [], "nothing is asked for nobody"


def person(stack: Stack, user: str, email: str, **more: Any) -> None:
    assert stack.sandbox is not None
    people = {one["id"]: one for one in stack.sandbox.call("GET", "/sandbox/state")["people"]}
    stack.workspace(people={user: {"profile": {**people[user]["profile"], "email": email}, **more}})


def test_address_is_not_confirmed(own_rights: Stack) -> None:
    person(own_rights, "U0BENJI", "ada" + DOMAIN, is_email_confirmed=False)
    said(own_rights, "sales", "which is not confirmed in Slack yet", "Confirm it", user="U0BENJI")


@pytest.mark.parametrize("name,sentence,remedy", [
    ("nobody", "there is no Looker user with your address `nobody@acme-shop.example`", "Ask your Looker admin to add you"),
    ("b_nji", "there is no Looker user with your address `b_nji@acme-shop.example`", "Ask your Looker admin to add you"),
    ("%", "there is no Looker user with your address", "Ask your Looker admin to add you"),
    ("dora", "the Looker user with your address `dora@acme-shop.example`", "is disabled. Ask your Looker admin to enable it"),
    ("team", "more than one Looker user has your address `team@acme-shop.example`", "leave it to one of them")])
@pytest.mark.parametrize("text", ["sales", "show look 4", "show revenue by country", "find sales"])
def test_no_user(own_rights: Stack, text: str, name: str, sentence: str, remedy: str) -> None:
    person(own_rights, "U0BENJI", name + DOMAIN)
    ack = own_rights.slash(text, user="U0BENJI")
    told = words(own_rights.answer(ack, "hook"))
    assert sentence in told and remedy in told and own_rights.sandbox is not None
    assert " at " + own_rights.sandbox.settings["LOOKER_URL"].removeprefix("http://") in told
    assert logins(own_rights, ack) == [] and calls(own_rights, ack, "POST /queries", kind="looker") == []


@pytest.mark.parametrize("text", ["sales", "show look 4", "show revenue by country", "find sales"])
@pytest.mark.parametrize("thread", [False, True])
def test_nobody_else_reads_who_has_no_user(own_rights: Stack, text: str, thread: bool) -> None:
    """Also where the question was asked before all: the sentence has the asker's address in it."""
    person(own_rights, "U0BENJI", "nobody" + DOMAIN)
    where = {"thread_ts": say(own_rights, "look at this")["ts"]} if thread else {}
    asked = say(own_rights, f"@looker {text}", user="U0BENJI", **where)
    told = own_rights.wait(kind="slack", name="chat.postEphemeral", ok=1, after=asked["n"])[0]["body"]
    assert f"`nobody{DOMAIN}`" in words(told) and told["user"] == "U0BENJI"
    assert told.get("thread_ts") == where.get("thread_ts")
    assert DOMAIN not in str(calls(own_rights, asked, "chat.postMessage", "slack"))


def test_in_direct_messages_nobody_else_reads(own_rights: Stack) -> None:
    person(own_rights, "U0BENJI", "nobody" + DOMAIN)
    asked = say(own_rights, "sales", channel="D0BENJI", user="U0BENJI")
    assert f"`nobody{DOMAIN}`" in words(own_rights.answer(asked))


@pytest.mark.parametrize("name,shown", [("eva_m", "Eva Meyer"), ("evaxm", "Evan Xmas"), ("FINN", "Finn Berg")])
def test_exactly_one_user(own_rights: Stack, name: str, shown: str) -> None:
    person(own_rights, "U0BENJI", name + DOMAIN)
    assert f" · as {shown} · " in footer(ask(own_rights, "sales", user="U0BENJI")[1])


def test_another_address_is_another_user(own_rights: Stack) -> None:
    """What is kept of a person's user counts for the address that it was found by."""
    assert " · as Benji Sato · " in footer(ask(own_rights, "sales", user="U0BENJI")[1])
    person(own_rights, "U0BENJI", "dora" + DOMAIN)
    with contextlib.closing(sqlite3.connect(own_rights.state_dir / "queue.db", timeout=10)) as db, db:
        db.execute("DELETE FROM states WHERE key LIKE 'person:%'")
    said(own_rights, "sales", "is disabled", user="U0BENJI")


@pytest.mark.parametrize("user,channel", [("U0GUEST", "C0SUPPORT"), ("U0EVE", "C0PARTNERS")])
def test_outsiders_have_no_rights_of_their_own(own_rights: Stack, user: str, channel: str) -> None:
    """Also where they may use the bot, and even with the address of somebody."""
    person(own_rights, user, "ada" + DOMAIN)
    ack = own_rights.slash("sales", user=user, channel=channel)
    assert "no guests, and nobody of another company" in words(own_rights.answer(ack, "hook"))
    assert searches(own_rights, ack) == 0


@pytest.mark.parametrize("fault,sentence,remedy", [
    (DENIED, "may not log in as other people: it needs the Admin role", "A Looker admin can give it."),
    (GONE, "does not let the bot's account log in as other people", "A Looker admin can give it the Admin role."),
    (CORE, "is Looker (Google Cloud core), where nobody can log in as another person", "`LOOKERBOT_RUN_AS_ASKER=false`")])
def test_the_bot_may_not(own_rights: Stack, fault: dict[str, Any], sentence: str, remedy: str) -> None:
    own_rights.fault(fault)
    # Whoever asked before has a token; Chiara never did.
    ack = own_rights.slash("sales", user="U0CHIARA")
    told = words(own_rights.answer(ack, "hook"))
    assert sentence in told and remedy in told
    assert calls(own_rights, ack, "POST /queries", kind="looker") == [], "never with the bot's own rights instead"
    own_rights.clear_faults()


def test_the_bot_sees_no_addresses(own_rights: Stack) -> None:
    own_rights.fault({"where": "looker", "match": "GET /users/search", "do": "status", "status": 200,
                      "body": [{"id": "11", "display_name": "Ada Okafor"}, {"id": "12", "display_name": "Benji Sato"}]})
    said(own_rights, "sales", "may not see the e-mail addresses of users", "the Admin role", user="U0BENJI")


# --- lookerbot check

def check(stack: Stack) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([BUILD / "cli" / "lookerbot", "check"], env=stack.environment(), cwd=stack.folder, text=True,
                          capture_output=True, timeout=60)


def test_check_tries_it_out(own_rights: Stack) -> None:
    checked = check(own_rights)
    assert checked.returncode == 0, checked.stdout
    assert "LOOKERBOT_RUN_AS_ASKER: may find users and log in as them" in checked.stdout
    asked = [record["name"] for record in own_rights.records(kind="looker") if record["name"].startswith("POST /login/")]
    assert asked == ["POST /login/7"], "as nobody but the bot itself"


def test_check_says_nothing_of_it_when_it_is_off(stack: Stack) -> None:
    assert "RUN_AS_ASKER" not in check(stack).stdout
    assert [r for r in stack.records(kind="looker") if r["name"].startswith(("POST /login/", "GET /users"))] == []


@pytest.mark.parametrize("fault,problem,fix", [
    (DENIED, "the bot's Looker account", "Give the bot's Looker user the Admin role"),
    (GONE, "The bot's Looker account may not log in as other people", "Give the bot's Looker user the Admin role"),
    (CORE, "is Looker (Google Cloud core)", "Set LOOKERBOT_RUN_AS_ASKER=false: Looker (Google Cloud core)"),
    ({**DENIED, "status": 503}, "login as another user", "then try again"),
    ({**GONE, "match": "GET /users/search"}, "not found", "Give the bot's Looker user the Admin role"),
    ({**DENIED, "match": "GET /users/search", "status": 200, "body": [{"id": "7"}, {"id": "11"}]},
     "sees no other user's e-mail address", "Give the bot's Looker user the Admin role")])
def test_check_names_what_is_missing(own_rights: Stack, fault: dict[str, Any], problem: str, fix: str) -> None:
    own_rights.fault(fault)
    checked = check(own_rights)
    own_rights.clear_faults()
    assert checked.returncode == 1
    told = checked.stdout[checked.stdout.index("LOOKERBOT_RUN_AS_ASKER"):]
    assert problem in told and fix in told and "1 fault" in told, checked.stdout


def test_check_wants_the_scope(own_rights: Stack) -> None:
    own_rights.workspace(without_scopes=["users:read.email"])
    checked = check(own_rights)
    assert checked.returncode == 1 and "Slack: the scope users:read.email is missing" in checked.stdout
