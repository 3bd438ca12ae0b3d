"""Slack's bad days, and what Slack or a stranger may send: the answer arrives once, by the best way that is open."""
from __future__ import annotations

from typing import Any, Callable

import pytest

from badday import by_hook, calls, gaps, kinds, log_end, logged, never, posted, quiet_channel, taken, warm, words
from stack import Stack

POST = "chat.postMessage"


def sales(message: dict[str, Any]) -> bool:
    """The answer of `sales` in whatever form, with its footer."""
    return message["text"].startswith("Sales") and "asked `sales" in words(message)


def test_busy_slack_is_left_alone_as_long_as_it_asks(stack: Stack) -> None:
    stack.fault({"where": "slack", "match": POST, "do": "ratelimit", "retry_after": 3, "times": 1})
    ack = taken(stack.slash("sales EMEA"))
    assert sales(stack.answer(ack))
    tried = calls(stack, ack, POST, "slack")
    assert [one["status"] for one in tried] == [429, 200] and gaps(tried)[0] >= 3
    assert len(posted(stack)) == 1
    assert len(calls(stack, ack, "GET /queries/")) == 1, "Looker is not asked again"


def test_meanwhile_others_are_answered_through_their_response_url(stack: Stack) -> None:
    """The asker shall not wait for a channel that is paused."""
    warm(stack)
    stack.fault({"where": "slack", "match": POST, "do": "ratelimit", "retry_after": 5, "times": 1})
    since = log_end(stack)
    first = taken(stack.slash("order 1001"))
    logged(stack, since, "event=job_later .*slow down")
    second = taken(stack.slash("order 1002", user="U0BENJI"))
    message = by_hook(stack, second)
    assert message["response_type"] == "in_channel" and "`order 1002`" in words(message)
    assert posted(stack, text="`order 1001`") == [], "the first still waits"
    assert "`order 1001`" in words(stack.answer(first))


def test_ratelimited_in_a_200(stack: Stack) -> None:
    stack.fault({"where": "slack", "match": POST, "do": "error", "code": "ratelimited",
                 "headers": {"Retry-After": "2"}, "times": 1})
    ack = taken(stack.slash("sales EMEA"))
    assert sales(stack.answer(ack))
    tried = calls(stack, ack, POST, "slack")
    assert [one["status"] for one in tried] == [200, 200] and gaps(tried)[0] >= 2
    assert len(posted(stack)) == 1


def test_messages_to_one_channel_are_a_second_apart(stack: Stack) -> None:
    stack.workspace(burst=1)
    acks = [taken(stack.slash(f"order {1001 + i}", user=("U0ADA", "U0BENJI")[i % 2])) for i in range(4)]
    for i, ack in enumerate(acks):
        stack.wait(text=f"`order {1001 + i}`", ok=1, after=ack["n"])
    sent = calls(stack, acks[0], POST, "slack")
    assert len(sent) >= 2 and all(one["status"] == 200 for one in sent)
    assert all(gap >= 0.99 for gap in gaps(sent)), gaps(sent)
    assert [len(posted(stack, text=f"`order {1001 + i}`")) for i in range(4)] == [1, 1, 1, 1]


@pytest.mark.parametrize("channel, without, code", [
    ("C0RANDOM", ["chat:write.public"], "not_in_channel"),
    ("C0OLD", [], "is_archived"),
    ("C0GENERAL", ["chat:write"], "missing_scope"),
])
def test_where_the_bot_may_not_post(stack: Stack, channel: str, without: list[str], code: str) -> None:
    stack.workspace(without_scopes=without)
    since = log_end(stack)
    ack = taken(stack.slash("sales EMEA", channel=channel))
    message = by_hook(stack, ack)
    assert message["response_type"] == "in_channel" and sales(message) and "data_table" in kinds(message)
    assert [one["answer"]["error"] for one in calls(stack, ack, POST, "slack")] == [code]
    assert len(posted(stack, channel)) == 1
    logged(stack, since, f"event=job_done .*{code}")


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "account_inactive", "restricted_action",
                                  "some_new_code"])
def test_refusals_that_last(stack: Stack, code: str) -> None:
    """The answer comes all the same, and the log tells the owner what Slack said."""
    stack.fault({"where": "slack", "match": "chat.", "do": "error", "code": code})
    since = log_end(stack)
    ack = taken(stack.slash("sales EMEA", channel=quiet_channel()))
    message = by_hook(stack, ack)
    assert message["response_type"] == "in_channel" and sales(message)
    assert len(calls(stack, ack, POST, "slack")) == 1
    logged(stack, since, f"event=job_done .*{code}")


