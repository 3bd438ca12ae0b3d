"""The fake Looker: filter expressions, results, content, and its manners."""
from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest

from looker_engine import Engine
from looker_fields import parse, trim
from looker_filters import date_range, number_test, string_test, yesno_test
from looker_format import render
from sandbox_harness import Running, http

NOW = datetime(2026, 11, 24, 15, 30)     # a Tuesday


@pytest.mark.parametrize("text,yes,no", [
    ("EMEA", ["EMEA", "emea"], ["APAC", None, "EMEA2"]), ("EMEA,APAC", ["EMEA", "APAC"], ["AMER"]), ("-EMEA", ["APAC", None], ["EMEA"]),
    ("A%", ["APAC", "a"], ["EMEA"]), ("%a", ["EMEA"], ["APAC"]), ("%m%", ["EMEA", "AMER"], ["APAC"]), ("-%m%", ["APAC"], ["AMER"]),
    ("EMPTY", [None, ""], ["x"]), ("NULL", [None], [""]), ("-NULL", ["x"], [None]), ("null", ["Null"], [None]), ("a_c", ["abc"], ["abbc"]),
    ('"a, b"', ["a, b"], ["a"]), ("a^, b", ["a, b"], ["a"]), ("100^%", ["100%"], ["1000"]), ("%a%,-abc", ["xa"], ["abc"])])
def test_string_filters(text: str, yes: list[Any], no: list[Any]) -> None:
    test = string_test(text)
    assert all(test(value) for value in yes) and not any(test(value) for value in no)


@pytest.mark.parametrize("text,yes,no", [
    ("5", [5, 5.0], [6, None]), (">5", [6], [5]), (">=5", [5], [4]), ("<5", [4], [5]), ("1 to 10", [1, 10], [11]), ("[1,10]", [1, 10], [0]),
    ("(1,10)", [2], [1, 10]), ("[1,10)", [1], [10]), ("(1,inf)", [1e9], [1]), ("NOT 5", [4], [5, None]), ("!= 5", [4], [5]),
    ("1, 5, >20", [1, 5, 21], [20]), ("NULL", [None], [0]), ("not null", [0], [None]), (">1 AND <100", [50], [1, 100]), ("10k", [], [10, 10000])])
def test_number_filters(text: str, yes: list[Any], no: list[Any]) -> None:
    test = number_test(text)
    assert all(test(value) for value in yes) and not any(test(value) for value in no)


@pytest.mark.parametrize("text,start,end", [
    ("today", "2026-11-24", "2026-11-25"), ("yesterday", "2026-11-23", "2026-11-24"), ("7 days", "2026-11-18", "2026-11-25"),
    ("last 30 days", "2026-10-26", "2026-11-25"), ("this week", "2026-11-23", "2026-11-30"), ("last month", "2026-10-01", "2026-11-01"),
    ("this year", "2026-01-01", "2027-01-01"), ("2026", "2026-01-01", "2027-01-01"), ("2026-05", "2026-05-01", "2026-06-01"),
    ("2026-05-01", "2026-05-01", "2026-05-02"), ("2026-01-01 to 2026-02-01", "2026-01-01", "2026-02-01"), ("2026-Q2", "2026-04-01", "2026-07-01"),
    ("3 days ago", "2026-11-21", "2026-11-22"), ("3 months ago for 2 days", "2026-08-01", "2026-08-03"), ("12 months", "2025-12-01", "2026-12-01"),
    ("last quarter", "2026-07-01", "2026-10-01"), ("7 days ago for 7 days", "2026-11-17", "2026-11-24"), ("Last 7 Days", "2026-11-18", "2026-11-25")])
def test_date_filters(text: str, start: str, end: str) -> None:
    assert date_range(text, NOW) == (datetime.fromisoformat(start), datetime.fromisoformat(end))


@pytest.mark.parametrize("text", ["Q1", "EMEA", "7 complete days", "2026-13", "soon", "7 days ago to 1 dog ago"])
def test_what_is_no_date(text: str) -> None:
    assert date_range(text, NOW) is None


