"""Forms: "Change filters" under an answer, in a modal and back as a command; long lists; what goes wrong on the way."""
from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

import pytest

from badday import by_hook, calls, database, log_end, logged, posted, taken, words
from stack import Stack, http_request
from test_people import say

TOO_LATE = "Slack could not open the form in time: please press again."
REGIONS = {"where": "looker", "match": "GET /models/", "do": "status", "status": 200,
           "body": {"suggestions": ["EMEA", "APAC", "North America", "50% off, \"really\"", "a, b"], "error": None}}
CITIES = {**REGIONS, "body": {"suggestions": [f"City {i}" for i in range(5000)]}}


@pytest.fixture(autouse=True)
def _nothing_is_kept(request: pytest.FixtureRequest) -> None:
    """What another test had Looker suggest."""
    if "stack" in request.fixturenames:
        with database(request.getfixturevalue("stack")) as db:
            db.execute("DELETE FROM states WHERE key LIKE 'suggest:%'")


def control(stack: Stack, path: str, **spec: Any) -> dict[str, Any]:
    assert stack.sandbox is not None
    return stack.sandbox.call("POST", f"/sandbox/{path}", spec)


def press(stack: Stack, channel: str, ts: str, says: str = "", **more: Any) -> dict[str, Any]:
    ack = control(stack, "press", channel=channel, ts=ts, action_id="modal-filters", **more)
    assert ack["status"] == 200 and says in ack["body"] and (says or not ack["body"]), ack
    return ack


def top(stack: Stack, user: str = "U0ADA") -> dict[str, Any]:
    assert stack.sandbox is not None
    views = stack.sandbox.call("GET", f"/sandbox/views?user={user}")["views"]
    assert len(views) == 1
    return views[0]


def updated(stack: Stack, ack: dict[str, Any]) -> dict[str, Any]:
    """The modal once the bot has changed it."""
    stack.wait(kind="slack", name="views.update", ok=1, after=ack["n"])
    return top(stack)


def from_looker(stack: Stack, path: str) -> dict[str, Any]:
    """As the bot's own account gets it."""
    assert stack.sandbox is not None
    settings = stack.sandbox.settings
    form = urlencode({"client_id": settings["LOOKER_API_CLIENT_ID"], "client_secret": settings["LOOKER_API_CLIENT_SECRET"]})
    base = settings["LOOKER_API_BASE_URL"]
    token = http_request(f"{base}/login", "POST", form.encode(),
                         {"Content-Type": "application/x-www-form-urlencoded"}).json()["access_token"]
    return http_request(f"{base}/{path}", headers={"Authorization": f"Bearer {token}"}).json()


def answer_with_button(stack: Stack, text: str = "sales EMEA", channel: str = "C0GENERAL") -> str:
    ack = taken(stack.slash(text, channel=channel))
    message = stack.answer(ack)
    assert "Change filters" in words(message)
    return stack.conversation(channel)[-1]["ts"]


def form(stack: Stack, text: str = "sales EMEA") -> dict[str, Any]:
    """The form under an answer, as it opened."""
    ts = answer_with_button(stack, text)
    return updated(stack, press(stack, "C0GENERAL", ts))


