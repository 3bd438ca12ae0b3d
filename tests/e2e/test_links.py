"""Links that people post: previews below them, answers instead (EXPAND_URLS), and where there is neither."""
from __future__ import annotations

import json
from typing import Any, Iterator

import pytest

from badday import log_end, logged, never, words
from stack import Stack
from test_commands import ask, table
from test_show import looker, slug_of


def post(stack: Stack, text: str, channel: str = "C0GENERAL", user: str = "U0ADA", **more: Any) -> dict[str, Any]:
    """A person's message. The result has `ts`, and `n` and `log`: where record and log ended before it."""
    assert stack.sandbox is not None
    last, log = stack.sandbox.call("GET", "/sandbox/record")["last"], log_end(stack)
    result = stack.sandbox.call("POST", "/sandbox/message", {"channel": channel, "user": user, "text": text, **more})
    assert all(event["status"] in (0, 200) for event in result["events"]), result
    return {**result, "n": last, "log": log}


def unfurled(stack: Stack, said: dict[str, Any], count: int = 1, timeout: float = 15) -> dict[str, Any]:
    """The previews of the call (the count-th after the message): address -> preview."""
    calls = stack.wait(count=count, kind="slack", name="chat.unfurl", ok=1, after=said["n"], timeout=timeout)
    assert stack.records(kind="slack", name="chat.unfurl", ok=0, after=said["n"]) == []
    unfurls = calls[count - 1]["body"]["unfurls"]
    return json.loads(unfurls) if isinstance(unfurls, str) else unfurls


def preview(stack: Stack, url: str, **more: Any) -> str:
    """The text of the preview of a message that is this link."""
    previews = unfurled(stack, post(stack, url, **more))
    assert len(previews) == 1 and {b["type"] for p in previews.values() for b in p["blocks"]} <= {"section", "context"}
    text = words(previews)
    assert len(text) < 4000
    return text


def ended(stack: Stack, said: dict[str, Any], pattern: str) -> None:
    """The job of that message ended so, and nothing was shown."""
    logged(stack, said["log"], f"event=job_done .*{pattern}")
    assert stack.records(kind="slack", name="chat.unfurl", after=said["n"]) == []
    assert stack.records(kind="slack", name="chat.postMessage", after=said["n"]) == []


# --- previews

def test_a_look(stack: Stack) -> None:
    said = post(stack, f"have a look: {looker(stack)}/looks/4 !")
    url, one = list(unfurled(stack, said).items())[0]
    assert url == f"{looker(stack)}/looks/4"
    text = words(one)
    assert f"<{url}|Revenue by country>" in text and "```" in text and "Total Revenue" in text
    assert f"<{url}|All in Looker> · Look 4 · as the bot’s Looker account" in text and "asked" not in text
    shown = stack.conversation()[-1]
    assert url in shown["_unfurls"] and shown["user"] == "U0ADA", "below the person's message; none of the bot's own"


def test_the_first_rows(stack: Stack) -> None:
    text = preview(stack, f"{looker(stack)}/looks/12")
    assert "first 10 rows" in text and "First 10 rows" in text
    lines = text.split("```")[1].strip().split("\n")
    assert len(lines) == 12, "header, rule, ten rows"
    ten = preview(stack, f"{looker(stack)}/looks/14")
    assert "10 rows" in ten and "irst 10" not in ten, "the ten of a top ten are all"


def test_a_dashboard_with_its_filters(stack: Stack) -> None:
    said = post(stack, f"{looker(stack)}/dashboards/21?Region=EMEA&Period=last+7+days")
    previews = unfurled(stack, said)
    assert list(previews) == [f"{looker(stack)}/dashboards/21?Region=EMEA&amp;Period=last+7+days"], "as Slack wrote it"
    assert "Region: EMEA · Period: last 7 days" in words(previews)
    asked = stack.records(kind="looker", name="POST /queries", after=said["n"])[-1]["body"]["filters"]
    assert (asked["users.region"], asked["orders.created_date"]) == ("EMEA", "last 7 days")


def test_a_short_address(stack: Stack) -> None:
    slug = slug_of(stack, "sales region=EMEA")
    assert "|Explore orders>" in preview(stack, f"{looker(stack)}/x/{slug}")


