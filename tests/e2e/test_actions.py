"""Data actions: their buttons, performed as the presser and at most once, what Looker says, and their forms."""
from __future__ import annotations

import contextlib
import itertools
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Iterator, Optional

import pytest

from badday import by_hook, database, kinds, log_end, logged, never, posted, taken, words
from stack import Stack
from test_people import GUEST, say

OLD = "That button is too old: please run it again."
UNKNOWN = ":warning: I do not know whether *Mark as handled* was done"
HANDLED = ":white_check_mark: Ticket closed!"
DESK = ["Mark as handled", "Assign", "Escalate", "Connect the help desk"]
CALL = "POST /data_actions"
CHANNELS = itertools.cycle(("C0SUPPORT", "C0SALES", "C0GENERAL", "C0ALERTS"))  # a message a second in each


class Answer:
    """An answer of the bot's with what can be pressed in it."""

    def __init__(self, stack: Stack, text: str, user: str = "U0ADA") -> None:
        self.stack, self.channel = stack, next(CHANNELS)
        ack = taken(stack.slash(text, channel=self.channel, user=user))
        record = stack.wait(kind="slack", name="chat.postMessage", ok=1, after=ack["n"])[0]
        self.message, self.ts = record["body"], record["answer"]["ts"]
        self.elements = [one for block in self.message["blocks"] if block["type"] == "actions"
                         for one in block["elements"] if "action" in one["action_id"]]

    def labels(self) -> list[str]:
        return [one["text"]["text"] for one in self.elements]

    def press(self, label: str = "Mark as handled", user: str = "U0ADA", **more: Any) -> dict[str, Any]:
        which = next(one["action_id"] for one in self.elements if one["type"] == "button" and one["text"]["text"] == label)
        ack = self.stack.press(self.channel, self.ts, user, action_id=which, **more)
        assert (ack["status"], ack["error"], ack["body"]) == (200, None, ""), ack
        return ack


def desk(stack: Stack, **settings: Any) -> dict[str, Any]:
    """What the fake Looker has performed; with arguments: how it answers from now on."""
    assert stack.sandbox is not None
    if settings:
        return stack.sandbox.call("POST", "/sandbox/actions", settings)
    return stack.sandbox.call("GET", "/sandbox/actions")


def said(stack: Stack, ack: dict[str, Any], timeout: float = 30) -> str:
    """What the presser alone was told."""
    body = by_hook(stack, ack, timeout)
    assert body.get("response_type") == "ephemeral" and not body.get("replace_original"), body
    return body["text"]


def later(stack: Stack) -> None:
    """As if the last press of each button had ended a minute ago."""
    with contextlib.closing(database(stack)) as db:
        db.execute("UPDATE states SET value = CAST(json_set(CAST(value AS TEXT), '$.ended_ms',"
                   " json_extract(CAST(value AS TEXT), '$.ended_ms') - 60000) AS BLOB) WHERE key LIKE 'action:%'")


# --- buttons ---

def test_a_value_has_buttons(stack: Stack) -> None:
    answer = Answer(stack, "open tickets")
    assert answer.labels() == DESK
    assert all(re.fullmatch(r"[0-9a-f]{32}\.\d", one["value"]) for one in answer.elements)
    assert len({one["value"][:32] for one in answer.elements}) == 1
    assert "helpdesk" not in json.dumps(answer.message), "the action itself stays with the bot"


def test_a_record_has_a_menu_of_many(stack: Stack) -> None:
    answer = Answer(stack, "ticket")
    menu = answer.elements[0]
    assert [one["type"] for one in answer.elements] == ["static_select"] and len(menu["options"]) == 7
    assert [one["text"]["text"] for one in menu["options"]][:4] == DESK
    ack = stack.press(answer.channel, answer.ts, action_id=menu["action_id"], value=menu["options"][0]["value"])
    assert said(stack, ack) == HANDLED
    assert desk(stack)["counts"] == {"Mark as handled": 1}


