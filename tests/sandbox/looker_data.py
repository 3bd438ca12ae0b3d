"""The rows of the made-up shop. The same on every machine and day: seeded, and dated back from today."""
from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from typing import Any

DAYS = 420
FIRST_ORDER = 1001
SEED = 20180501

# name, country, region; a few are hard to show: that is the point of them.
CUSTOMERS = [
    ("Ada Lovelace", "United Kingdom", "EMEA"), ("田中 花子", "Japan", "APAC"), ("Zoë Müller", "Germany", "EMEA"),
    ("Sean O'Brien", "Ireland", "EMEA"), ("José Nuñez", "Mexico", "AMER"), ("*Bold* Bob", "Canada", "AMER"),
    ("<!channel> Charlie", "Australia", "APAC"), ("Tom & Jerry", "United States", "AMER"),
    ("김민준", "South Korea", "APAC"), ("Никита Орлов", "Kazakhstan", None), ("_Ida_ Under", "Norway", "EMEA"),
    ("李小龙 🐉", "China", "APAC"), ("Grace Hopper", "United States", "AMER"), ("Noor al-Farsi", "Oman", "EMEA"),
    ("`Code` Cody", "United States", "AMER"), ("Chloé \"Coco\" Petit", "France", "EMEA")]
FIRST = ["Amir", "Bea", "Carl", "Dora", "Emil", "Fatou", "Gus", "Hana", "Ivo", "Jana", "Kofi", "Lena", "Mats",
         "Nina", "Omar", "Pia", "Quin", "Rosa", "Sven", "Tara"]
LAST = ["Adler", "Berg", "Costa", "Diop", "Evans", "Fischer", "Garcia", "Haas", "Ito", "Jensen", "Khan", "Larsen",
        "Moreau", "Novak", "Olsen", "Park", "Rossi", "Silva", "Tanaka", "Weber"]
PLACES = [("France", "EMEA"), ("Germany", "EMEA"), ("Spain", "EMEA"), ("Kenya", "EMEA"), ("United States", "AMER"),
          ("Canada", "AMER"), ("Brazil", "AMER"), ("Japan", "APAC"), ("India", "APAC"), ("Australia", "APAC")]

PRODUCTS = [
    ("Earl Grey", "Tea", "Leaf & Co", 8.5), ("抹茶 Matcha", "Tea", "宇治園", 24.0), ("Peppermint", "Tea", "Leaf & Co", 6.9),
    ("Oolong <special>", "Tea", "Formosa", 18.0), ("Chai *Masala*", "Tea", "Spice Road", 9.9),
    ("Rooibos", "Tea", "Cape", 7.5), ("House Espresso", "Coffee", "Black Cat", 14.0),
    ("Décaf ☕", "Coffee", "Black Cat", 13.5), ("Yirgacheffe, washed", "Coffee", "Highland", 19.0),
    ("Cold brew | can", "Coffee", "Black Cat", 4.2), ("Filter #4", "Coffee", "Highland", 5.0),
    ("Mug <!channel>", "Cups", "Clay", 16.0), ("Thermo ~2.0~", "Cups", "Steel", 29.0), ("Tea cup, set of 6", "Cups", "Clay", 54.0),
    ("Glass cup", "Cups", "Clear", 12.0), ("Shortbread", "Sweets", "Highland", 5.5), ("Baklava", "Sweets", "Bosphorus", 11.0),
    ("餅 Mochi", "Sweets", "宇治園", 9.0), ("Dark 85%", "Sweets", "Cape", 4.9), ("Gift box \"Ada\"", "Gifts", "Acme", 75.0),
    ("Voucher https://acme-shop.example/v?a=1&b=2", "Gifts", "Acme", 50.0), ("Tasting evening", "Gifts", None, 120.0)]

STATUSES = ["complete"] * 14 + ["shipped"] * 3 + ["pending"] * 2 + ["cancelled", "returned"]


