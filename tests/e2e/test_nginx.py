"""The nginx files: each of them is right by nginx's own check, and the limits agree with the bot's."""
from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from process import find_program
from stack import ROOT, free_port, write_nginx

NGINX = ROOT / "deploy" / "nginx"

FRAME = """
daemon off;
pid nginx.pid;
error_log stderr notice;
events {{}}
http {{
    access_log off;
    client_body_temp_path temp/body; fastcgi_temp_path temp/fastcgi; proxy_temp_path temp/proxy;
    uwsgi_temp_path temp/uwsgi; scgi_temp_path temp/scgi;
    {inner}
}}
"""

MINE = """
    server {{
        listen 127.0.0.1:{port};
        location / {{ return 200 mine; }}
        include snippets/lookerbot.conf;
    }}
"""


def assert_passes(prefix: Path) -> None:
    done = subprocess.run([find_program("nginx") or "nginx", "-t", "-e", "stderr", "-p", prefix, "-c",
                           prefix / "nginx.conf"], text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert not re.search(r"\[(warn|error|crit|emerg)\]", done.stderr), done.stderr


def write_frame(prefix: Path, inner: str) -> None:
    write_nginx(prefix, f"127.0.0.1:{free_port()}", "/run/lookerbot/fcgi.sock")
    (prefix / "nginx.conf").write_text(FRAME.format(inner=inner))


def test_the_whole_configuration(tmp_path: Path) -> None:
    write_nginx(tmp_path, f"127.0.0.1:{free_port()}", "/run/lookerbot/fcgi.sock")
    assert_passes(tmp_path)


def test_the_snippet_in_an_existing_server(tmp_path: Path) -> None:
    write_frame(tmp_path, MINE.format(port=free_port()))
    assert_passes(tmp_path)


def test_the_site(tmp_path: Path) -> None:
    write_frame(tmp_path, "include sites/lookerbot-site.conf;")
    (tmp_path / "sites").mkdir()
    text = (NGINX / "lookerbot-site.conf").read_text()
    assert "listen 80;" in text
    (tmp_path / "sites" / "lookerbot-site.conf").write_text(text.replace("listen 80;", f"listen {free_port()};"))
    assert_passes(tmp_path)


def test_a_broken_snippet_would_be_seen(tmp_path: Path) -> None:
    write_frame(tmp_path, MINE.format(port=free_port()))
    with (tmp_path / "snippets" / "lookerbot.conf").open("a") as snippet:
        snippet.write("nonsense on;\n")
    with pytest.raises(AssertionError):
        assert_passes(tmp_path)


def test_the_snippet_takes_no_other_address() -> None:
    found = re.findall(r"^location (.*) \{", (NGINX / "lookerbot.conf").read_text(), re.M)
    assert found == ["= /slack/receive", "/slack/post", "/slack/", "/data_actions", "= /lookerbot/hub", "= /health_check",
                     "@lookerbot_too_large", "@lookerbot_away"]


def test_the_size_of_a_command_is_the_same_on_both_sides() -> None:
    nginx = re.search(r"= /slack/receive \{\s*client_max_body_size (\d+)k;", (NGINX / "lookerbot.conf").read_text())
    bot = re.search(r"SLASH_BODY_MAX_BYTES \((\d+) \* 1024\)", (ROOT / "fcgi" / "routes.c").read_text())
    assert nginx and bot and nginx[1] == bot[1]


def test_the_size_of_events_and_presses_is_the_same_on_both_sides() -> None:
    nginx = re.search(r"location /slack/ \{\s*client_max_body_size (\d+)m;", (NGINX / "lookerbot.conf").read_text())
    bot = re.findall(r"(?:EVENT|ACTION)_BODY_MAX_BYTES \((\d+) \* 1024 \* 1024\)",
                     (ROOT / "fcgi" / "routes.c").read_text())
    assert nginx and bot == [nginx[1]] * 2


def test_the_size_of_deliveries_leaves_the_refusal_to_the_bot() -> None:
    nginx = re.search(r"location /slack/post \{\s*client_max_body_size (\d+)m;", (NGINX / "lookerbot.conf").read_text())
    bot = re.search(r"POST_BODY_MAX_BYTES \((\d+) \* 1024 \* 1024\)", (ROOT / "fcgi" / "routes.c").read_text())
    assert nginx and bot and int(nginx[1]) == int(bot[1]) + 1


def test_the_size_of_data_actions_is_the_same_on_both_sides() -> None:
    text = (NGINX / "lookerbot.conf").read_text()
    nginx = [re.search(rf"location {path} \{{\s*client_max_body_size (\d+)m;", text) for path in ("/data_actions", "= /lookerbot/hub")]
    bot = re.search(r"HUB_BODY_MAX_BYTES \((\d+) \* 1024 \* 1024\)", (ROOT / "fcgi" / "routes.c").read_text())
    assert bot and [one and one[1] for one in nginx] == [bot[1]] * 2


def test_a_host_of_its_own_is_a_hub_at_its_root() -> None:
    # test_hub.py asks the nginx of nginx.conf.
    found = [re.search(r"location = / \{\s*(if .*?\})", (NGINX / name).read_text(), re.S) for name in ("nginx.conf", "lookerbot-site.conf")]
    own, site = (" ".join(one[1].split()) for one in found if one)
    assert own == site == "if ($request_method = POST) { rewrite ^ /lookerbot/hub last; }"


def test_nothing_keeps_connections_or_needs_a_resolver() -> None:
    for path in NGINX.glob("*.conf"):
        lines = [line.split("#")[0] for line in path.read_text().splitlines()]
        assert not re.search(r"fastcgi_keep_conn|upstream|fastcgi_pass[^;]*\$", "\n".join(lines)), path
