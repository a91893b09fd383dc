"""Who a person is to a registry of images: what `docker login` and `podman login` left behind.

The files are docker's `config.json` (`auths`, `credHelpers`, `credsStore`) and containers-auth.json(5); helpers are
programs `docker-credential-NAME`, asked by their protocol.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DOCKER_HUB = "https://index.docker.io/v1/"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What to show a registry.

    Attributes:
        user: name; "" for a token.
        secret: password, or identity token where there is no user.
    """

    user: str
    secret: str = field(repr=False)

    @property
    def basic(self) -> str:
        """The value of an `Authorization` header."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()


def find(registry: str, environ: Mapping[str, str], home: Path) -> Credentials | None:
    """What was noted for a registry; None where nothing was.

    Args:
        registry: host and port, `docker.io` for Docker's own.
        environ: where DOCKER_CONFIG, REGISTRY_AUTH_FILE and XDG_RUNTIME_DIR are looked up.
        home: of the person.
    """
    names = [registry, f"https://{registry}", f"https://{registry}/v2/", f"https://{registry}/v1/"]
    if registry == "docker.io":
        names = [_DOCKER_HUB, "index.docker.io", *names]
    for path in _files(environ, home):
        config = _read(path)
        helpers = config.get("credHelpers")
        helpers = helpers if isinstance(helpers, dict) else {}
        helper = next((helpers[name] for name in names if name in helpers), "")
        helper = helper or config.get("credsStore", "")
        if isinstance(helper, str) and helper:
            asked = next(filter(None, (_ask(helper, name, environ) for name in names[:2])), None)
            if asked is not None:
                return asked
        auths = config.get("auths")
        auths = auths if isinstance(auths, dict) else {}
        for name in names:
            noted = _noted(auths.get(name))
            if noted is not None:
                return noted
    return None


def _files(environ: Mapping[str, str], home: Path) -> Iterator[Path]:
    if environ.get("REGISTRY_AUTH_FILE"):
        yield Path(environ["REGISTRY_AUTH_FILE"])
    yield Path(environ.get("DOCKER_CONFIG") or home / ".docker") / "config.json"
    if environ.get("XDG_RUNTIME_DIR"):
        yield Path(environ["XDG_RUNTIME_DIR"], "containers", "auth.json")


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _noted(entry: object) -> Credentials | None:
    if not isinstance(entry, dict):
        return None
    if entry.get("identitytoken"):
        return Credentials("", str(entry["identitytoken"]))
    try:
        user, colon, secret = base64.b64decode(str(entry.get("auth") or "")).decode().partition(":")
    except ValueError:
        return None
    if colon:
        return Credentials(user, secret.rstrip("\0"))
    if entry.get("username"):
        return Credentials(str(entry["username"]), str(entry.get("password", "")))
    return None


def _ask(helper: str, name: str, environ: Mapping[str, str]) -> Credentials | None:
    from parity.engines import process
    from parity.errors import ParityError

    if "/" in helper:
        return None  # it would be a path, not the name of a program
    try:
        done = process.run([f"docker-credential-{helper}", "get"], env=dict(environ), input=name)
        answer = json.loads(done.stdout) if done.returncode == 0 else {}
    except (ParityError, OSError, ValueError):
        return None
    user, secret = answer.get("Username", ""), answer.get("Secret", "")
    return Credentials("" if user == "<token>" else user, secret) if secret else None