def test_an_explore_with_filters(stack: Stack) -> None:
    said = post(stack, f"{looker(stack)}/explore/shop/orders?fields=users.country,orders.count&f[users.region]=EMEA"
                "&sorts=orders.count+desc&limit=3&vis=%7B%22type%22%3A%22table%22%7D&filter_config=%7B%7D&toggle=vis")
    text = words(unfurled(stack, said))
    body = stack.records(kind="looker", name="POST /queries", after=said["n"])[-1]["body"]
    assert body["filters"] == {"users.region": "EMEA"} and body["fields"] == ["users.country", "orders.count"]
    assert body["sorts"] == ["orders.count desc"] and body["limit"] == "3" and body["vis_config"] == {"type": "table"}
    assert "users.region: EMEA" in text and "3 rows" in text and "|Explore orders>" in text


def test_several_links(stack: Stack) -> None:
    """At most five, each once; one that fails stops no other."""
    numbers = (4, 98, 14, 4, 6, 15, 1)
    said = post(stack, " ".join(f"{looker(stack)}/looks/{n}" for n in numbers) + " https://looker.example.com/looks/1")
    previews = unfurled(stack, said)
    assert sorted(url.rsplit("/", 1)[1] for url in previews) == ["14", "15", "4", "6"]
    logged(stack, said["log"], "event=job_done .*left out: .*Look 98")


def test_what_cannot_be_shown_is_left_out(stack: Stack) -> None:
    for path, why in (("looks/98", "Look 98"), ("dashboards/24", "needs a value for"), ("x/nonesuch", "nonesuch"),
                      ("explore/shop/orders", "names no fields"), ("explore/shop/orders?fields=orders.nonesuch", "nonesuch")):
        said = post(stack, f"{looker(stack)}/{path}")
        ended(stack, said, f"left out: .*{why}")


@pytest.mark.parametrize("url", [
    "{}.evil.example/looks/4", "http://{host}.evil.example/looks/4", "http://{name}:1/looks/4", "https://{host}/looks/4",
    "http://user:word@{host}/looks/4", "{}/admin/users", "{}/looks/", "https://looker.example.com/looks/4"])
def test_addresses_that_are_not_ours(stack: Stack, url: str) -> None:
    host = looker(stack).removeprefix("http://")
    stack.sandbox.call("POST", "/sandbox/workspace", {  # type: ignore[union-attr]
        "unfurl_domains": ["127.0.0.1", "evil.example", "looker.example.com"]})
    said = post(stack, url.format(looker(stack), host=host, name=host.split(":")[0]))
    unfurled(stack, post(stack, f"{looker(stack)}/looks/4"))
    assert stack.records(kind="looker", name="GET /looks", after=said["n"])[-1]["name"].startswith("GET /looks/4")
    assert len(stack.records(kind="slack", name="chat.unfurl", after=said["n"])) == 1, "the good one's alone"
    assert len(stack.records(kind="looker", name="GET /queries/", after=said["n"])) == 1


def test_who_and_where(stack: Stack) -> None:
    """No preview for those who may not ask, nor where another company reads along; nobody is told."""
    url = f"{looker(stack)}/looks/4"
    ended(stack, post(stack, url, channel="C0PARTNERS"), "not shown: another company")
    ended(stack, post(stack, url, channel="C0SUPPORT", user="U0GUEST"), "not shown: whoever posted it may not ask")
    assert stack.records(kind="slack", name="chat.postEphemeral") == []


def test_a_thread(stack: Stack) -> None:
    parent = post(stack, "numbers, please")
    said = post(stack, f"{looker(stack)}/looks/4", thread_ts=parent["ts"])
    unfurled(stack, said)
    call = stack.records(kind="slack", name="chat.unfurl", after=said["n"])[0]["body"]
    assert (call["channel"], call["ts"]) == ("C0GENERAL", said["ts"])


def test_the_same_again(stack: Stack) -> None:
    """Eleven times under other ids: one preview."""
    said = post(stack, f"{looker(stack)}/looks/4")
    event = next(e["event_id"] for e in said["events"] if e["type"] == "link_shared")
    unfurled(stack, said)
    stack.sandbox.call("POST", "/sandbox/redeliver",  # type: ignore[union-attr]
                       {"event_id": event, "times": 10, "new_ids": True})
    unfurled(stack, post(stack, f"{looker(stack)}/looks/14"))
    assert len(stack.records(kind="slack", name="chat.unfurl", after=said["n"])) == 2