def fields(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {block["label"]["text"]: block for block in view["blocks"] if block["type"] == "input"}


def initial(block: dict[str, Any]) -> Any:
    element = block["element"]
    return element.get("initial_value") or (element.get("initial_option") or {"text": {"text": None}})["text"]["text"]


def submit(stack: Stack, **values: Any) -> dict[str, Any]:
    return control(stack, "submit", values=values)


def test_the_filters_are_a_form_and_run(stack: Stack) -> None:
    stack.fault(REGIONS)
    view = form(stack)
    assert view["title"]["text"] == "Change filters" and view["submit"]["text"] == "Run"
    region, period = fields(view)["Region"], fields(view)["Period"]
    assert region["element"]["type"] == "static_select" and initial(region) == "EMEA"
    offered = [one["text"]["text"] for one in region["element"]["options"]]
    assert offered == ["EMEA", "APAC", "North America", "a, b"], "what no line can say is not offered"
    assert initial(period) == "30 days" and "last 7 days" in period["hint"]["text"]
    assert len(view["private_metadata"]) == 32
    ack = submit(stack, Region="North America", Period="last 7 days")
    assert (ack["status"], ack["response_action"]) == (200, "update")
    said = words(ack["view"])
    assert '`/looker sales Region="North America" Period="last 7 days"`' in said and "<#C0GENERAL>" in said
    message = stack.answer(ack)
    assert "Region: North America" in words(message) and "Period: last 7 days" in words(message)
    assert "<@U0ADA> asked" in words(message)
    assert len(posted(stack, "C0GENERAL")) == 2


def test_the_line_does_the_same(stack: Stack) -> None:
    stack.fault(REGIONS)
    form(stack)
    ack = submit(stack, Region="a, b", Period="")
    line = words(ack["view"]).split("`")[1]
    assert line == '/looker sales Region="a^, b" Period=""'
    by_form = words(stack.answer(ack))
    typed = words(stack.answer(taken(stack.slash(line.removeprefix("/looker ")))))
    assert "Region: a^, b" in by_form and "Period: any" in by_form
    assert by_form.split("·")[1:3] == typed.split("·")[1:3]


def test_a_value_that_is_missing(stack: Stack) -> None:
    """The private sentence has the button, too."""
    ack = taken(stack.slash("customer"))
    message = by_hook(stack, ack)
    assert "needs a value for" in message["text"] and "Change filters" in words(message)
    ts = [m for m in stack.conversation("C0GENERAL", "U0ADA") if m.get("_ephemeral_to") == "U0ADA"][-1]["ts"]
    view = updated(stack, press(stack, "C0GENERAL", ts))
    name, block = next(iter(fields(view).items()))
    assert block["optional"] is False
    ack = control(stack, "submit", values={}, force=True)
    assert ack["response_action"] == "errors" and list(ack["errors"].values()) == ["Please fill this in."]
    ack = submit(stack, **{name: "%a%"})
    assert ack["response_action"] == "update"
    assert "Customer: %a%" in words(stack.answer(ack))


def test_faults_are_told_at_their_fields(stack: Stack) -> None:
    view = form(stack)
    since = log_end(stack)
    ack = submit(stack, Region="EMEA", Period="a while ago")
    assert ack["response_action"] == "errors"
    assert list(ack["errors"]) == [fields(view)["Period"]["block_id"]]
    assert 'is not a date for Period' in list(ack["errors"].values())[0]
    logged(stack, since, "note=\"sent back with its faults\"")
    assert ack["view"]["_values"][fields(view)["Period"]["block_id"]].popitem()[1]["value"] == "a while ago"
    ack = submit(stack, Period="this month")
    assert ack["response_action"] == "update"
    stack.answer(ack)


def test_sent_twice_runs_once(stack: Stack) -> None:
    """Slack's own client sends it once; the same form again is refused."""
    view = form(stack)
    stack.answer(submit(stack, Period="this month"))
    since = log_end(stack)
    again = {"type": "view_submission", "view": {**view, "state": {"values": view["_values"]}}}
    press(stack, "C0GENERAL", posted(stack, "C0GENERAL")[0]["ts"], says="sent already", overrides={"fields": again})
    logged(stack, since, "note=duplicate")
    assert len(posted(stack, "C0GENERAL")) == 2


def test_in_a_thread_and_in_a_dm(stack: Stack) -> None:
    said = say(stack, "look at this")
    ask = say(stack, "@looker sales EMEA", thread_ts=said["ts"])
    posted_ts = stack.wait(kind="slack", name="chat.postMessage", ok=1, after=ask["n"])[0]["answer"]["ts"]
    updated(stack, press(stack, "C0GENERAL", posted_ts))
    assert stack.answer(submit(stack, Period="this month"))["thread_ts"] == said["ts"]
    control(stack, "close")
    ask = say(stack, "sales EMEA", channel="U0ADA")
    record = stack.wait(kind="slack", name="chat.postMessage", ok=1, after=ask["n"])[0]
    updated(stack, press(stack, record["channel"], record["answer"]["ts"]))
    ack = submit(stack, Period="this month")
    assert "into our conversation" in words(ack["view"]) and '`sales Region=EMEA Period="this month"`' in words(ack["view"])
    assert stack.answer(ack)["channel"] == record["channel"]


def test_where_the_bot_may_not_post(stack: Stack) -> None:
    """A private channel without the bot: by the response_url of the press."""
    ack = taken(stack.slash("sales EMEA", channel="C0BOARD"))
    by_hook(stack, ack)
    ts = stack.conversation("C0BOARD", "U0ADA")[-1]["ts"]
    pressed = press(stack, "C0BOARD", ts)
    updated(stack, pressed)
    submit(stack, Period="this month")
    assert "Period: this month" in words(by_hook(stack, pressed))


def test_five_thousand_suggestions(stack: Stack) -> None:
    stack.fault(CITIES)
    view = form(stack)
    element = fields(view)["Region"]["element"]
    assert element["type"] == "external_select" and initial(fields(view)["Region"]) == "EMEA"
    for typed, first, n in (("", "EMEA", 100), ("cITY 49", "City 49", 100), ("City 4999", "City 4999", 1), ("Oslo", None, 0)):
        got = control(stack, "suggest", name="Region", text=typed)
        assert (got["status"], got["error"], len(got["options"])) == (200, None, n)
        assert first is None or got["options"][0]["text"]["text"] == first
    ack = submit(stack, Region="City 4321")
    assert 'Region="City 4321"' in words(ack["view"])
    assert "Region: City 4321" in words(stack.answer(ack))


def test_suggestions_are_asked_for_once(stack: Stack) -> None:
    with database(stack) as db:
        db.execute("DELETE FROM states WHERE key LIKE 'suggest:%'")
    stack.fault(REGIONS)
    ts = answer_with_button(stack)
    first = press(stack, "C0GENERAL", ts)
    updated(stack, first)
    control(stack, "close")
    second = press(stack, "C0GENERAL", ts)
    updated(stack, second)
    assert len(calls(stack, first, "GET /models/")) == 1


def test_without_suggestions_it_is_a_text(stack: Stack) -> None:
    with database(stack) as db:
        db.execute("DELETE FROM states WHERE key LIKE 'suggest:%'")
    stack.fault({**REGIONS, "do": "error", "status": 500})
    view = form(stack)
    assert fields(view)["Region"]["element"]["type"] == "plain_text_input"
    hostile = "<!channel> *x* & 'y' =;"
    ack = submit(stack, Region=hostile)
    said = words(ack["view"])
    assert "<!channel>" not in said and "&lt;!channel&gt;" in said
    message = stack.answer(ack)
    assert "<!channel>" not in words(message) and "&lt;!channel&gt;" in words(message)


@pytest.mark.parametrize("length", [600, 3500])
def test_a_long_value_stays_whole(stack: Stack, length: int) -> None:
    """A field that cannot hold it would cut it: another value."""
    dashboard = from_looker(stack, "dashboards/21")
    region = next(one for one in dashboard["dashboard_filters"] if one["name"] == "Region")
    region["default_value"] = "EMEA" + ",EMEA" * (length // 5)
    stack.fault({**REGIONS, "do": "error", "status": 500},
                {"where": "looker", "match": "GET /dashboards/21", "do": "status", "status": 200, "body": dashboard})
    form(stack, "sales")
    ack = submit(stack, Period="last 7 days")
    assert ack["response_action"] == "update" and '`/looker sales Period="last 7 days"`' in words(ack["view"])
    stack.answer(ack)


def test_a_trigger_that_is_too_old(stack: Stack) -> None:
    ts = answer_with_button(stack)
    stack.fault({"where": "slack", "match": "views.open", "do": "error", "code": "expired_trigger_id"})
    message = by_hook(stack, press(stack, "C0GENERAL", ts))
    assert message["response_type"] == "ephemeral"
    assert message["text"].startswith(TOO_LATE) and "`/looker sales Region=EMEA Period=\"30 days\"`" in message["text"]


def test_a_dashboard_of_several_tiles(stack: Stack) -> None:
    """Its parent message has the button; the tiles in the thread have none."""
    dashboard = from_looker(stack, "dashboards/30")
    dashboard["dashboard_filters"][0]["required"] = True
    del dashboard["dashboard_elements"][2:]
    stack.fault({"where": "looker", "match": "GET /dashboards/30", "do": "status", "status": 200, "body": dashboard})
    ack = taken(stack.slash("shop overview"))
    record = stack.wait(kind="slack", name="chat.postMessage", ok=1, after=ack["n"])[0]
    assert "Change filters" in words(record["body"])
    stack.settle()
    parent = [m for m in stack.conversation() if m["ts"] == record["answer"]["ts"]][0]
    assert "Change filters" in words(parent), "still there when the tiles are"
    pressed = press(stack, "C0GENERAL", parent["ts"])
    assert list(fields(updated(stack, pressed))) == ["Period"]
    ack = submit(stack, Period="this year")
    assert '`/looker shop overview Period="this year"`' in words(ack["view"])
    assert "Period: this year" in words(stack.answer(ack))
    stack.settle()


def test_slack_is_away_when_the_form_should_open(stack: Stack) -> None:
    """A trigger is good once and for 3 s: nobody is kept waiting for a form."""
    ts = answer_with_button(stack)
    stack.fault({"where": "slack", "match": "views.open", "do": "status", "status": 503})
    message = by_hook(stack, press(stack, "C0GENERAL", ts))
    assert message["text"].startswith("Slack did not open the form.") and "`/looker sales " in message["text"]


def test_a_form_that_is_too_old(stack: Stack) -> None:
    form(stack)
    with database(stack) as db:
        assert db.execute("DELETE FROM states WHERE key LIKE 'key:%'").rowcount >= 1
    ack = submit(stack, Period="this month")
    assert ack["response_action"] == "update" and "too old" in words(ack["view"])
    assert len(posted(stack, "C0GENERAL")) == 1


def test_another_persons_form(stack: Stack) -> None:
    form(stack)
    ack = control(stack, "submit", overrides={"fields": {"user": {"id": "U0BENJI", "team_id": "T0ACMESHOP"}}})
    assert "too old" in words(ack["view"])
    assert len(posted(stack, "C0GENERAL")) == 1


def test_a_guest_gets_no_form(stack: Stack) -> None:
    ts = answer_with_button(stack, channel="C0SUPPORT")
    ack = press(stack, "C0SUPPORT", ts, user="U0GUEST")
    assert "as a guest user" in by_hook(stack, ack)["text"]
    assert calls(stack, ack, "views.open", "slack") == []


def test_who_may_no_longer_ask_is_told_in_the_form(stack: Stack) -> None:
    form(stack)
    with database(stack) as db:
        db.execute("DELETE FROM states WHERE key LIKE 'person:%'")
    stack.workspace(people={"U0ADA": {"is_restricted": True}})
    ack = submit(stack, Period="this month")
    assert "as a guest user" in words(updated(stack, ack))
    assert len(posted(stack, "C0GENERAL")) == 1


def test_slack_is_away_while_the_form_is_filled(stack: Stack) -> None:
    ts = answer_with_button(stack)
    since = log_end(stack)
    stack.fault({"where": "slack", "match": "views.update", "do": "status", "status": 503, "times": 1})
    ack = press(stack, "C0GENERAL", ts)
    logged(stack, since, "event=job_later .*kind=press")
    assert "Region" in fields(updated(stack, ack))
    assert len(calls(stack, ack, "GET /dashboards/21")) == 1, "Looker is not asked again"


def test_who_closes_it_hears_nothing_more(stack: Stack) -> None:
    ts = answer_with_button(stack)
    stack.fault({"where": "looker", "match": "GET /dashboards/21", "do": "delay", "seconds": 0.5})
    since = log_end(stack)
    ack = press(stack, "C0GENERAL", ts)
    stack.wait(kind="slack", name="views.open", ok=1, after=ack["n"])
    control(stack, "close")
    logged(stack, since, "event=job_done .*kind=press")
    assert calls(stack, ack, "chat.", "slack") == [] and calls(stack, ack, "POST /actions", "hook") == []


def test_the_dashboard_is_gone(stack: Stack) -> None:
    ts = answer_with_button(stack)
    stack.fault({"where": "looker", "match": "GET /dashboards/21", "do": "status", "status": 404, "body": {"message": "Not found"}})
    view = updated(stack, press(stack, "C0GENERAL", ts))
    assert ":warning: I could not do that" in words(view) and view.get("submit") is None


def test_killed_between_submission_and_answer(make_stack: Any) -> None:
    with make_stack().running() as stack:
        form(stack)
        stack.fault({"where": "looker", "match": "GET /dashboards/21", "do": "hang", "seconds": 20})
        ack = submit(stack, Period="this month")
        stack.wait(kind="looker", name="GET /dashboards/21", after=ack["n"], done=0)
        stack.kill_bot()
        stack.clear_faults()
        stack.restart_bot()
        assert "Period: this month" in words(stack.answer(ack))
        assert len(posted(stack, "C0GENERAL")) == 2


def test_a_loading_text_goes_when_the_time_is_up(make_stack: Any) -> None:
    with make_stack(settings={"LOOKER_SLACKBOT_LOADING_MESSAGES": None}).running() as stack:
        form(stack)
        stack.fault({"where": "looker", "match": "GET /queries/", "do": "delay", "seconds": 30})
        ack = submit(stack, Period="this month")
        stack.wait(kind="slack", name="chat.postMessage", ok=1, after=ack["n"], text=":hourglass_flowing_sand:")
        stack.kill_bot()
        stack.clear_faults()
        with database(stack) as db:
            assert db.execute("UPDATE jobs SET expires_ms = 1 WHERE kind = 'submit'").rowcount == 1
        stack.restart_bot()
        stack.wait(kind="slack", name="chat.delete", ok=1, after=ack["n"])
        stack.log_contains("event=job_dead .*it took too long to get to it")
        assert len(posted(stack, "C0GENERAL")) == 1


def test_killed_while_the_form_is_made(make_stack: Any) -> None:
    """The modal that is open gets the form; there is no second one."""
    with make_stack().running() as stack:
        ts = answer_with_button(stack)
        stack.fault({"where": "looker", "match": "GET /dashboards/21", "do": "hang", "seconds": 20})
        ack = press(stack, "C0GENERAL", ts)
        stack.wait(kind="looker", name="GET /dashboards/21", after=ack["n"], done=0)
        assert "Loading" in words(top(stack))
        stack.kill_bot()
        stack.clear_faults()
        stack.restart_bot()
        assert "Region" in fields(updated(stack, ack))
        assert len(calls(stack, ack, "views.open", "slack")) == 1


def test_with_the_pressers_own_rights(make_stack: Any) -> None:
    """Ada's answer, Benji's button: Looker is asked as Benji, for the form and for its answer."""
    with make_stack(settings={"LOOKERBOT_RUN_AS_ASKER": "true"}).running() as stack:
        stack.fault(REGIONS)
        ts = answer_with_button(stack)
        ack = press(stack, "C0GENERAL", ts, user="U0BENJI")
        stack.wait(kind="slack", name="views.update", ok=1, after=ack["n"])
        assert len(calls(stack, ack, "POST /login/12")) == 1
        assert "Region" in fields(top(stack, "U0BENJI"))
        sent = control(stack, "submit", user="U0BENJI", values={"Period": "this year"})
        message = stack.answer(sent)
        assert "<@U0BENJI> asked" in words(message) and " · as Benji Sato · " in words(message)


def test_over_socket_mode(make_stack: Any) -> None:
    with make_stack(relay="socket").running() as stack:
        stack.fault(CITIES)
        form(stack)
        got = control(stack, "suggest", name="Region", text="city 49")
        assert got["error"] is None and len(got["options"]) == 100
        ack = submit(stack, Region="City 49", Period="a while ago")
        assert ack["response_action"] == "errors"
        ack = submit(stack, Period="this month")
        assert ack["response_action"] == "update" and "Region=\"City 49\"" in words(ack["view"])
        assert "Region: City 49" in words(stack.answer(ack))


def test_options_are_nobody_elses(stack: Stack) -> None:
    """/slack/options: signed like all of Slack's; an unknown form, or another payload, has no options."""
    form(stack)
    assert stack.http("POST", "/slack/options", b"payload=%7B%7D",
                      {"Content-Type": "application/x-www-form-urlencoded"}).status == 401
