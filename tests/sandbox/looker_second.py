"""The second Looker: the warehouse's. Some of its commands have titles that the first one has too."""
from __future__ import annotations

from looker_content import Content
from looker_library import REVENUE, q

COMMAND_FOLDER = "70"
SEED = 20200220


def fill(content: Content) -> None:
    for folder in (("1", "Shared", None), ("12", "Warehouse", "1"), (COMMAND_FOLDER, "Warehouse commands", "1"),
                   ("71", "Operations", COMMAND_FOLDER)):
        content.add_folder(*folder)
    tile, where = content.tile, content.filter
    content.add_look("1", "Pallets per day", "12", q("orders", "created_date count", {"orders.created_date": "30 days"}))
    content.add_look("300", "Warehouse stock", "12", q("products", "name category in_stock", sorts=["products.name"]))
    content.add_dashboard("700", "Sales", COMMAND_FOLDER, [tile("Sales", q(
        "orders", f"users.region count {REVENUE}"), listens={"Region": "users.region"})],
        [where("Region", "users.region")], "What left the warehouse")
    content.add_dashboard("701", "Stock", COMMAND_FOLDER, [tile("Stock", q(
        "products", "category count", sorts=["products.category"]), listens={"Category": "products.category"})],
        [where("Category", "products.category", explore="products")], "What is there, by category")
    content.add_dashboard("702", "Deliveries", "71", [tile("Deliveries", q(
        "orders", "status count"), listens={"Period": "orders.created_date"})],
        [where("Period", "orders.created_date", default="7 days")], "What went out")
