"""A pretrained model from the hub: a small server stands in for it, the client is the real one."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

REVISION = "a" * 40
FILES = {
    "config.json": b"{}",
    "tokenizer.json": b"{ }",
    "model.safetensors": b"weights",
    "pytorch_model.bin": b"pickled weights",
    "modeling.py": b"code",
}


class Hub(BaseHTTPRequestHandler):
    """The two requests that a download makes: which files there are, and each of them."""

    files: dict[str, bytes]

    def do_GET(self) -> None:
        if self.path.startswith("/api/models/me/mine/"):
            content = json.dumps(self._listing()).encode()
        else:
            content = self.files[self.path.removeprefix(f"/me/mine/resolve/{REVISION}/")]
        self._answer(content)
        self.wfile.write(content)

    def do_HEAD(self) -> None:
        self._answer(self.files[self.path.removeprefix(f"/me/mine/resolve/{REVISION}/")])

    def log_message(self, *_) -> None:
        """Nothing: the tests' output is no log."""

    def _listing(self) -> object:
        entries = [
            {"type": "file", "path": name, "size": len(content), "oid": "b" * 40}
            for name, content in self.files.items()
        ]
        if "/tree/" in self.path:
            return entries
        return {"id": "me/mine", "sha": REVISION, "siblings": [{"rfilename": entry["path"]} for entry in entries]}

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{"b" * 40}"')
        self.send_header("X-Repo-Commit", REVISION)
        self.end_headers()


@dataclass
class Repository:
    """The files of me/mine and the address that serves them."""

    files: dict[str, bytes]
    address: str

    def fetched(self, output: Path, **environment: str) -> tuple[dict[str, bytes], str]:
        """What is in `output` after a process fetched into it, and its complaint; the client reads its address once."""
        program = f"""
from pathlib import Path
from recursive_roar.steps.pretrained import FetchError, fetch_model
try:
    fetch_model({{"pretrained": "me/mine", "revision": {REVISION!r}}}, Path({str(output)!r}))
except FetchError as error:
    print(error)
"""
        surroundings = {**os.environ, "HF_ENDPOINT": self.address, **environment}
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=True, timeout=120)
        return {file.name: file.read_bytes() for file in output.glob("*")}, done.stdout


@pytest.fixture
def hub() -> Iterator[Repository]:
    """Free to be changed."""
    files = dict(FILES)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("MyHub", (Hub,), {"files": files}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Repository(files, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()


def test_configuration_tokeniser_and_safe_weights_are_fetched_and_no_code(hub, tmp_path) -> None:
    found, complaint = hub.fetched(tmp_path / "mine")
    assert complaint == ""
    assert found == {name: FILES[name] for name in ("config.json", "tokenizer.json", "model.safetensors")}


def test_a_model_without_safetensors_is_refused(hub, tmp_path) -> None:
    del hub.files["model.safetensors"]
    assert f"me/mine (revision {REVISION}) has no weights as safetensors" in hub.fetched(tmp_path / "mine")[1]


def test_without_network_the_message_says_what_to_do(hub, tmp_path) -> None:
    found, complaint = hub.fetched(tmp_path / "mine", HF_HUB_OFFLINE="1")
    assert not found
    for words in ("me/mine", "network access (`snakemake fetch`)", "local folder"):
        assert words in complaint