def compose(stack: Stack) -> None:
    """Somebody pastes a link, and has not sent it yet."""
    event = {"type": "link_shared", "user": "U0ADA", "channel": "COMPOSER", "message_ts": "uid-1", "unfurl_id": "uid-1",
             "source": "composer", "event_ts": "1.1", "is_bot_user_member": False,
             "links": [{"domain": "127.0.0.1", "url": f"{looker(stack)}/looks/4"}]}
    stack.sandbox.call("POST", "/sandbox/event", {"event": event})  # type: ignore[union-attr]


def test_while_it_is_written(stack: Stack) -> None:
    """Nobody knows yet where it will go."""
    last, log = stack.sandbox.call("GET", "/sandbox/record")["last"], log_end(stack)  # type: ignore[union-attr]
    compose(stack)
    ended(stack, {"n": last, "log": log}, "not shown: it is still being written")


def test_messages_are_subscribed_too(stack: Stack) -> None:
    """Then Slack tells twice of a message with links."""
    events = stack.sandbox.call("POST", "/sandbox/workspace", {})["events"]  # type: ignore[union-attr]
    stack.sandbox.call("POST", "/sandbox/workspace", {"events": events + ["message.channels"]})  # type: ignore[union-attr]
    said = post(stack, f"{looker(stack)}/looks/4")
    assert sorted(event["type"] for event in said["events"]) == ["link_shared", "message.channels"]
    unfurled(stack, said)
    never(stack, 0.5, count=2, kind="slack", name="chat.unfurl", after=said["n"])


# --- bad days

def test_looker_comes_back(stack: Stack) -> None:
    fault = stack.sandbox.call("POST", "/sandbox/faults", {"where": "looker", "do": "down"})  # type: ignore[union-attr]
    assert fault
    said = post(stack, f"{looker(stack)}/looks/4")
    logged(stack, said["log"], "event=job_later .*kind=links")
    stack.sandbox.call("DELETE", "/sandbox/faults")  # type: ignore[union-attr]
    assert "Revenue by country" in words(unfurled(stack, said))


def test_slack_is_asked_again_looker_is_not(stack: Stack) -> None:
    stack.sandbox.call("POST", "/sandbox/faults", {  # type: ignore[union-attr]
        "where": "slack", "match": "chat.unfurl", "do": "status", "status": 503, "times": 2})
    said = post(stack, f"{looker(stack)}/looks/4")
    stack.wait(kind="slack", name="chat.unfurl", ok=1, after=said["n"])
    assert len(stack.records(kind="looker", name="GET /queries/", after=said["n"])) == 1


def test_faster_than_our_own_answer(stack: Stack) -> None:
    stack.sandbox.call("POST", "/sandbox/faults", {  # type: ignore[union-attr]
        "where": "slack", "match": "chat.unfurl", "do": "error", "code": "cannot_unfurl_url", "times": 1})
    said = post(stack, f"{looker(stack)}/looks/4")
    stack.wait(kind="slack", name="chat.unfurl", ok=1, after=said["n"])


# --- two Lookers

@pytest.fixture(scope="module")
def _two() -> Iterator[Stack]:
    with Stack(second_looker=True).running() as stack:
        yield stack


def test_two_lookers(_two: Stack) -> None:
    _two.reset()
    first, second = (one["url"] for one in json.loads(_two.sandbox.settings["LOOKERS"]))  # type: ignore[union-attr]
    said = post(_two, f"{first}/looks/4 {second}/looks/300 {second}/looks/1")
    previews = unfurled(_two, said)
    assert set(previews) == {f"{first}/looks/4", f"{second}/looks/300", f"{second}/looks/1"}
    assert "Warehouse stock" in words(previews[f"{second}/looks/300"])
    assert "Pallets per day" in words(previews[f"{second}/looks/1"]), "number 1 of the second one, not of the first"


# --- settings

def test_switched_off_in_a_channel(make_stack: Any) -> None:
    with make_stack(settings={"LOOKERBOT_UNFURL_OFF": "C0RANDOM, C0SALES"}).running() as stack:
        said = post(stack, f"{looker(stack)}/looks/4", channel="C0SALES")
        unfurled(stack, post(stack, f"{looker(stack)}/looks/14"))
        assert len(stack.records(kind="slack", name="chat.unfurl", after=said["n"])) == 1
        assert stack.records(kind="looker", name="GET /looks/4", after=said["n"]) == []