def test_a_form_from_the_menu(stack: Stack) -> None:
    answer = Answer(stack, "ticket")
    menu = answer.elements[0]
    assign = next(one["value"] for one in menu["options"] if one["text"]["text"] == "Assign")
    ack = stack.press(answer.channel, answer.ts, action_id=menu["action_id"], value=assign)
    stack.wait(kind="slack", name="views.open", ok=1, after=ack["n"])
    assert list(labels(updated(stack, ack["n"])))[0] == "Assign to"


def test_a_table_has_none(stack: Stack) -> None:
    assert Answer(stack, "sales EMEA").elements == []


def test_switched_off(make_stack: Any) -> None:
    with make_stack(env_file=True).running() as stack:
        answer = Answer(stack, "open tickets")
        assert answer.labels() == DESK
        stack.write_settings(LOOKERBOT_DATA_ACTIONS_IN_MESSAGES="false")
        stack.reload()
        assert "LOOKERBOT_DATA_ACTIONS_IN_MESSAGES=false" in said(stack, answer.press())
        assert Answer(stack, "open tickets").elements == []
        assert desk(stack)["performed"] == []


# --- presses ---

def number(message: dict[str, Any]) -> int:
    found = re.search(r"\*(?:<[^|>]*\|)?([\d,]+)>?\*", words(message))
    assert found, message
    return int(found[1].replace(",", ""))


def test_performed_told_and_refreshed(stack: Stack) -> None:
    answer = Answer(stack, "open tickets")
    before = number(answer.message)
    ack = answer.press()
    assert said(stack, ack) == HANDLED
    done = desk(stack)["performed"]
    assert [(one["label"], one["user"], one["form_values"]) for one in done] == [("Mark as handled", "7", {})]
    updated = stack.wait(kind="slack", name="chat.update", ok=1, after=ack["n"])[0]["body"]
    assert updated["ts"] == answer.ts and number(updated) == before - 1
    assert updated["metadata"]["event_payload"]["delivery_id"]


def test_anothers_press_refreshes_in_private(stack: Stack) -> None:
    answer = Answer(stack, "open tickets")
    before = number(answer.message)
    ack = answer.press(user="U0BENJI")
    bodies = [one["body"] for one in stack.wait(2, kind="hook", name=f"POST {ack['hook']}", ok=1)]
    assert {one["response_type"] for one in bodies} == {"ephemeral"}
    assert any(one["text"] == HANDLED for one in bodies)
    assert [number(one) for one in bodies if " refreshed " in words(one)] == [before - 1]
    assert stack.records(kind="slack", name="chat.update") == []


def test_a_press_during_another_one_counts_once(stack: Stack) -> None:
    desk(stack, label="Mark as handled", delay=1.5)
    answer = Answer(stack, "open tickets")
    with ThreadPoolExecutor() as pool:
        acks = list(pool.map(lambda _: answer.press(), range(3)))
    texts = sorted(said(stack, ack) for ack in acks)
    assert texts == [":hourglass_flowing_sand: *Mark as handled* is under way already: I tell you here when it has "
                     "ended."] * 2 + [HANDLED]
    assert desk(stack)["counts"] == {"Mark as handled": 1}


def test_a_double_click_counts_once_and_a_later_press_again(stack: Stack) -> None:
    answer = Answer(stack, "open tickets")
    assert said(stack, answer.press()) == HANDLED
    done, quick = 1, False
    while not quick:  # a machine that takes two seconds for this has pressed later
        since, start = log_end(stack), time.monotonic()
        with contextlib.closing(database(stack)) as db:
            db.execute("UPDATE states SET value = CAST(json_set(CAST(value AS TEXT), '$.ended_ms', ?) AS BLOB)"
                       " WHERE key LIKE 'action:%'", (_now_ms(db),))
        ack = answer.press()
        quick = time.monotonic() - start < 2
        end = logged(stack, since, "event=job_done .*kind=press")[0]
        done += "performs it" in end
        assert not quick or "pressed twice" in end
        if not quick:
            said(stack, ack)
    assert desk(stack)["counts"] == {"Mark as handled": done}
    later(stack)
    assert said(stack, answer.press()) == HANDLED
    assert desk(stack)["counts"] == {"Mark as handled": done + 1}