def test_yesno_filters() -> None:
    assert yesno_test("Yes")(True) and not yesno_test("yes")(False) and yesno_test("No")(None) and not yesno_test("maybe")(True)


@pytest.mark.parametrize("value,form,text", [(1169, None, "1,169"), (530, None, "530"), (1234.5, "$#,##0.00", "$1,234.50"),
                                             (0.125, "0.0%", "12.5%"), (2.345, "$#,##0.00", "$2.35"), (-1234.5, "#,##0", "-1,235")])
def test_rendering(value: Any, form: Any, text: str) -> None:
    assert render(value, form) == text


def test_fields_parameter() -> None:
    data = [{"id": "1", "title": "t", "folder": {"id": "2", "name": "n", "x": {"y": 1, "z": 2}}}]
    assert trim(data, parse("id,folder(name,x(y))")) == [{"id": "1", "folder": {"name": "n", "x": {"y": 1}}}]
    with pytest.raises(ValueError):
        parse("id,folder(name")


# The engine

def query(view: str, fields: list[str], **more: Any) -> dict[str, Any]:
    return {"model": "shop", "view": view, "fields": fields, **more}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(lambda: NOW)


def test_the_data_is_the_same_everywhere(engine: Engine) -> None:
    first = engine.run(query("orders", ["orders.count", "orders.total_revenue"]))["data"][0]
    again = Engine(lambda: datetime(2031, 2, 3, 4)).run(query("orders", ["orders.count", "orders.total_revenue"]))["data"][0]
    assert first == again and first["orders.count"]["rendered"] == "2,529"
    today = engine.run(query("orders", ["orders.count"], filters={"orders.created_date": "today"}))["data"][0]
    assert today["orders.count"]["value"] > 0


def test_groups_add_up(engine: Engine) -> None:
    by_region = engine.run(query("orders", ["users.region", "orders.count"], total=True))
    counts = [row["orders.count"]["value"] for row in by_region["data"]]
    assert sum(counts) == by_region["totals_data"]["orders.count"]["value"] == 2529 and by_region["has_totals"]
    assert counts == sorted(counts, reverse=True)
    assert {row["users.region"]["value"] for row in by_region["data"]} == {"EMEA", "APAC", "AMER", None}


def test_sorts_and_limits(engine: Engine) -> None:
    rising = engine.run(query("products", ["products.id", "products.name"], sorts=["products.id"], limit="3"))["data"]
    assert [row["products.id"]["value"] for row in rising] == [1, 2, 3]
    falling = engine.run(query("products", ["products.id"], sorts=["products.id desc 0"]), limit=2)["data"]
    assert [row["products.id"]["value"] for row in falling] == [22, 21]
    assert engine.run(query("orders", ["orders.created_month", "orders.count"]))["data"][0]["orders.created_month"]["value"] == "2026-11"


def test_cells(engine: Engine) -> None:
    row = engine.run(query("orders", ["users.name", "users.is_member", "users.age_tier", "orders.comment", "orders.total", "orders.count"],
                           filters={"orders.comment": "<!channel>%"}))["data"][0]
    assert row["orders.comment"]["value"] == "<!channel> please hurry" and row["users.is_member"]["value"] in ("Yes", "No")
    assert row["users.name"]["html"].startswith("<a href=") and row["users.age_tier"]["sort_value"].isdigit()
    assert row["orders.total"]["rendered"].startswith("$") and "rendered" not in row["orders.count"]
    none = engine.run(query("orders", ["orders.average_value", "orders.count"], filters={"orders.status": "lost"}))["data"]
    assert none == [{"orders.average_value": {"value": None}, "orders.count": {"value": 0}}]


def test_drill_links_only_when_asked_for(engine: Engine) -> None:
    one = query("orders", ["users.country", "orders.count"], filters={"orders.created_date": "7 days"})
    assert "links" not in engine.run(one)["data"][0]["orders.count"]
    link = engine.run(one, drill=True)["data"][0]["orders.count"]["links"][0]
    assert link["type"] == "measure_default" and link["url"].startswith("/explore/shop/orders?") and "f[orders.created_date]=7 days" in link["url"]