def test_open_to_other_companies(make_stack: Any) -> None:
    """Where nothing is closed, channels that are shared get previews, and so do messages that are being written."""
    with make_stack(settings={"ALLOW_SLACK_SHARED_WORKSPACES": "true"}).running() as stack:
        assert "Revenue by country" in preview(stack, f"{looker(stack)}/looks/4", channel="C0PARTNERS")
        compose(stack)
        call = stack.wait(kind="slack", name="chat.unfurl", text="uid-1")[0]["body"]
        assert (call["unfurl_id"], call["source"]) == ("uid-1", "composer") and "channel" not in call and "ts" not in call


def test_with_the_rights_of_whoever_posted_it(make_stack: Any) -> None:
    with make_stack(settings={"LOOKERBOT_RUN_AS_ASKER": "true"}).running() as stack:
        assert " · as Ada Okafor · " in preview(stack, f"{looker(stack)}/looks/4")


@pytest.fixture(scope="module")
def _expanding() -> Iterator[Stack]:
    with Stack(settings={"LOOKER_SLACKBOT_EXPAND_URLS": "true", "ALLOW_SLACK_SHARED_WORKSPACES": None}).running() as stack:
        yield stack


@pytest.fixture
def expanding(_expanding: Stack) -> Stack:
    _expanding.reset()
    return _expanding


def answers(stack: Stack, said: dict[str, Any], count: int) -> list[dict[str, Any]]:
    found = stack.wait(count=count, kind="slack", name="chat.postMessage", ok=1, after=said["n"])
    return [record["body"] for record in found]


def test_an_answer_instead(expanding: Stack) -> None:
    """The whole message, in the channel, as the original bot; and no preview."""
    said = post(expanding, f"look at {looker(expanding)}/looks/12")
    message = answers(expanding, said, 1)[0]
    assert message["channel"] == "C0GENERAL" and "thread_ts" not in message
    assert len(table(message)) > 12 and "<@U0ADA> posted a link · Look 12" in words(message)
    parent = post(expanding, "numbers")
    said = post(expanding, f"{looker(expanding)}/looks/4", thread_ts=parent["ts"])
    assert answers(expanding, said, 1)[0]["thread_ts"] == parent["ts"]
    assert expanding.records(kind="slack", name="chat.unfurl") == []


def test_messages_and_links_are_told_of(expanding: Stack) -> None:
    """One answer, whichever Slack tells first."""
    events = expanding.sandbox.call("POST", "/sandbox/workspace", {})["events"]  # type: ignore[union-attr]
    expanding.sandbox.call("POST", "/sandbox/workspace", {  # type: ignore[union-attr]
        "events": events + ["message.channels"], "unfurl_domains": []})
    said = post(expanding, f"see {looker(expanding)}/looks/4")
    assert [event["type"] for event in said["events"]] == ["message.channels"], "no link_shared: nobody set the domain"
    answers(expanding, said, 1)
    expanding.sandbox.call("POST", "/sandbox/workspace", {"unfurl_domains": ["127.0.0.1"]})  # type: ignore[union-attr]
    said = post(expanding, f"see {looker(expanding)}/looks/4")
    assert len(said["events"]) == 2
    answers(expanding, said, 1)
    never(expanding, 1, count=2, kind="slack", name="chat.postMessage", after=said["n"])


def test_an_answer_for_each_link(expanding: Stack) -> None:
    said = post(expanding, " ".join(f"{looker(expanding)}/looks/{n}" for n in (4, 98, 14, 15)))
    found = answers(expanding, said, 2)
    assert "Revenue by country" in words(found) and len(found) == 2
    logged(expanding, said["log"], "event=job_done .*left out: .*Look 98")
    never(expanding, 1, count=3, kind="slack", name="chat.postMessage", after=said["n"])


def test_no_answer_where_another_company_reads(expanding: Stack) -> None:
    ended(expanding, post(expanding, f"{looker(expanding)}/looks/4", channel="C0PARTNERS"), "not shown: another company")


# --- a link is a command of its own

def test_a_bare_link_is_a_command(stack: Stack) -> None:
    for text in (f"{looker(stack)}/looks/4", f"{looker(stack)}/dashboards/21 EMEA"):
        ack, message = ask(stack, text)
        assert ack["body"] == '{"response_type":"in_channel"}' and len(table(message)) > 1
    assert "Region: EMEA" in words(message)


def test_a_mention_and_a_direct_message(stack: Stack) -> None:
    said = post(stack, f"@looker {looker(stack)}/looks/4")
    assert "Revenue by country" in words(answers(stack, said, 1))
    said = post(stack, f"{looker(stack)}/looks/4", channel="D0ADA")
    assert "Revenue by country" in words(answers(stack, said, 1))