def _now_ms(db: Any) -> int:
    return int(db.execute("SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)").fetchone()[0])


def test_two_people_are_two_presses(stack: Stack) -> None:
    answer = Answer(stack, "open tickets")
    for user in ("U0ADA", "U0BENJI"):
        assert said(stack, answer.press(user=user)) == HANDLED
    assert desk(stack)["counts"] == {"Mark as handled": 2}


def test_below_an_answer_that_one_person_sees(stack: Stack) -> None:
    """In a channel with another company: the answer is run again in its place, and nobody else sees it."""
    ack = taken(stack.slash("open tickets", channel="C0PARTNERS"))
    before = number(by_hook(stack, ack))
    ts = [one for one in stack.conversation("C0PARTNERS", "U0ADA") if one.get("_ephemeral_to") == "U0ADA"][-1]["ts"]
    ack = stack.press("C0PARTNERS", ts, action_id="action-0")
    bodies = [one["body"] for one in stack.wait(2, kind="hook", name=f"POST {ack['hook']}", ok=1)]
    assert any(one["text"] == HANDLED for one in bodies)
    assert [number(one) for one in bodies if one.get("replace_original")] == [before - 1]
    ts = [one for one in stack.conversation("C0PARTNERS", "U0ADA") if "actions" in kinds(one)][-1]["ts"]
    desk(stack, label="Assign", refresh_query=True)
    ack = stack.press("C0PARTNERS", ts, action_id="modal-action-1")
    stack.wait(kind="slack", name="views.open", ok=1, after=ack["n"])
    updated(stack, ack["n"])
    submit(stack, {"Assign to": "Ada Okafor"})
    stack.wait(kind="hook", name=f"POST {ack['hook']}", ok=1, text="refreshed")
    assert posted(stack, "C0PARTNERS") == []


def test_in_a_thread(stack: Stack) -> None:
    """The word to the presser stands in the thread, too."""
    root = say(stack, "hello", channel="C0SUPPORT")
    asked = say(stack, "@looker open tickets", channel="C0SUPPORT", thread_ts=root["ts"])
    record = stack.wait(kind="slack", name="chat.postMessage", ok=1, after=asked["n"])[0]
    assert record["body"]["thread_ts"] == root["ts"]
    ack = stack.press("C0SUPPORT", record["answer"]["ts"], action_id="action-0")
    told = stack.wait(kind="slack", name="chat.postEphemeral", ok=1, after=ack["n"])[0]["body"]
    assert (told["text"], told["thread_ts"], told["user"]) == (HANDLED, root["ts"], "U0ADA")
    assert stack.wait(kind="slack", name="chat.update", ok=1, after=ack["n"])[0]["body"]["ts"] == record["answer"]["ts"]


def test_guests_are_refused(stack: Stack) -> None:
    answer = Answer(stack, "open tickets")
    assert said(stack, answer.press(user="U0GUEST")) == GUEST
    assert desk(stack)["performed"] == []


@pytest.fixture(scope="module")
def _own_rights() -> Iterator[Stack]:
    stack = Stack(settings={"LOOKERBOT_RUN_AS_ASKER": "true", "LOOKER_WEBHOOK_TOKEN": "sandbox-webhook-token-not-a-secret"})
    with stack.running():
        yield stack


def test_as_the_presser(_own_rights: Stack) -> None:
    stack = _own_rights
    stack.reset()
    answer = Answer(stack, "open tickets")
    assert said(stack, answer.press(user="U0BENJI")) == HANDLED
    assert said(stack, answer.press(user="U0ADA")) == HANDLED
    assert [one["name"] for one in desk(stack)["performed"]] == ["Benji Sato", "Ada Okafor"]


# --- at most once ---