def test_workspace_without_data_table(stack: Stack) -> None:
    stack.workspace(refused_blocks=["data_table", "table"])
    ack = taken(stack.slash("sales EMEA"))
    message = stack.answer(ack)
    assert sales(message) and "data_table" not in kinds(message) and "```" in words(message)
    assert "Spain" in words(message)
    assert [one["answer"].get("error") for one in calls(stack, ack, POST, "slack")] == \
        ["invalid_blocks", "invalid_blocks", None]
    assert len(posted(stack)) == 1
    board = taken(stack.slash("sales EMEA", channel="C0BOARD"))
    assert "```" in words(by_hook(stack, board))


def test_no_blocks_at_all(stack: Stack) -> None:
    stack.workspace(refused_blocks=["data_table", "section", "context", "header", "rich_text"])
    ack = taken(stack.slash("sales EMEA"))
    message = stack.answer(ack)
    assert kinds(message) == [] and "|Sales>" in message["text"]


@pytest.mark.parametrize("fault", [
    {"do": "status", "status": 503},
    {"do": "error", "code": "internal_error"},
    {"do": "garbage"},
    {"do": "down"},
], ids=lambda fault: fault["do"])
@pytest.mark.parametrize("after", [False, True], ids=["lost", "posted"])
def test_in_doubt_it_looks_before_it_posts_again(stack: Stack, fault: dict[str, Any], after: bool) -> None:
    stack.fault({"where": "slack", "match": POST, **fault, "times": 1, "after": after})
    since = log_end(stack)
    ack = taken(stack.slash("sales EMEA"))
    logged(stack, since, r"event=job_later .*chat\.postMessage")
    logged(stack, since, "event=job_done")
    assert calls(stack, ack, "conversations.history", "slack")
    assert len(calls(stack, ack, POST, "slack")) == (1 if after else 2)
    assert len(posted(stack)) == 1
    assert calls(stack, ack, "", "hook") == []


def test_in_doubt_without_the_history_scope_it_posts_again(stack: Stack) -> None:
    """Twice is better than never."""
    stack.workspace(without_scopes=["channels:history"])
    stack.fault({"where": "slack", "match": POST, "do": "down", "times": 1, "after": True})
    ack = taken(stack.slash("sales EMEA"))
    assert sales(stack.answer(ack))
    assert stack.records(kind="slack", name="conversations.history")[0]["answer"]["error"] == "missing_scope"
    assert len(posted(stack)) == 2


def test_slack_down_for_all_five_tries(make_stack: Callable[..., Stack]) -> None:
    """Two channels: one falls back to the response_url, the other's last message arrives and only its answer is
    lost, so it is not sent again. And a private word whose response_url is down: five uses, then whispered."""
    with make_stack().running() as stack:
        warm(stack)
        stack.fault({"where": "looker", "match": "GET /dashboards/21", "do": "delay", "seconds": 0.5})
        private = taken(stack.slash("sales colour=red"))
        stack.fault({"where": "hook", "match": f"POST {private['hook']}", "do": "status", "status": 500},
                    {"where": "slack", "match": POST, "do": "status", "status": 503, "times": 9},
                    {"where": "slack", "match": POST, "do": "down", "times": 1, "after": True})
        one = taken(stack.slash("order 1001", channel="C0SALES"))
        other = taken(stack.slash("order 1002", channel="C0SUPPORT"))
        logged(stack, 0, "event=job_done", 5, timeout=60)  # with the catalogue and warm's
        assert len(calls(stack, one, POST, "slack")) == 10
        assert len(posted(stack, "C0SALES", "`order 1001`")) == len(posted(stack, "C0SUPPORT", "`order 1002`")) == 1
        hooks = [calls(stack, one, f"POST {ack['hook']}", "hook") for ack in (one, other)]
        assert sorted(len(uses) for uses in hooks) == [0, 1]
        whispered = stack.wait(kind="slack", name="chat.postEphemeral", ok=1, after=private["n"])
        assert "colour" in words(whispered[0]["body"]) and whispered[0]["body"]["user"] == "U0ADA"
        assert len(calls(stack, private, f"POST {private['hook']}", "hook")) == 5


def test_response_url_expired(stack: Stack) -> None:
    stack.fault({"where": "looker", "match": "GET /dashboards/21", "do": "delay", "seconds": 0.5})
    ack = taken(stack.slash("sales colour=red"))
    stack.sandbox.call("POST", "/sandbox/age_hooks", {"seconds": 1801})
    whispered = stack.wait(kind="slack", name="chat.postEphemeral", ok=1, after=ack["n"])[0]["body"]
    assert "colour" in words(whispered) and (whispered["channel"], whispered["user"]) == ("C0GENERAL", "U0ADA")
    assert [one["answer"]["error"] for one in stack.records(kind="hook")] == ["expired_url"]
    assert posted(stack) == []