def test_pivot(engine: Engine) -> None:
    result = engine.run(query("orders", ["orders.status", "users.region", "orders.count"], pivots=["users.region"], row_total="right", total=True))
    assert [column["key"] for column in result["pivots"]] == ["users.region___null", "AMER", "APAC", "EMEA", "$$$_row_total_$$$"]
    row = result["data"][0]["orders.count"]
    assert sum(cell["value"] for key, cell in row.items() if key != "$$$_row_total_$$$") == row["$$$_row_total_$$$"]["value"]
    assert result["totals_data"]["orders.count"]["$$$_row_total_$$$"]["value"] == 2529
    assert [field["name"] for field in result["fields"]["pivots"]] == ["users.region"] and len(result["fields"]["dimensions"]) == 1


def test_table_calculation_and_database_error(engine: Engine) -> None:
    share = '[{"table_calculation":"share","label":"Share","expression":"${orders.count}/sum(${orders.count})","value_format":"0.0%"}]'
    result = engine.run(query("orders", ["orders.status", "orders.count"], dynamic_fields=share))
    assert sum(row["share"]["value"] for row in result["data"]) == pytest.approx(1) and result["data"][0]["share"]["rendered"].endswith("%")
    failed = engine.run(query("orders", ["orders.legacy_code", "orders.count"]))
    assert failed["data"] == [] and "legacy_code" in failed["errors"][0]["message_details"]


# The API

def test_login_and_tokens(box: Running) -> None:
    assert box.login().json["expires_in"] == 3600
    assert box.login(client_secret="wrong").json["message"] == "Not found" and box.login(client_secret="wrong").status == 404
    assert http("GET", f"{box.looker_url}/api/4.0/looks").json["message"] == "Requires authentication."
    token = box.login().json["access_token"]
    for kind, status in (("Bearer", 200), ("token", 200), ("Basic", 401)):
        assert http("GET", f"{box.looker_url}/api/4.0/user", headers={"Authorization": f"{kind} {token}"}).status == status
    assert http("GET", f"{box.looker_url}/api/4.0/versions").json["current_version"]["version"] == "4.0"


def test_wrong_paths_are_html(box: Running) -> None:
    for path in ("/api/4.0/spaces/1", "/api/3.1/looks", "/api/4.0/", "/nothing"):
        answer = http("GET", box.looker_url + path, headers={"Authorization": f"Bearer {box.login().json['access_token']}"})
        assert answer.status == 404 and answer.headers["Content-Type"].startswith("text/html"), path
    assert http("POST", box.looker_url + "/login").status == 403


def test_forbidden_looks_like_missing(box: Running) -> None:
    for path in ("looks/98", "dashboards/98", "folders/99", "looks/12345", "folders/99/children"):
        answer = box.looker("GET", path)
        assert (answer.status, answer.json["message"]) == (404, "Not found"), path
    assert "98" not in [look["id"] for look in box.looker("GET", "looks?fields=id").json]


def all_strings(value: Any, key: str = "") -> bool:
    if isinstance(value, dict):
        return all(all_strings(item, name) for name, item in value.items())
    if isinstance(value, list):
        return all(all_strings(item, key) for item in value)
    return not (key == "id" or key.endswith("_id")) or value is None or isinstance(value, str)