def test_killed_between_the_call_and_its_record(make_stack: Any) -> None:
    with make_stack().running() as stack:
        answer = Answer(stack, "open tickets")
        desk(stack, label="Mark as handled", delay=60, times=1)
        ack = answer.press()
        stack.wait(kind="looker", name=CALL, done=0, after=ack["n"])
        stack.kill_bot()
        stack.restart_bot()
        text = said(stack, ack)
        assert text.startswith(UNKNOWN + ": the bot was stopped while it waited for Looker's answer.")
        assert "I do not try it again by myself. Please look in <http" in text
        stack.log_contains("event=job_dead .*not known whether the action was done")
        assert desk(stack)["counts"] == {"Mark as handled": 1}, "performed exactly once"
        later(stack)
        assert said(stack, answer.press()) == HANDLED, "who has looked may press again"


@pytest.mark.parametrize("fault", [{"do": "down", "after": True}, {"do": "hang", "seconds": 1}, {"do": "truncate"}, {"do": "garbage"},
                                   {"do": "html", "status": 504}, {"do": "status", "status": 500, "body": {"message": "oops"}}])
def test_an_answer_that_is_lost(stack: Stack, fault: dict[str, Any]) -> None:
    answer = Answer(stack, "open tickets")
    stack.fault({"where": "looker", "match": CALL, **fault})
    ack = answer.press()
    assert said(stack, ack).startswith(UNKNOWN)
    stack.log_contains("event=job_dead .*not known whether the action was done")
    never(stack, 0.5, kind="looker", name=CALL, after=ack["n"], count=2)


@pytest.mark.parametrize("status, body, why", [
    (400, {"message": "No such action"}, "No such action"), (403, {"message": "Not allowed"}, "Not allowed"),
    (404, {"message": "Not found"}, "not found, or the Looker account may not see it"),
    (422, {"message": "Validation Failed", "errors": [{"field": "action", "message": "is old"}]}, "action: is old")])
def test_refused_by_looker(stack: Stack, status: int, body: Any, why: str) -> None:
    answer = Answer(stack, "open tickets")
    stack.fault({"where": "looker", "match": CALL, "do": "status", "status": status, "body": body})
    text = said(stack, answer.press())
    assert text.startswith(":warning: Couldn't perform action due to an error: Looker at ") and why in text
    assert "Nothing was done." in text


def test_too_many_calls_are_waited_for(stack: Stack) -> None:
    answer = Answer(stack, "open tickets")
    stack.fault({"where": "looker", "match": CALL, "do": "ratelimit", "retry_after": 3, "times": 1})
    assert said(stack, answer.press()) == HANDLED
    assert desk(stack)["counts"] == {"Mark as handled": 1}


def test_one_whose_time_is_up(stack: Stack) -> None:
    answer = Answer(stack, "open tickets")
    stack.fault({"where": "looker", "match": CALL, "do": "ratelimit", "retry_after": 3, "times": 1})
    since = log_end(stack)
    ack = answer.press()
    logged(stack, since, "event=job_later .*kind=action")
    with contextlib.closing(database(stack)) as db:
        db.execute("UPDATE jobs SET expires_ms = 1 WHERE kind = 'action' AND state = 0")
    assert said(stack, ack).endswith("it took too long to get to it. Nothing was done." + hint(stack, since))
    assert desk(stack)["performed"] == []


def hint(stack: Stack, since: int) -> str:
    """What the bot's owner finds the log's lines by."""
    line = logged(stack, since, "event=request .*route=/slack/action")[0]
    found = re.search(r" id=([0-9a-f]{8})", line)
    assert found
    return f" (request {found[1]})"


@pytest.mark.parametrize("setting, text", [
    ({"message": "Sent!"}, ":white_check_mark: Sent!"),
    ({"message": ""}, ":white_check_mark: Done!"),
    ({"success": False, "message": "No such ticket <#C0SALES>"}, ":x: No such ticket &lt;#C0SALES&gt;."),
    ({"success": False, "message": ""}, ":x: *Mark as handled* failed, and Looker does not say why."),
    ({"validation_errors": {"why": "Too short", "how": "Unknown"}}, ":x: Too short\n:x: Unknown"),
    ({"message": "", "validation_errors": {"message": "Not now", "errors": []}}, ":x: Not now."),
    ({"message": "", "validation_errors": {"message": "Not now"}}, ":x: Not now.")])
