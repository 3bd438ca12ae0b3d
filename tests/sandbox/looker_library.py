"""What the shop's people have saved in Looker: about 20 Looks, and the dashboards that are commands."""
from __future__ import annotations

import json
from typing import Any

from looker_content import Content

COMMAND_FOLDER = "40"

Query = dict[str, Any]


def q(view: str, fields: str, filters: Any = None, vis: str = "looker_grid", **more: Any) -> Query:
    """A query in short: fields without their view's name take the explore's."""
    named = [name if "." in name else f"{view}.{name}" for name in fields.split()]
    config = {"type": vis, "show_view_names": False, "hidden_fields": [], **more.pop("config", {})}
    return {"view": view, "fields": named, "filters": filters or None, "limit": "500", "column_limit": "50",
            "vis_config": config, **more}


REVENUE = "orders.total_revenue"
BY_REVENUE = [REVENUE + " desc"]
STATUS = {"orders.status": "complete,shipped,pending"}

SHARE = json.dumps([{"table_calculation": "share", "label": "Share", "value_format": "0.0%",
                     "expression": "${order_items.revenue}/sum(${order_items.revenue})"}])

LOOKS = [
    ("Orders per month", "10", q("orders", "created_month count", vis="looker_column")),
    ("Orders per day, last 30 days", "10", q("orders", "created_date count", {"orders.created_date": "30 days"})),
    ("Revenue by region", "10", q("orders", f"users.region {REVENUE}", sorts=BY_REVENUE)),
    ("Revenue by country", "10", q("orders", f"users.country {REVENUE} count", sorts=BY_REVENUE, total=True)),
    ("Gift share", "11", q("orders", "gift_share", vis="single_value", config={"single_value_title": "Orders that are gifts"})),
    ("Average order value", "10", q("orders", "average_value", STATUS, vis="single_value")),
    ("Top 20 customers", "11", q("orders", f"users.name users.country count {REVENUE}", sorts=BY_REVENUE, limit="20")),
    ("Customers by age", "11", q("users", "age_tier count", sorts=["users.age_tier"])),
    ("Customers by country", "11", q("users", "country count")),
    ("New customers per month", "11", q("users", "created_month count")),
    ("Members by region", "11", q("users", "region count", {"users.is_member": "Yes"}, vis="looker_pie")),
    ("Product list", "1", q("products", "id name category brand price in_stock", sorts=["products.id"])),
    ("Product prices by category", "1", q("products", "category count average_price")),
    ("Best selling products", "1", q("order_items", "products.name units revenue", sorts=["order_items.revenue desc"],
                                     limit="10")),
    ("Out of stock", "1", q("products", "name category", {"products.in_stock": "No"})),
    ("Returned orders", "10", q("orders", "id created_date users.name total", {"orders.status": "returned"})),
    ("Orders by status", "10", q("orders", "status count")),
    ("Orders by channel and status", "10", q("orders", "channel status count", pivots=["orders.status"])),
    ("Gift orders of this year", "11", q("orders", f"created_month count {REVENUE}",
                                         {"orders.is_gift": "Yes", "orders.created_date": "this year"})),
    ("Q&A: what is an <order>?", "1", q("orders", "count", vis="single_value"), "An order *counts* once it is paid"),
    ("Number of orders", "10", q("orders", "count", vis="single_value")),
    ("Open tickets", "1", q("orders", "open_tickets", {"orders.status": "pending"}, vis="single_value")),
]


def fill(content: Content) -> None:
    for folder in (("1", "Shared", None), ("10", "Finance", "1"), ("11", "Marketing", "1"), (COMMAND_FOLDER, "Slack commands", "1"),
                   ("41", "Customers", COMMAND_FOLDER), ("42", "Operations", COMMAND_FOLDER), ("43", "Trends", COMMAND_FOLDER),
                   ("44", "[hidden] Drafts", COMMAND_FOLDER), ("lookml", "LookML Dashboards", None), ("99", "Board only", "1")):
        content.add_folder(*folder)
    for number, (title, folder_id, query, *description) in enumerate(LOOKS, 1):
        content.add_look(str(number), title, folder_id, query, *description, views=7 * number % 50)
    content.add_look("98", "Salaries", "99", LOOKS[0][2])
    content.forbidden |= {"folders/99", "looks/98", "dashboards/98"}
    _general(content)
    _customers(content)
    _operations(content)
    _trends(content)
    _elsewhere(content)


