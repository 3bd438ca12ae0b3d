"""The made-up workspace: who is in it, and which channels it has. Data only."""
from __future__ import annotations

from typing import Any

TEAM_ID = "T0ACMESHOP"
TEAM_NAME = "Acme Shop"
TEAM_DOMAIN = "acme-shop"
PARTNER_TEAM_ID = "T0PARTNERX"
APP_ID = "A0LOOKERBOT"
BOT_USER_ID = "U0LOOKERBOT"
BOT_ID = "B0LOOKERBOT"

BOT_TOKEN = "xoxb-sandbox-not-a-secret"
APP_TOKEN = "xapp-sandbox-not-a-secret"
SIGNING_SECRET = "sandbox-signing-secret-not-a-secret"
VERIFICATION_TOKEN = "sandbox-verification-token-not-a-secret"

# What the app's manifest asks for.
SCOPES = ("app_mentions:read", "channels:history", "channels:join", "channels:read", "chat:write",
          "chat:write.public", "commands", "files:read", "files:write", "groups:history", "groups:read",
          "im:history", "im:read", "im:write", "links:read", "links:write", "mpim:read",
          "reactions:write", "team:read", "users:read", "users:read.email")


def _person(user_id: str, name: str, real_name: str, color: str, **flags: Any) -> dict[str, Any]:
    team = flags.pop("team_id", TEAM_ID)
    title = flags.pop("title", "")
    profile: dict[str, Any] = {
        "real_name": real_name, "real_name_normalized": real_name, "display_name": name,
        "display_name_normalized": name, "title": title, "team": team, "avatar_hash": "g" + user_id.lower()}
    is_bot = flags.get("is_bot", False)
    if not is_bot and team == TEAM_ID:
        profile["email"] = f"{name}@acme-shop.example"
    if is_bot:
        profile["api_app_id"] = flags.pop("app_id", "A0OTHERAPP")
        profile["bot_id"] = flags.pop("bot_id", "B0OTHERAPP")
    return {"id": user_id, "team_id": team, "name": name, "deleted": False, "color": color,
            "real_name": real_name, "tz": "Europe/Paris", "tz_label": "Central European Time",
            "tz_offset": 3600, "profile": profile, "is_admin": False, "is_owner": False,
            "is_primary_owner": False, "is_restricted": False, "is_ultra_restricted": False,
            "is_bot": False, "is_app_user": False, "is_email_confirmed": True,
            "updated": 1760000000, **flags}


PEOPLE = [
    _person("U0ADA", "ada", "Ada Okafor", "9f69e7", title="Head of sales", is_admin=True),
    _person("U0BENJI", "benji", "Benji Sato", "3c8c69", title="Analyst", is_app_user=True),
    _person("U0CHIARA", "chiara", "Chiara Russo", "d55aef", title="Support lead"),
    _person("U0GUEST", "gil", "Gil Fontaine", "e0a729", title="Guest of #support", is_restricted=True,
            is_ultra_restricted=True),
    _person("U0EVE", "eve", "Eve Lindqvist", "df3dc0", title="At Partner & Co", team_id=PARTNER_TEAM_ID,
            is_stranger=False),
    _person("U0LEFT", "dan", "Dan Left", "5b89d5", title="Former colleague", deleted=True),
    _person(BOT_USER_ID, "looker", "Looker", "4b2a8c", is_bot=True, app_id=APP_ID, bot_id=BOT_ID),
    _person("U0DEPLOY", "deploybot", "Deploy Bot", "235e5b", is_bot=True, bot_id="B0DEPLOY", app_id="A0DEPLOY"),
    _person("USLACKBOT", "slackbot", "Slackbot", "757575"),
]

# "about" is for the page only: it says what a channel is good for.
CHANNELS: list[dict[str, Any]] = [
    {"id": "C0GENERAL", "name": "general", "is_general": True, "topic": "Company-wide chatter",
     "members": ["U0ADA", "U0BENJI", "U0CHIARA", BOT_USER_ID, "U0DEPLOY"], "about": ""},
    {"id": "C0SALES", "name": "sales", "topic": "Numbers, deals, questions",
     "members": ["U0ADA", "U0BENJI", BOT_USER_ID], "about": ""},
    {"id": "C0SUPPORT", "name": "support", "topic": "Customers first",
     "members": ["U0ADA", "U0CHIARA", "U0GUEST", BOT_USER_ID], "about": ""},
    {"id": "C0ALERTS", "name": "alerts", "topic": "What Looker has to say", "members": ["U0ADA", "U0BENJI", BOT_USER_ID],
     "about": ""},
    {"id": "C0RANDOM", "name": "random", "topic": "Anything goes", "members": ["U0ADA", "U0BENJI", "U0CHIARA"],
     "about": "The bot is not a member here."},
    {"id": "C0PARTNERS", "name": "partners", "topic": "Shared with Partner & Co", "is_ext_shared": True,
     "members": ["U0ADA", "U0EVE", BOT_USER_ID], "about": "Shared with another company."},
    {"id": "C0BOARD", "name": "board-room", "is_private": True, "topic": "Private",
     "members": ["U0ADA"], "about": "Private; the bot is not a member here."},
    {"id": "C0OLD", "name": "old-campaign", "is_archived": True, "topic": "Over",
     "members": ["U0ADA", BOT_USER_ID], "about": "Archived."},
    {"id": "D0ADA", "is_im": True, "members": ["U0ADA", BOT_USER_ID], "about": ""},
    {"id": "D0BENJI", "is_im": True, "members": ["U0BENJI", BOT_USER_ID], "about": ""},
    {"id": "D0TWO", "is_im": True, "members": ["U0ADA", "U0CHIARA"],
     "about": "A direct message between two people: the bot is not in it."},
]