def test_what_looker_says(stack: Stack, setting: dict[str, Any], text: str) -> None:
    desk(stack, label="Mark as handled", **setting)
    assert said(stack, Answer(stack, "open tickets").press()) == text


# --- what a message says is not believed ---

FORGED = json.dumps({"lookerUrl": "http://127.0.0.1", "action": {
    "label": "Mark as handled", "type": "action", "url": "https://helpdesk.acme-shop.example/handled", "params": {"ticket": "1"}}})


@pytest.mark.parametrize("fields", [
    {"type": "interactive_message", "callback_id": "data_action",
     "actions": [{"name": "data_action", "type": "button", "value": FORGED}]},
    {"actions": [{"type": "button", "action_id": "action-0", "value": FORGED, "action_ts": "1.1"}]},
    {"actions": [{"type": "button", "action_id": "action-0", "value": "0" * 32 + ".0", "action_ts": "1.2"}]},
    {"actions": [{"type": "button", "action_id": "action-0", "value": "KEY", "action_ts": "1.3"}]},
    {"actions": [{"type": "button", "action_id": "action-0", "value": "KEY.99", "action_ts": "1.4"}]},
    {"actions": [{"type": "button", "action_id": "action-0", "value": "KEY.-1", "action_ts": "1.5"}]}])
def test_forged(stack: Stack, fields: dict[str, Any]) -> None:
    answer = Answer(stack, "open tickets")
    key = answer.elements[0]["value"][:32]
    fields = {**fields, "actions": [{**one, "value": one["value"].replace("KEY", key)} for one in fields["actions"]]}
    assert said(stack, answer.press(overrides={"fields": fields})) == OLD
    assert desk(stack)["performed"] == [] and stack.records(kind="looker", name=CALL) == []


# --- forms ---

def views(stack: Stack, user: str = "U0ADA") -> list[dict[str, Any]]:
    assert stack.sandbox is not None
    return stack.sandbox.call("GET", f"/sandbox/views?user={user}")["views"]


def opened(stack: Stack, label: str, answer: Optional[Answer] = None, **more: Any) -> dict[str, Any]:
    """The form when it is there: after "Loading…"."""
    ack = (answer or Answer(stack, "open tickets")).press(label, **more)
    stack.wait(kind="slack", name="views.open", ok=1, after=ack["n"])
    return updated(stack, ack["n"])


def updated(stack: Stack, after: int) -> dict[str, Any]:
    record = stack.wait(kind="slack", name="views.update", ok=1, after=after)[0]
    return {"n": record["n"], **record["body"]["view"]}