def test_no_way_is_left(stack: Stack) -> None:
    """A private channel without the bot, and the response_url is dead: the log says so."""
    stack.fault({"where": "hook", "do": "error", "code": "used_url"})
    since = log_end(stack)
    ack = taken(stack.slash("sales EMEA", channel="C0BOARD"))
    stack.wait(kind="slack", name="chat.postEphemeral", ok=0, after=ack["n"])
    logged(stack, since, "event=job_dead .*nobody could be told: .*channel_not_found")


def test_five_uses_of_a_response_url_are_never_exceeded(stack: Stack) -> None:
    stack.fault({"where": "hook", "do": "ratelimit", "retry_after": None, "times": 3},
                {"where": "hook", "do": "error", "code": "invalid_blocks"})
    since = log_end(stack)
    ack = taken(stack.slash("sales EMEA", channel="C0BOARD"))
    logged(stack, since, "event=job_dead .*nobody could be told")
    assert len(stack.records(kind="hook", after=ack["n"])) == 5


# What comes in

def test_text_of_ten_thousand_characters(stack: Stack) -> None:
    ack = taken(stack.slash("sales " + "x" * 10000))
    assert "too long for me: at most 4000 characters" in ack["body"] and '"ephemeral"' in ack["body"]
    told_by_slack = [m for m in stack.conversation(user="U0ADA") if m.get("_via") == "answer"]
    assert "too long" in told_by_slack[-1]["text"]
    never(stack, 0.2, kind="looker", after=ack["n"])


def test_longest_text_that_is_taken(stack: Stack) -> None:
    ack = taken(stack.slash("sales region=" + "é" * 3980))
    assert "too long" in by_hook(stack, ack)["text"], "no filter takes that, which is said after looking"


@pytest.mark.parametrize("text", ["sales%20EM%FF%FEEA", "sales%20%00EMEA", "%C3%28", "%ED%A0%80", "sales%0D%0A%1B[31m"])
def test_bytes_that_are_no_text(stack: Stack, text: str) -> None:
    plain = stack.slash("help")
    form = "&".join(f"{name}={value}" for name, value in (
        ("command", "%2Flooker"), ("channel_id", "C0GENERAL"), ("user_id", "U0ADA"), ("team_id", "T0ACMESHOP"),
        ("text", text), ("trigger_id", f"1.{plain['n']}.bytes"),
        ("response_url", plain["response_url"].replace(":", "%3A").replace("/", "%2F"))))
    by_hook(stack, plain)
    ack = taken(stack.slash("(raw)", raw_body=form))
    found = stack.wait(kind="hook" if "sales" not in text else "", after=ack["n"], ok=1, text="text")
    assert "\\u0000" not in str(found) and "\x1b" not in str(found[-1]["body"])
    assert "\x1b" not in stack.bot_log()


@pytest.mark.parametrize("text", ["", " ", "   \t \n  ", "\u00a0\u2007\u200b"])
def test_only_blanks_is_help(stack: Stack, text: str) -> None:
    message = by_hook(stack, taken(stack.slash(text)))
    assert message["response_type"] == "ephemeral" and "*Shortcuts*" in words(message)
    assert "I do not know" not in words(message)


@pytest.mark.parametrize("url", ["https://hooks.slack.com.evil.example/x", "http://hooks.slack.com/commands/x",
                                 "https://hooks.slack.com:8443/x", "https://evil@127.0.0.1:9/x", "file:///etc/passwd",
                                 "http://127.0.0.1:9/commands/x", "nonsense"])
def test_response_url_elsewhere_is_refused(stack: Stack, url: str) -> None:
    ack = taken(stack.slash("sales EMEA", fields={"response_url": url}))
    assert "response_url is not an address of Slack" in ack["body"]
    assert '"ephemeral"' in ack["body"]
    never(stack, 0.2, kind="looker", after=ack["n"])
    assert url not in stack.bot_log()


def test_without_response_url(stack: Stack) -> None:
    """Everything but a private word needs none; that is whispered."""
    assert sales(stack.answer(taken(stack.slash("sales EMEA", fields={"response_url": None}))))
    ack = taken(stack.slash("help", fields={"response_url": None}))
    stack.wait(kind="slack", name="chat.postEphemeral", ok=1, after=ack["n"])


def test_unknown_fields_and_missing_ones(stack: Stack) -> None:
    more = {"enterprise_id": "E1", "enterprise_name": "Acme & Söhne", "next_year": "x", "token": None,
            "trigger_id": None}
    assert sales(stack.answer(taken(stack.slash("sales EMEA", fields=more))))
    assert stack.slash("sales EMEA", fields={"user_id": None})["status"] == 400
