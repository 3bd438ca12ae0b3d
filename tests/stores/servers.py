"""The servers that keep pictures in the tests: an S3 and an Azure Blob from the npm registry, as package.json and its lock
name them, and a Google of our own (google.py). Each listens on loopback, on a port that is free, and ends by its pid."""
from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from email.utils import formatdate
from pathlib import Path
from typing import Any, Iterator

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from process import Process, find_program  # noqa: E402
from stack import http_request  # noqa: E402

INSTALL_MAX_S = 150  # it takes half a minute
START_MAX_S = 60.0  # of node on a busy machine
INSTALL = ["ci", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error",
           "--prefer-offline", "--fetch-retries=1", "--fetch-timeout=30000"]


class CannotInstall(Exception):
    """In words for whoever reads the test's result."""


def node_modules(build: Path) -> Path:
    """The folder of the packages, installed below the build's folder once for each lock."""
    folder = build / "tests" / "stores"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in ("package.json", "package-lock.json")))
    stamp = folder / "installed"
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted.hexdigest():
            stamp.unlink(missing_ok=True)
            _install(folder)
            stamp.write_text(wanted.hexdigest())
    return folder / "node_modules"


def _install(folder: Path) -> None:
    for program in ("node", "npm"):
        if find_program(program) is None:
            raise CannotInstall(f"{program} is not installed: the stores' servers are npm packages "
                                "(deploy/packages.txt, group test)")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    npm = subprocess.Popen(["npm", *INSTALL], cwd=folder, text=True, stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        output, _ = npm.communicate(timeout=INSTALL_MAX_S)
    except subprocess.TimeoutExpired:
        os.killpg(npm.pid, signal.SIGKILL)
        raise CannotInstall(f"npm did not install the servers of tests/stores within {INSTALL_MAX_S} s: is its "
                            "registry reachable?") from None
    if npm.returncode != 0:
        raise CannotInstall(f"npm could not install the servers of tests/stores (status {npm.returncode}):\n"
                            + output[-3000:])


@contextlib.contextmanager
def _running(name: str, command: list[Any], cwd: Path, **env: str) -> Iterator[Process]:
    process = Process(name, command, cwd=cwd, env={**os.environ, **env})
    try:
        yield process
        process.stop(timeout=START_MAX_S)
    finally:
        process.kill()


def _address(process: Process, pattern: str) -> str:
    (line, *_) = process.wait_log(pattern, timeout=START_MAX_S)
    match = re.search(r"http://\S+", line)
    assert match, line
    return match[0]


class S3:
    KEY_ID, SECRET = "LOOKERBOTTESTKEY", "s3-not-a-secret/with+signs"

    def __init__(self, process: Process, url: str) -> None:
        self.process, self.url = process, url

    def settings(self, bucket: str, **changes: str) -> dict[str, str]:
        return {"SLACKBOT_S3_BUCKET": bucket, "SLACKBOT_S3_ENDPOINT": self.url, "SLACKBOT_S3_BUCKET_REGION": "eu-north-1",
                "AWS_ACCESS_KEY_ID": self.KEY_ID, "AWS_SECRET_ACCESS_KEY": self.SECRET, **changes}

    def requests(self, bucket: str) -> list[dict[str, Any]]:
        """What reached that bucket."""
        said = [json.loads(line.removeprefix("request ")) for line in self.process.log.splitlines()
                if line.startswith("request ")]
        return [one for one in said if one["path"].startswith(f"/{bucket}/")]


@contextlib.contextmanager
def s3(build: Path, folder: Path, buckets: list[str]) -> Iterator[S3]:
    command = ["node", HERE / "s3.js", node_modules(build), folder / "s3", *buckets]
    with _running("s3", command, folder, S3_KEY_ID=S3.KEY_ID, S3_KEY_SECRET=S3.SECRET) as process:
        yield S3(process, _address(process, "^listens on "))


class Azure:
    ACCOUNT, KEY = "acme", base64.b64encode(b"azure-not-a-secret-but-long-enough").decode()

    def __init__(self, process: Process, url: str) -> None:
        self.process, self.url = process, f"{url}/{self.ACCOUNT}"

    def settings(self, container: str, **changes: str) -> dict[str, str]:
        return {"AZURE_STORAGE_ACCOUNT": self.ACCOUNT, "SLACKBOT_AZURE_CONTAINER": container,
                "AZURE_STORAGE_ACCESS_KEY": self.KEY, "AZURE_STORAGE_ENDPOINT": self.url, **changes}

    def create(self, container: str, public: bool) -> None:
        headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
        if public:
            headers["x-ms-blob-public-access"] = "blob"
        signed = "PUT" + "\n" * 12 + "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        signed += f"/{self.ACCOUNT}/{self.ACCOUNT}/{container}\nrestype:container"
        mac = hmac.digest(base64.b64decode(self.KEY), signed.encode(), "sha256")
        headers["Authorization"] = f"SharedKey {self.ACCOUNT}:{base64.b64encode(mac).decode()}"
        answer = http_request(f"{self.url}/{container}?restype=container", "PUT", b"", headers)
        assert answer.status == 201, answer


@contextlib.contextmanager
def azure(build: Path, folder: Path) -> Iterator[Azure]:
    program = node_modules(build) / "azurite" / "dist" / "src" / "blob" / "main.js"
    command = ["node", program, "--blobPort", 0, "--inMemoryPersistence", "--silent"]
    with _running("azurite", command, folder, AZURITE_ACCOUNTS=f"{Azure.ACCOUNT}:{Azure.KEY}") as process:
        yield Azure(process, _address(process, "successfully listens on "))