def labels(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields by their labels."""
    return {one["label"]["text"]: one for one in view["blocks"] if one["type"] == "input"}


def submit(stack: Stack, values: dict[str, Any], **more: Any) -> dict[str, Any]:
    assert stack.sandbox is not None
    return stack.sandbox.call("POST", "/sandbox/submit", {"user": "U0ADA", "values": values, **more})


def test_a_form_of_its_own(stack: Stack) -> None:
    view = opened(stack, "Assign")
    fields = labels(view)
    assert list(fields) == ["Assign to", "Priority", "Note", "Due"] and view["title"]["text"] == "Assign"
    assert [one["element"]["type"] for one in fields.values()] == ["static_select", "static_select", "plain_text_input",
                                                                   "plain_text_input"]
    assert not fields["Assign to"].get("optional") and fields["Note"]["optional"]
    assert fields["Note"]["element"]["multiline"] and fields["Note"]["hint"]["text"] == "The customer does not see it"
    assert fields["Due"]["element"]["initial_value"] == "tomorrow"
    assert fields["Priority"]["element"]["initial_option"]["text"]["text"] == "Normal"
    assert re.fullmatch(r"[0-9a-f]{32}", view["private_metadata"]) and "helpdesk" not in json.dumps(view)
    sent = submit(stack, {"Assign to": "Benji Sato", "Note": "Call *back* <soon>"})
    assert sent["sent"] and sent["response_action"] == "update"
    last = updated(stack, sent["n"])
    assert ":white_check_mark: Assigned to benji_sato!" in words(last) and "submit" not in last
    assert [one["form_values"] for one in desk(stack)["performed"]] == [
        {"assignee": "benji_sato", "priority": "normal", "note": "Call *back* <soon>", "due": "tomorrow"}]


def test_errors_above_their_fields(stack: Stack) -> None:
    opened(stack, "Assign")
    desk(stack, label="Assign", validation_errors={"note": "Too long", "other": "Not on Sundays"}, times=1)
    sent = submit(stack, {"Assign to": "Ada Okafor", "Note": "some words", "Due": ""})
    again = updated(stack, sent["n"])
    text = words(again)
    assert "Too long" in text and ":x: Not on Sundays" in text and text.index("Too long") < text.index("Note")
    fields = labels(again)
    assert fields["Note"]["element"]["initial_value"] == "some words"
    assert "initial_value" not in fields["Due"]["element"], "what was emptied stays empty"
    assert fields["Assign to"]["element"]["initial_option"]["text"]["text"] == "Ada Okafor"
    sent = submit(stack, {})
    assert "Assigned to ada_okafor" in words(updated(stack, sent["n"]))
    assert desk(stack)["counts"] == {"Assign": 2}


def test_a_failure_without_a_field(stack: Stack) -> None:
    opened(stack, "Assign")
    desk(stack, label="Assign", success=False, message="The desk is closed", times=1)
    again = updated(stack, submit(stack, {"Assign to": "Ada Okafor"})["n"])
    assert ":x: The desk is closed." in words(again) and list(labels(again)) == ["Assign to", "Priority", "Note", "Due"]


def test_a_required_field_is_asked_for_at_once(stack: Stack) -> None:
    opened(stack, "Assign")
    sent = submit(stack, {"Note": "x"}, force=True)
    assert sent["response_action"] == "errors" and len(sent["errors"]) == 1
    assert desk(stack)["performed"] == []


def test_a_form_from_the_actions_server(stack: Stack) -> None:
    assert stack.sandbox is not None
    view = opened(stack, "Escalate")
    assert list(labels(view)) == ["Why", "Team", "Customer"] and "*About*\nSomebody is called out of bed." in words(view)
    customer = labels(view)["Customer"]["element"]
    assert customer["type"] == "external_select"
    offered = stack.sandbox.call("POST", "/sandbox/suggest", {"user": "U0ADA", "name": "Customer", "text": "mer 24"})
    assert [one["text"]["text"] for one in offered["options"]] == [f"Customer {n}" for n in range(240, 250)]
    # What is chosen brings another field; what was typed stays.
    ack = stack.sandbox.call("POST", "/sandbox/press", {"user": "U0ADA", "modal": True, "name": "Team", "value": "Support",
                                                        "values": {"Why": "It burns"}})
    again = updated(stack, ack["n"])
    fields = labels(again)
    assert list(fields) == ["Why", "Team", "Person", "Customer"]
    assert fields["Why"]["element"]["initial_value"] == "It burns"
    assert fields["Team"]["element"]["initial_option"]["text"]["text"] == "Support"
    stack.sandbox.call("POST", "/sandbox/suggest", {"user": "U0ADA", "name": "Customer", "text": "Customer 007"})
    sent = submit(stack, {"Person": "Gil Fontaine", "Customer": "Customer 007"})
    assert "Called gil_fontaine" in words(updated(stack, sent["n"]))
    assert desk(stack)["performed"][0]["form_values"] == {"why": "It burns", "team": "support", "person": "gil_fontaine",
                                                          "customer": "customer_007"}


def test_a_login_link(stack: Stack) -> None:
    view = opened(stack, "Connect the help desk")
    links = [one for block in view["blocks"] if block["type"] == "actions" for one in block["elements"]] + [
        block["accessory"] for block in view["blocks"] if "accessory" in block]
    assert [one["url"] for one in links] == ["https://helpdesk.acme-shop.example/login"]
    assert "submit" not in view and labels(view) == {}


def test_a_form_that_cannot_be_had(stack: Stack) -> None:
    desk(stack, label="Escalate", form_error="The desk does not answer")
    text = words(opened(stack, "Escalate"))
    assert ":warning: I could not get the form of this action: " in text and "The desk does not answer" in text
    assert "Nothing was done." in text


def test_a_form_is_performed_as_the_presser(_own_rights: Stack) -> None:
    stack = _own_rights
    stack.reset()
    opened(stack, "Assign")
    updated(stack, submit(stack, {"Assign to": "Benji Sato"})["n"])
    assert [one["name"] for one in desk(stack)["performed"]] == ["Ada Okafor"]


def test_a_form_whose_answer_is_lost(stack: Stack) -> None:
    opened(stack, "Assign")
    stack.fault({"where": "looker", "match": CALL, "do": "down", "after": True})
    sent = submit(stack, {"Assign to": "Benji Sato"})
    assert ":warning: I do not know whether *Assign* was done" in words(updated(stack, sent["n"]))
    assert desk(stack)["counts"] == {"Assign": 1}


def test_killed_while_a_form_is_performed(make_stack: Any) -> None:
    with make_stack().running() as stack:
        opened(stack, "Assign")
        desk(stack, label="Assign", delay=60, times=1)
        sent = submit(stack, {"Assign to": "Benji Sato"})
        stack.wait(kind="looker", name=CALL, done=0, after=sent["n"])
        stack.kill_bot()
        stack.restart_bot()
        assert ":warning: I do not know whether *Assign* was done" in words(updated(stack, sent["n"]))
        assert desk(stack)["counts"] == {"Assign": 1}


def test_what_may_have_been_done_is_never_told_as_not_done(make_stack: Any) -> None:
    """Killed while four forms are performed; then there is no time, no luck, no right and no form left, and no actions at all."""
    cases = {"U0ADA": "UPDATE jobs SET expires_ms = 1 WHERE id = :id", "U0BENJI": "UPDATE jobs SET deaths = 3 WHERE id = :id",
             "U0CHIARA": "DELETE FROM states WHERE key LIKE 'person:U0CHIARA%'", "U0GUEST": "DELETE FROM states WHERE key = 'key:' || :key"}
    with make_stack(env_file=True).running() as stack:
        stack.workspace(people={"U0GUEST": {"is_restricted": False, "is_ultra_restricted": False}})
        answer = Answer(stack, "open tickets")
        desk(stack, label="Assign", delay=60, times=len(cases))
        keys = {}
        for user in cases:
            keys[user] = opened(stack, "Assign", answer, user=user)["private_metadata"]
            sent = submit(stack, {"Assign to": "Benji Sato"}, user=user)
            stack.wait(kind="looker", name=CALL, done=0, after=sent["n"])
        stack.kill_bot()
        stack.write_settings(LOOKERBOT_DATA_ACTIONS_IN_MESSAGES="false")
        stack.workspace(people={"U0CHIARA": {"is_restricted": True}})
        with contextlib.closing(database(stack)) as db:
            ids = [row[0] for row in db.execute("SELECT id FROM jobs WHERE kind = 'submit' ORDER BY id")]
            for (user, change), job in zip(cases.items(), ids, strict=True):
                assert db.execute(change, {"id": job, "key": keys[user]}).rowcount == 1
        stack.restart_bot()
        stack.wait(len(cases), kind="slack", name="views.update", ok=1, after=sent["n"])
        texts = {user: words(views(stack, user)[-1]) for user in cases}
        for user in ("U0ADA", "U0BENJI", "U0CHIARA"):
            assert ":warning: I do not know whether *Assign* was done" in texts[user], (user, texts[user])
        assert ":warning: I do not know what came of this" in texts["U0GUEST"]
        assert desk(stack)["counts"] == {"Assign": len(cases)}
        stack.log_contains("event=job_dead .*not known", len(cases))


def test_a_form_that_is_fetched_again_too_late(stack: Stack) -> None:
    """What the fetching says does not stand where it is told what was done."""
    view = opened(stack, "Escalate")
    desk(stack, label="Escalate", form_delay=2, form_error="The desk does not answer", times=2)
    assert stack.sandbox is not None
    since = log_end(stack)
    ack = stack.sandbox.call("POST", "/sandbox/press", {"user": "U0ADA", "modal": True, "name": "Team", "value": "Support",
                                                        "values": {"Why": "It burns"}})
    stack.wait(kind="looker", name=CALL + "/form", done=0, after=ack["n"])
    desk(stack, label="Escalate", message="Called them", validation_errors={"about": "Not on Sundays"})
    submit(stack, {})
    logged(stack, since, "event=job_done .*kind=submit")
    logged(stack, since, "event=job_done .*kind=press")
    text = words(views(stack)[-1])
    assert "Not on Sundays" in text and "could not get the form" not in text
    assert views(stack)[-1]["private_metadata"] != view["private_metadata"]


def test_who_closes_a_form_hears_what_was_wrong_with_it(stack: Stack) -> None:
    answer = Answer(stack, "open tickets")
    ack = answer.press("Assign")
    stack.wait(kind="slack", name="views.open", ok=1, after=ack["n"])
    updated(stack, ack["n"])
    desk(stack, label="Assign", delay=1.5, validation_errors={"note": "Too long"}, times=1)
    sent = submit(stack, {"Assign to": "Ada Okafor"})
    stack.wait(kind="looker", name=CALL, done=0, after=sent["n"])
    assert stack.sandbox is not None
    stack.sandbox.call("POST", "/sandbox/close", {"user": "U0ADA"})
    assert said(stack, ack) == "*Assign*\n:x: Too long"


def test_a_form_asks_to_run_the_answer_again(stack: Stack) -> None:
    answer = Answer(stack, "open tickets")
    opened(stack, "Assign", answer)
    desk(stack, label="Assign", refresh_query=True)
    sent = submit(stack, {"Assign to": "Benji Sato"})
    refreshed = stack.wait(kind="slack", name="chat.update", ok=1, after=sent["n"])[0]["body"]
    assert refreshed["ts"] == answer.ts and "actions" in kinds(refreshed)


def test_the_readmes_examples(_own_rights: Stack) -> None:
    """Looker calls the bot itself: a channel that is chosen, one that is set, words that are asked for."""
    stack = _own_rights
    stack.reset()
    answer = Answer(stack, "ticket")
    menu = answer.elements[0]
    values = {one["text"]["text"]: one["value"] for one in menu["options"]}

    def choose(label: str) -> dict[str, Any]:
        return stack.press(answer.channel, answer.ts, action_id=menu["action_id"], value=values[label])
    assert said(stack, choose("Ping Channel")) == ":white_check_mark: Sent!"
    stack.wait(kind="slack", name="chat.postMessage", ok=1, channel="C0ALERTS", text="I sent a value from Slack")
    for label, filled, channel, text in (("Send to Slack Channel", {"Share In": "#sales"}, "C0SALES", "I sent a value from Slack"),
                                         ("Ask a Question", {"message": "What is this?"}, "C0ALERTS", "What is this?")):
        ack = choose(label)
        stack.wait(kind="slack", name="views.open", ok=1, after=ack["n"])
        updated(stack, ack["n"])
        sent = submit(stack, filled)
        assert ":white_check_mark: Sent!" in words(updated(stack, sent["n"]))
        stack.wait(kind="slack", name="chat.postMessage", ok=1, channel=channel, text=text, after=sent["n"])
