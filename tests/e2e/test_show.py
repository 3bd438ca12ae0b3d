"""show, help COMMAND and guesses: whatever Looker holds, by title, number or address."""
from __future__ import annotations

from typing import Any

import pytest

from stack import Stack
from test_commands import ask, blocks, filters_asked, table, words


def looker(stack: Stack) -> str:
    assert stack.sandbox is not None
    return stack.sandbox.settings["LOOKER_URL"]


def footer(message: dict[str, Any]) -> str:
    return words(blocks(message, "context")[-1])


def linked(stack: Stack, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Text with Slack's own markup of addresses, which the fake Slack would escape if somebody typed it."""
    return ask(stack, "show", fields={"text": text})


def shown(stack: Stack, text: str) -> dict[str, Any]:
    """The answer that all see; the typed command is shown too."""
    ack, message = linked(stack, text) if "<" in text else ask(stack, text)
    assert ack["body"] == '{"response_type":"in_channel"}'
    return message


def said(stack: Stack, text: str, *parts: str) -> str:
    """The answer for the asker alone."""
    message = ask(stack, text, "hook")[1]
    assert message["response_type"] == "ephemeral"
    told = words(message)
    for part in parts:
        assert part in told, f"{part!r} is not in {told!r}"
    return told


def slug_of(stack: Stack, text: str) -> str:
    """Of a query that Looker stored while it answered the command."""
    ack = stack.slash(text)
    stack.answer(ack)
    made = stack.records(kind="looker", name="POST /queries", after=ack["n"])[0]["answer"]["id"]
    base = looker(stack) + "/api/4.0"
    settings = stack.sandbox.settings  # type: ignore[union-attr]
    from stack import http_request
    token = http_request(base + "/login", "POST", (f"client_id={settings['LOOKER_API_CLIENT_ID']}&client_secret="
                         f"{settings['LOOKER_API_CLIENT_SECRET']}").encode(),
                         {"Content-Type": "application/x-www-form-urlencoded"}).json()["access_token"]
    return http_request(f"{base}/queries/{made}", headers={"Authorization": f"Bearer {token}"}).json()["slug"]


# --- by number and title

@pytest.mark.parametrize("text", ["show look 4", "Show LOOK 4", "show 4", "show look revenue by country",
                                  "show revenue by country", "show revenue by contry"])
def test_a_look(stack: Stack, text: str) -> None:
    message = shown(stack, text)
    assert table(message)[0] == ["Country", "Total Revenue", "Count"]
    assert f"<{looker(stack)}/looks/4|Revenue by country>" in words(message)
    assert " · Look 4 · as the bot’s Looker account" in footer(message) and "row" in footer(message)


def test_a_look_runs_the_query_that_it_has(stack: Stack) -> None:
    ack, message = ask(stack, "show look 15")
    assert [row[0] for row in table(message)[:1]] == ["Name"]
    assert stack.records(kind="looker", name="POST /queries", after=ack["n"]) == [], "nothing to change, nothing stored"
    assert stack.records(kind="looker", name="GET /looks/15", after=ack["n"])[-1]["ok"], "after a 401: reset takes the token"


def test_a_looks_own_form_and_limit(stack: Stack) -> None:
    assert blocks(shown(stack, "show look 1"), "data_visualization")[0]["chart"]["type"] == "bar"
    message = shown(stack, "show look 14")
    assert len(table(message)) == 11 and "first" not in footer(message), "the ten of a top ten are all"
    assert shown(stack, "show look 6")["text"].startswith("Average order value: $")


@pytest.mark.parametrize("text", ["show dashboard 21 EMEA", "show dashboard sales region=EMEA",
                                  "show sales region=EMEA"])
def test_a_dashboard_with_values(stack: Stack, text: str) -> None:
    ack, message = ask(stack, text)
    assert filters_asked(stack, ack)["users.region"] == "EMEA"
    assert f"{looker(stack)}/dashboards/21?Region=EMEA|Sales>" in words(message)
    assert " · dashboard 21 · Region: EMEA · Period: 30 days" in footer(message)


def test_a_dashboard_that_is_no_command(stack: Stack) -> None:
    assert shown(stack, "show executive sumary")["text"].startswith("Executive summary: $")
    assert blocks(shown(stack, "show dashboard campaigns"), "data_visualization")[0]["chart"]["type"] == "pie"
    assert "a line chart" in words(shown(stack, "show shop::business_pulse"))


def test_a_number_with_values(stack: Stack) -> None:
    ack, message = ask(stack, "show 26 region=APAC")
    assert filters_asked(stack, ack)["users.region"] == "APAC" and " · dashboard 26 · Region: APAC" in footer(message)


def test_number_of_a_look_first_then_of_a_dashboard(stack: Stack) -> None:
    assert "dashboard 60" in footer(shown(stack, "show 60"))
    assert "Look 20" in footer(shown(stack, "show 20")), "there is a dashboard 20 too"
    assert "dashboard 20" in footer(shown(stack, "show dashboard 20"))
    said(stack, "show 4711", "neither a Look nor a dashboard 4711 at 127.0.0.1:", "may see")


def test_several_titles_fit(stack: Stack) -> None:
    told = said(stack, "show gift share", "Several Looks and dashboards fit `gift share`", "|Gift share>",
                "`show look 5`", "`show dashboard 37`")
    assert told.count("•") <= 5
    ack, _ = ask(stack, "show orders", "hook")
    assert stack.records(kind="looker", name="GET /queries/", after=ack["n"]) == []


@pytest.mark.parametrize("text, parts", [
    ("show", ("What shall I show?", "`show look 42`")),
    ("show xylophone quartz", ("No Looks and dashboards match `xylophone quartz`",)),
    ("show look 98", ("I cannot show that.", "Look 98", "may not see it")),
    ("show dashboard 98", ("I cannot show that.", "dashboard 98", "may not see it")),
    ("show look 4 EMEA", ("this takes no values", "EMEA")),
    ("show dashboard 24", ("*Customer* needs a value for *Customer*", "/looker show dashboard 24 Customer=")),
    ("show dashboard 21 period=yesterdayish", ("Period",)),
])
def test_what_cannot_be_shown_is_told_to_the_asker(stack: Stack, text: str, parts: tuple[str, ...]) -> None:
    said(stack, text, *parts)


def test_in_the_trash(stack: Stack) -> None:
    stack.fault({"where": "looker", "match": "GET /looks/3", "do": "status", "status": 200,
                 "body": {"id": "3", "title": "Revenue by region", "deleted": True}})
    said(stack, "show look 3", "Look 3 at 127.0.0.1:", "is in Looker's trash")


# --- by address

@pytest.mark.parametrize("wrapped", ["{}", "<{}>", "<{}|{}>", "*{}*"])
def test_a_looks_address(stack: Stack, wrapped: str) -> None:
    url = looker(stack) + "/looks/4"
    assert "Look 4" in footer(shown(stack, "show " + wrapped.replace("{}", url)))


def test_an_address_without_its_scheme(stack: Stack) -> None:
    name = looker(stack).removeprefix("http://")
    assert "Look 4" in footer(shown(stack, f"show <http://{name}/looks/4|{name}/looks/4>"))


def test_a_looks_address_with_filters(stack: Stack) -> None:
    ack, message = linked(stack, f"show <{looker(stack)}/looks/4?f[users.region]=EMEA&amp;toggle=det>")
    assert filters_asked(stack, ack)["users.region"] == "EMEA"
    assert "users.region: EMEA" in footer(message)


@pytest.mark.parametrize("path, typed, region, period", [
    ("/dashboards/21?Region=EMEA&Period=last+7+days&toggle=fil", "", "EMEA", "last 7 days"),
    ("/dashboards/21?Region=EMEA", "region=APAC", "APAC", "30 days"),
    ("/dashboards/21?Region=EMEA%2CAPAC&Period=", "", "EMEA,APAC", None),
    ("/dashboards-next/21", "", None, "30 days"),
])
def test_a_dashboards_address_with_filters(stack: Stack, path: str, typed: str, region: str, period: str) -> None:
    url = looker(stack) + path
    ack, message = linked(stack, f"show <{url.replace('&', '&amp;')}> {typed}".strip())
    asked = filters_asked(stack, ack)
    assert (asked.get("users.region"), asked.get("orders.created_date")) == (region, period)
    assert "dashboard 21" in footer(message)


def test_a_lookml_dashboards_address(stack: Stack) -> None:
    for path in ("shop::business_pulse", "shop%3A%3Abusiness_pulse"):
        assert "a line chart" in words(shown(stack, f"show <{looker(stack)}/dashboards/{path}>"))


def test_a_short_address_and_a_qid(stack: Stack) -> None:
    slug = slug_of(stack, "sales region=EMEA")
    for path in (f"/x/{slug}", f"/explore/shop/orders?qid={slug}&toggle=vis"):
        message = shown(stack, f"show <{looker(stack)}{path.replace('&', '&amp;')}>")
        assert all(row[0] == "EMEA" for row in table(message)[1:])
        assert f"{looker(stack)}/x/{slug}|Explore orders>" in words(message)
    said(stack, f"show {looker(stack)}/x/nonesuch", "I cannot show that.", "nonesuch")


def test_an_explores_address(stack: Stack) -> None:
    url = looker(stack) + "/explore/shop/orders?fields=users.country,orders.count&f[users.region]=EMEA&sorts=orders.count+desc&limit=3"
    ack, message = linked(stack, f"show <{url.replace('&', '&amp;')}>")
    made = stack.records(kind="looker", name="POST /queries", after=ack["n"])[-1]["body"]
    assert made["filters"] == {"users.region": "EMEA"} and made["sorts"] == ["orders.count desc"] and made["limit"] == "3"
    assert len(table(message)) == 4 and "users.region: EMEA" in footer(message) and "first" not in footer(message)
    assert f"{looker(stack)}/explore/shop/orders?fields=users.country%2Corders.count&amp;" in words(message)
    assert "f%5Busers.region%5D=EMEA|Explore orders>" in words(message)
    ack, message = linked(stack, f"show <{url.replace('&', '&amp;')}> users.region=APAC")
    assert filters_asked(stack, ack) == {"users.region": "APAC"}, "what is typed wins"


@pytest.mark.parametrize("path, parts", [
    ("shop/orders", ("names no fields",)),
    ("shop/orders?fields=orders.nonesuch", ("unknown field orders.nonesuch",)),
    ("shop/nonesuch?fields=orders.count", ("may not see it",)),
    ("shop/orders?fields=orders.count&amp;limit=many", ("“limit”", "no number")),
    ("shop/orders?fields=orders.count&amp;vis=%7B", ("“vis”",)),
    ("shop/orders?fields=orders.count&amp;f[users.region]=%7B%7B+x+%7D%7D", ("Liquid",)),
    ("shop", ("not this page of Looker",)),
])
def test_explores_that_cannot_be_shown(stack: Stack, path: str, parts: tuple[str, ...]) -> None:
    ack, message = ask(stack, "show", "hook", fields={"text": f"show <{looker(stack)}/explore/{path}>"})
    assert all(part in words(message) for part in parts), words(message)


@pytest.mark.parametrize("url, parts", [
    ("https://looker.example.com/looks/4", ("not of a Looker that I know",)),
    ("{}.evil.example/looks/4", ("not of a Looker that I know",)),
    ("https://user:word@{host}/looks/4", ("not of a Looker that I know",)),
    ("{}/admin/users", ("not this page of Looker",)),
    ("{}/looks/", ("not this page of Looker",)),
    ("{}/dashboards/21?Region=%zz", ("not this page of Looker",)),
    ("{}/dashboards/21?Region=%7B%7B+_user_attributes['x']+%7D%7D", ("{{",)),
])
def test_addresses_that_are_not_ours(stack: Stack, url: str, parts: tuple[str, ...]) -> None:
    address = looker(stack)
    ack, _ = ask(stack, "show " + url.format(address, host=address.removeprefix("http://"))
                 if "%7B" not in url else "show " + address + url[2:], "hook")
    told = words(stack.answer(ack, "hook"))
    assert all(part in told for part in parts), told
    assert stack.records(kind="looker", name="POST /queries", after=ack["n"]) == []


# --- help COMMAND

def test_help_of_a_command(stack: Stack) -> None:
    told = said(stack, "help sales", f"*<{looker(stack)}/dashboards/21|Sales>*", "Sales by country",
                "*Region* – a text, such as EMEA", "Without it: any value.",
                "*Period* – a date, such as last 7 days", "Without it: `30 days`.",
                '`/looker sales Region=EMEA; Period="30 days"`')
    assert "Shortcuts" not in told, "only this command"
    said(stack, "help Customer", "*Customer* – a text", "It must be given.", "`/looker customer Customer=EMEA`")
    said(stack, "help revenue today", "It takes no values.", "`/looker revenue today`")
    said(stack, "help draft margins", "Draft margins")  # hidden, but asked for by name
    said(stack, "help members", "*Member?* – yes or no", "Without it: `Yes`.", "Member?=Yes")


@pytest.mark.parametrize("command", ["sales", "sales by product", "order", "new customers", "members", "big orders"])
def test_the_example_works_as_it_stands(stack: Stack, command: str) -> None:
    told = said(stack, f"help {command}")
    example = told.rsplit("For example: `/looker ", 1)[1].split("`")[0]
    for escape, plain in (("&gt;", ">"), ("&lt;", "<"), ("&amp;", "&")):
        example = example.replace(escape, plain)
    assert ask(stack, example)[1]["text"].lower().startswith(command)


@pytest.mark.parametrize("command", ["find", "show", "help"])
def test_help_of_a_built_in_command(stack: Stack, command: str) -> None:
    told = said(stack, f"help {command}", f"`/looker {command}", "For example:")
    assert "Shortcuts" not in told


def test_help_lists_the_new_ones(stack: Stack) -> None:
    said(stack, "help", "`/looker show title, number or address`", "`/looker help [command]`", "All about one command:")


# --- guesses

@pytest.mark.parametrize("text, guess", [
    ("hlep", "Did you mean `help`?"),
    ("helpp sales", "`help sales`"),
    ("fnid orders", "Did you mean `find orders`"),
    ("shwo look 4", "`show look 4`"),
    ("sals by prodct", "Did you mean `sales by product`"),
    ("help sals by prodct", "Did you mean `help sales by product`"),
])
def test_guesses(stack: Stack, text: str, guess: str) -> None:
    told = said(stack, text, "I do not know `", guess, "*Shortcuts*")
    assert told.split("\n")[0].count("`") <= 2 + 2 * 3