def _general(c: Content) -> None:
    tile, where = c.tile, c.filter
    c.add_dashboard("20", "Revenue today", COMMAND_FOLDER, [tile("Revenue today", q(
        "orders", REVENUE, {"orders.created_date": "today"}, vis="single_value"))], description="What came in since midnight")
    both = {"Region": "users.region", "Period": "orders.created_date"}
    c.add_dashboard("21", "Sales", COMMAND_FOLDER, [tile("Sales by country", q(
        "orders", f"users.region users.country count {REVENUE} average_value", {**STATUS, "orders.created_date": "7 days"},
        sorts=BY_REVENUE, total=True, config={"series_labels": {"orders.count": "Orders"}}), listens=both)],
        [where("Region", "users.region", ui="tag_list"), where("Period", "orders.created_date", default="30 days", bare=True)],
        "Sales by country")
    c.add_dashboard("22", "Sales by product", COMMAND_FOLDER, [tile("Best sellers", q(
        "order_items", "products.name products.category units revenue", sorts=["order_items.revenue desc"], limit="50",
        dynamic_fields=SHARE),
        listens={"Category": "products.category", "Period": "orders.created_date"})],
        [where("Category", "products.category", explore="order_items", ui="button_group"),
         where("Period", "orders.created_date", default="90 days", explore="order_items")], "The products that sell best")
    c.add_dashboard("23", "Order", COMMAND_FOLDER, [tile("Order", q(
        "orders", "id created_time users.name users.country status channel total comment", sorts=["orders.id desc"], limit="1",
        vis="looker_single_record"), listens={"Order number": "orders.id"})],
        [where("Order number", "orders.id")], "One order; the latest one without a number")
    c.add_dashboard("25", "Board numbers [hidden]", COMMAND_FOLDER, [tile("Board numbers", q(
        "orders", f"created_year count {REVENUE}", sorts=["orders.created_year desc"]))], description="Not in help")


def _customers(c: Content) -> None:
    tile, where = c.tile, c.filter
    c.add_dashboard("24", "Customer", "41", [tile("Customer", q(
        "orders", f"users.name users.country users.is_member count {REVENUE}", sorts=BY_REVENUE, limit="25"),
        listens={"Customer": "users.name"})],
        [where("Customer", "users.name", required=True, bare=True)], "Everything about a customer")
    c.add_dashboard("26", "New customers", "41", [tile("New customers", q(
        "users", "created_month count", sorts=["users.created_month desc"]), form="result_maker",
        listens={"Region": "users.region", "Period": "users.created_date"})],
        [where("Region", "users.region", default="EMEA", explore="users"),
         where("Period", "users.created_date", default="12 months", explore="users")], "Sign-ups by month")
    c.add_dashboard("27", "Customer comments", "41", [tile(None, q(
        "orders", "id users.name comment", {"orders.comment": "-NULL"}, sorts=["orders.id desc"], limit="40"))],
        description="What people write with their orders")
    c.add_dashboard("28", "Members", "41", [tile("Members", q(
        "users", "region age_tier count average_age", sorts=["users.region", "users.age_tier"]), listens={"member": "users.is_member"})],
        [where("Member?", "users.is_member", default="Yes", name="member", explore="users", ui="button_toggles")],
        "Members of the tea club, or the others")


def _operations(c: Content) -> None:
    tile, where = c.tile, c.filter
    c.add_dashboard("29", "Big orders", "42", [tile("Big orders", q(
        "orders", "id created_date users.id users.name status total", sorts=["orders.total desc"],
        config={"hidden_fields": ["users.id"]}), listens={"Total": "orders.total"})],
        [where("Total", "orders.total", default=">300", ui="range_slider", bare=True)], "Orders above an amount")
    c.add_dashboard("30", "Shop overview", "42", [
        tile("Orders", q("orders", "count", vis="single_value"), listens={"Period": "orders.created_date"}, place=(0, 0)),
        tile("Revenue", q("orders", REVENUE, vis="single_value"), listens={"Period": "orders.created_date"}, place=(0, 12)),
        tile("Revenue by month", q("orders", f"created_month {REVENUE}", vis="looker_line"), place=(6, 0)),
        tile("Best countries", q("orders", f"users.country {REVENUE}", sorts=BY_REVENUE, limit="5"),
             listens={"Period": "orders.created_date"}, place=(6, 12)),
        tile(None, look="13", form="look", place=(12, 0)),
        tile("Note", form="text", text="All amounts are in **US dollars**.", place=(12, 12))],
        [where("Period", "orders.created_date", default="30 days")], "Everything at a glance")
    c.add_dashboard("31", "How we count", "42", [tile("How we count", form="text",
                    text="An order counts on the day it was *placed*, not paid. See <a href=\"https://acme-shop.example/wiki\">the wiki</a>.")],
                    description="Definitions")
    sources = [q("orders", "created_date count"), q("users", "created_date count")]
    c.add_dashboard("32", "Orders against sign-ups", "42", [tile("Orders against sign-ups", form="merge", sources=sources)],
                    description="Two explores side by side")
    c.add_dashboard("33", "Legacy codes", "42", [tile("Legacy codes", q("orders", "legacy_code count"))],
                    description="Its column is gone: shows the database's error")
    c.add_dashboard("34", "Lost parcels", "42", [tile("Lost parcels", q(
        "orders", "id users.name", {"orders.status": "lost"}))], description="None so far")


    c.add_dashboard("39", "Open tickets", "42", [tile("Open tickets", q(
        "orders", "open_tickets", {"orders.status": "pending"}, vis="single_value"))], description="A number with data actions")
    c.add_dashboard("45", "Ticket", "42", [tile("Ticket", q(
        "orders", "ticket ticket_state users.value created_date comment", {"orders.status": "pending"}, sorts=["orders.ticket desc"],
        limit="1", vis="looker_single_record"), listens={"Ticket number": "orders.ticket"})],
        [where("Ticket number", "orders.ticket")], "A record with data actions")


