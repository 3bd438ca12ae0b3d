"""A Google for the tests: its token endpoint, which checks a service account's JSON Web Token with the public key, the
metadata server of its machines, and its storage's XML API. Buckets by name: "uniform…" refuses access rules, "closed…" is
not open to strangers."""
from __future__ import annotations

import base64
import json
import secrets
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Optional
from urllib.parse import parse_qs

EMAIL, KEY_ID = "lookerbot@acme.iam.example", "key-1"
SCOPE = "https://www.googleapis.com/auth/devstorage.full_control"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
METADATA = "/computeMetadata/v1/instance/service-accounts/default/token"
UNIFORM = "Cannot insert legacy ACL for an object when uniform bucket-level access is enabled."


def make_key(folder: Path, name: str) -> Path:
    key = folder / f"{name}.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key],
                   check=True, capture_output=True, timeout=60)
    return key


def decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class Google:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = make_key(folder, "google")
        self.public = folder / "google.pub"
        subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-out", self.public], check=True, timeout=60)
        self.tokens: set[str] = set()
        self.objects: dict[str, tuple[str, bytes]] = {}
        self.requests: list[dict[str, Any]] = []
        self.metadata = True  # whether this is a machine of Google's with a service account
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"google": self}))
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        self.url = f"http://{self.host}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def settings(self, bucket: str, key: Optional[Path] = None, **changes: str) -> dict[str, str]:
        """With a service account's key; that of the machine: see `machine`."""
        account = {"type": "service_account", "client_email": EMAIL, "private_key_id": KEY_ID,
                   "private_key": (key or self.key).read_text(), "token_uri": f"{self.url}/token"}
        return {"GOOGLE_CLOUD_BUCKET": bucket, "GOOGLE_CLOUD_PROJECT": "acme", "GOOGLE_CLOUD_STORAGE_ENDPOINT": self.url,
                "GOOGLE_CLOUD_CREDENTIALS_JSON": json.dumps(account), **changes}

    def machine(self, bucket: str) -> dict[str, str]:
        return {"GOOGLE_CLOUD_BUCKET": bucket, "GOOGLE_CLOUD_STORAGE_ENDPOINT": self.url, "GCE_METADATA_HOST": self.host}

    def asked(self, method: str, path: str) -> list[dict[str, Any]]:
        return [one for one in self.requests if one["method"] == method and one["path"].startswith(path)]

    def new_token(self) -> dict[str, Any]:
        token = secrets.token_urlsafe(24)
        self.tokens.add(token)
        return {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}

    def jwt_fault(self, jwt: str) -> Optional[str]:
        header, claims, signature = jwt.split(".")
        said, who, now = json.loads(decode(header)), json.loads(decode(claims)), time.time()
        (self.folder / "jwt.sig").write_bytes(decode(signature))
        check = subprocess.run(["openssl", "dgst", "-sha256", "-verify", self.public, "-signature",
                                self.folder / "jwt.sig"], input=f"{header}.{claims}".encode(), capture_output=True,
                               timeout=60)
        if said != {"alg": "RS256", "typ": "JWT", "kid": KEY_ID}:
            return f"header {said}"
        if check.returncode != 0:
            return "Invalid JWT Signature."
        if (who["iss"], who["scope"], who["aud"]) != (EMAIL, SCOPE, f"{self.url}/token"):
            return f"claims {who}"
        if not now - 300 < who["iat"] <= now + 60 or who["exp"] - who["iat"] != 3600:
            return "times"
        return None


class Handler(BaseHTTPRequestHandler):
    google: Google
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int, body: bytes = b"", content_type: str = "application/xml") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def json(self, status: int, value: Any) -> None:
        self.answer(status, json.dumps(value).encode(), "application/json")

    def refuse(self, status: int, code: str, details: str = "") -> None:
        self.answer(status, f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message><Details>{details}"
                            "</Details></Error>".encode())

    def body(self) -> bytes:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.google.requests.append({"method": self.command, "path": self.path,
                                     "headers": {k.lower(): v for k, v in self.headers.items()}, "body": body})
        return body

    def do_POST(self) -> None:
        form = parse_qs(self.body().decode())
        if self.path != "/token" or form.get("grant_type") != [GRANT]:
            return self.json(404, {"error": "not_found"})
        fault = self.google.jwt_fault(form["assertion"][0])
        if fault:
            return self.json(400, {"error": "invalid_grant", "error_description": fault})
        return self.json(200, self.google.new_token())

    def do_PUT(self) -> None:
        body, bucket = self.body(), self.path.split("/")[1]
        if (self.headers.get("Authorization") or "").removeprefix("Bearer ") not in self.google.tokens:
            return self.refuse(401, "AuthenticationRequired")
        if bucket.startswith("missing"):
            return self.refuse(404, "NoSuchBucket")
        if self.headers.get("x-goog-acl") and bucket.startswith("uniform"):
            return self.refuse(400, "InvalidArgument", UNIFORM)
        self.google.objects[self.path] = (self.headers["Content-Type"], body)
        return self.answer(200)

    def do_GET(self) -> None:
        self.body()
        if self.path == METADATA:
            if self.headers.get("Metadata-Flavor") != "Google" or not self.google.metadata:
                return self.refuse(404, "NotFound")
            return self.json(200, self.google.new_token())
        kept = self.google.objects.get(self.path)
        if kept is None:
            return self.refuse(404, "NoSuchKey")
        if self.path.startswith("/closed"):
            return self.refuse(403, "AccessDenied")
        return self.answer(200, kept[1], kept[0])