def test_content(box: Running) -> None:
    folder = box.looker("GET", "folders/40").json
    assert [one["title"] for one in folder["dashboards"]][:3] == ["Revenue today", "Sales", "Sales by product"]
    children = box.looker("GET", "folders/40/children?fields=id,name").json
    assert [one["name"] for one in children] == ["Customers", "Operations", "Trends", "[hidden] Drafts"]
    second = box.looker("GET", "folders/40/children?fields=name&limit=3&offset=3")
    assert second.json == [{"name": "[hidden] Drafts"}] and second.headers["X-Total-Count"] == "4"
    listed = box.looker("GET", "folders/40/dashboards?fields=id,title,dashboard_filters(name,title,type,default_value,required)").json
    sales = next(one for one in listed if one["id"] == "21")
    assert [(f["name"], f["type"], f["default_value"]) for f in sales["dashboard_filters"]] == [
        ("Region", "field_filter", ""), ("Period", "date_filter", "30 days")]
    looks = box.looker("GET", "looks").json
    assert len(looks) == 22 and "query" not in looks[0] and box.looker("GET", "looks/1").json["query"]["id"] == looks[0]["query_id"]
    assert box.looker("GET", "dashboards/" + quote("shop::business_pulse", safe="")).json["readonly"] is True
    dashboards = box.looker("GET", "dashboards").json
    assert "dashboard_elements" not in dashboards[0] and len(dashboards) >= 20
    for one in dashboards:
        assert all_strings(box.looker("GET", "dashboards/" + quote(one["id"], safe="")).json)
    assert box.looker("GET", "content/sales%20product").json[0]["content_id"] == "22"
    assert {one["type"] for one in box.looker("GET", "content/orders?types=look").json} == {"look"}


def test_every_tile_runs_and_links_lead_somewhere(box: Running) -> None:
    for one in box.looker("GET", "dashboards").json:
        for element in box.looker("GET", "dashboards/" + quote(one["id"], safe="")).json["dashboard_elements"]:
            maker, look = element["result_maker"] or {}, element["look"] or {}
            found = element["query"] or look.get("query") or maker.get("query")
            if found is None:
                assert element["type"] == "text" or element["merge_result_id"]
                continue
            result = box.looker("GET", f"queries/{found['id']}/run/json_detail?limit=5&generate_drill_links=true").json
            assert result["errors"] if one["id"] == "33" else len(result["data"]) <= 5
            assert http("GET", found["share_url"]).status == 200
            copied = box.looker("POST", "queries", {**found, "client_id": None})
            assert copied.json["id"] == found["id"]
    assert "Sales by product" in http("GET", box.looker_url + "/folders/40").text
    assert http("GET", box.looker_url + "/dashboards/21?Region=%3Cb%3E").text.count("<b>") == 0


@pytest.mark.parametrize("changed,status,field", [
    ({}, 200, ""), ({"model": None}, 422, "model"), ({"view": "nope"}, 404, ""), ({"fields": ["orders.nope"]}, 422, "fields"),
    ({"fields": []}, 422, "fields"), ({"filters": {"x.y": "1"}}, 422, "filters"), ({"filters": {"orders.status": 1}}, 422, "filters"),
    ({"filter_config": {}}, 422, "filter_config"), ({"client_id": "short"}, 422, "client_id"), ({"limit": 500}, 422, "limit"),
    ({"listen": {}}, 422, "listen"), ({"sorts": ["users.id"]}, 422, "sorts"), ({"id": "7", "can": {}}, 200, "")])
def test_creating_queries(box: Running, changed: dict[str, Any], status: int, field: str) -> None:
    answer = box.looker("POST", "queries", {**query("orders", ["orders.count", "orders.status"]), **changed})
    assert answer.status == status
    if field:
        assert answer.json["errors"][0]["field"] == field


def test_queries_are_kept_once(box: Running) -> None:
    body = query("orders", ["orders.count"], filters={"orders.status": "pending"})
    first, second = box.looker("POST", "queries", body).json, box.looker("POST", "queries", body).json
    assert (first["id"], first["slug"]) == (second["id"], second["slug"]) and len(first["slug"]) == 22
    assert box.looker("GET", f"queries/slug/{first['slug']}").json["id"] == first["id"]
    named = box.looker("POST", "queries", {**body, "client_id": "A" * 22}).json
    assert named["id"] == first["id"] and box.looker("GET", "queries/slug/" + "A" * 22).json["id"] == first["id"]
    assert box.looker("POST", "queries", {**body, "filters": None, "client_id": "A" * 22}).status == 409
    inline = box.looker("POST", "queries/run/json_detail", body).json
    assert inline["data"] == box.looker("GET", f"queries/{first['id']}/run/json_detail").json["data"]
    assert inline["applied_filters"]["orders.status"]["value"] == "pending"
    assert box.looker("GET", f"queries/{first['id']}/run/png").status == 400