def _trends(c: Content) -> None:
    tile, where = c.tile, c.filter
    c.add_dashboard("35", "Monthly revenue", "43", [tile("Monthly revenue", q(
        "orders", f"created_month {REVENUE}", {"orders.created_month": "12 months"}, vis="looker_column",
        sorts=["orders.created_month"]), listens={"Region": "users.region"})],
        [where("Region", "users.region", ui="tag_list")], "Revenue of the last twelve months")
    c.add_dashboard("36", "Orders by status and region", "43", [tile("Orders by status and region", q(
        "orders", "status users.region count", pivots=["users.region"], sorts=["users.region", "orders.count desc 0"],
        row_total="right", total=True), listens={"Period": "orders.created_date"})],
        [where("Period", "orders.created_date", default="this year")], "A pivot")
    c.add_dashboard("37", "Gift share", "43", [tile(None, look="5", form="look")], description="How many orders are gifts")
    c.add_dashboard("38", "Draft margins", "44", [tile("Draft margins", q("products", "category average_price"))],
                    description="Unfinished")


def _elsewhere(c: Content) -> None:
    """Dashboards that are no commands, for `find`."""
    c.add_dashboard("60", "Executive summary", "10", [c.tile("Revenue", q("orders", REVENUE, vis="single_value"))],
                    description="For Monday's meeting")
    c.add_dashboard("61", "Campaigns", "11", [c.tile("Channels", q("orders", "channel count", vis="looker_pie"))])
    c.add_dashboard("62", "Pipeline", "10", [c.tile("Pipeline", q("orders", "status count", vis="looker_funnel"),
                    listens={"Period": "orders.created_date"})],
                    [c.filter("Period", "orders.created_date", default="90 days")], "From the basket to the door")
    c.add_dashboard("63", "Regional mix", "10", [c.tile("Regional mix", q(
        "orders", f"created_month users.region {REVENUE}", {"orders.created_month": "6 months"}, pivots=["users.region"],
        vis="looker_column", config={"stacking": "normal"}))], description="Who buys, month by month")
    c.add_dashboard("65", "Wall", "10", [
        c.tile("Orders by state", q("orders", "status count", vis="looker_funnel"), listens={"Period": "orders.created_date"}, place=(0, 0)),
        c.tile("Orders and sign-ups", form="merge", listens={"Period": "orders.created_date"}, place=(0, 12), sources=[
            q("orders", "created_date count"), q("users", "created_date count")]),
        c.tile("Who bought", q("orders", "id users.name total", sorts=["orders.id desc"]), listens={"Period": "orders.created_date"},
               place=(12, 0))],
        [c.filter("Period", "orders.created_date", default="60 days")], "What hangs in the office")
    c.add_dashboard("64", "This month", "10", [c.tile("This month", q(
        "orders", f"created_month {REVENUE}", {"orders.created_month": "2 months"}, pivots=["orders.created_month"],
        sorts=["orders.created_month desc"], vis="single_value", config={
            "single_value_title": "Revenue so far", "show_comparison": True, "comparison_type": "progress_percentage",
            "comparison_label": "of last month"}))], description="A value with its comparison")
    c.add_dashboard("shop::business_pulse", "Business pulse", "lookml",
                    [c.tile("Orders", q("orders", "created_date count", vis="looker_line"))], readonly=True)
    c.add_dashboard("98", "Board secrets", "99", [c.tile("Secrets", q("orders", "count"))])