class Shop:
    """All tables on one day. `rows(explore)` joins them."""

    def __init__(self, today: date, seed: int = SEED) -> None:
        self.today = today
        rng = random.Random(seed)
        self.users = self._users(rng)
        self.products = [self._row("products", id=i + 1, name=n, category=c, brand=b, price=p, in_stock=i % 7 != 3)
                         for i, (n, c, b, p) in enumerate(PRODUCTS)]
        self.orders, self.items = self._orders(rng)
        self._joined: dict[str, list[dict[str, Any]]] = {}

    @staticmethod
    def _row(view: str, **columns: Any) -> dict[str, Any]:
        return {f"{view}.{name}": value for name, value in columns.items()}

    def _moment(self, rng: random.Random, days_ago: int) -> datetime:
        at = time(rng.randrange(7, 22), rng.randrange(60), rng.randrange(60))
        return datetime.combine(self.today - timedelta(days=days_ago), at)

    def _users(self, rng: random.Random) -> list[dict[str, Any]]:
        names = list(CUSTOMERS)
        while len(names) < 260:
            place = rng.choice(PLACES)
            names.append((f"{rng.choice(FIRST)} {rng.choice(LAST)}", *place))
        users = []
        for number, (name, country, region) in enumerate(names, 1):
            users.append(self._row(
                "users", id=number, name=name, email=f"customer{number}@mail.example", country=country, region=region,
                age=rng.randrange(18, 80) if number % 17 else None, is_member=rng.random() < 0.35,
                created_at=self._moment(rng, rng.randrange(DAYS))))
        return users

    def _orders(self, rng: random.Random) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        orders, items = [], []
        number = FIRST_ORDER
        for days_ago in range(DAYS - 1, -1, -1):
            weekend = (DAYS - days_ago) % 7 in (0, 6)
            for _ in range(rng.randrange(3, 8) + (4 if weekend else 0)):
                user = rng.choice(self.users[:16] if rng.random() < 0.15 else self.users)
                bought = rng.sample(self.products, rng.choice((1, 1, 2, 2, 3)))
                total = 0.0
                for product in bought:
                    quantity = rng.choice((1, 1, 1, 2, 3, 6))
                    amount = round(product["products.price"] * quantity, 2)
                    total += amount
                    items.append(self._row("order_items", id=len(items) + 1, order_id=number, quantity=quantity,
                                           amount=amount, product_id=product["products.id"]))
                orders.append(self._row(
                    "orders", id=number, user_id=user["users.id"], created_at=self._moment(rng, days_ago),
                    status=rng.choice(STATUSES if days_ago > 4 else ["pending", "shipped", "complete"]),
                    channel=rng.choice(("web", "web", "web", "app", "store")), is_gift=rng.random() < 0.12,
                    total=round(total, 2), comment=COMMENTS[number % 97] if number % 97 in COMMENTS else None))
                number += 1
        return orders, items

    def rows(self, explore: str) -> list[dict[str, Any]]:
        if explore not in self._joined:
            users = {row["users.id"]: row for row in self.users}
            orders = {row["orders.id"]: {**row, **users[row["orders.user_id"]]} for row in self.orders}
            products = {row["products.id"]: row for row in self.products}
            self._joined = {
                "users": self.users, "products": self.products, "orders": list(orders.values()),
                "order_items": [{**row, **orders[row["order_items.order_id"]], **products[row["order_items.product_id"]]}
                                for row in self.items]}
        return self._joined[explore]


# What customers wrote; every one would do harm in a message if it were not escaped.
COMMENTS = {
    3: "<!channel> please hurry", 11: "*bold* and _italic_ and `code`", 19: "see <https://evil.example|your bank>",
    29: "5 < 6 && 7 > 2", 37: "ありがとうございます 🎁", 43: "line one\nline two", 53: "&amp; already escaped?",
    5: "\u202eturned around\u202c", 17: "שלום 12 < 34", 23: "👩‍👩‍👧‍👦 🇩🇪 ⚠️ e\u0301", 31: "x" * 40_000,
    47: "@here :tada: https://evil.example mailto:a@b.example", 61: "<@U0ADA> is the best", 71: "=HYPERLINK(\"https://evil.example\")", 83: "~struck~ | pipe | ```fence```"}
