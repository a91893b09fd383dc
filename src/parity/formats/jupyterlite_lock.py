"""The JSON lock that mambajs writes for JupyterLite (`lockVersion` 1.0.0): one platform, read only.

Packages are listed by file name under the name of their channel, whose addresses stand under `channelInfo`; the first
is taken.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from parity.core import specs
from parity.core.lock import DEFAULT, Lock, Locked, LockedEnvironment, LockPlatform
from parity.core.names import normalise
from parity.core.urls import is_url, join, strip_credentials
from parity.errors import Fault, FaultsError, SpecError
from parity.formats import lock_packages, pylock, yaml_text
from parity.formats.faults import Faults
from parity.model import Solution

if TYPE_CHECKING:
    from parity.model import CondaPackage, PypiPackage


def parse(text: str, *, file: str = "", base: str = "") -> Lock:
    """Read the lock.

    Args:
        text: its content.
        file: its name, for messages.
        base: absolute directory that relative paths in it start from.

    Raises:
        FaultsError: every fault in it, each with line and place.
    """
    faults = Faults(file, yaml_text.lines_of(text))
    try:
        document = json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", 0)
        raise FaultsError([Fault(f"not valid JSON: {error}", line=line, file=file)]) from None
    if not isinstance(document, dict):
        faults.fail("this is no lock: an object was expected")
    version = document.get("lockVersion")
    if not isinstance(version, str) or version.partition(".")[0] != "1":
        faults.fail(f"version {version} of the format is not known", "lockVersion", hint="1.0.0 is")
    platform = faults.text(document, "platform", required=True)
    addresses = _addresses(document, faults)
    conda: list[CondaPackage] = []
    packages = faults.table(document, "packages", required=True)
    for fn in packages:
        place = f"packages.{fn}"
        entry = faults.table(packages, fn, "packages")
        channel = faults.text(entry, "channel", place, required=True)
        subdir = faults.text(entry, "subdir", place, required=True)
        if channel and channel not in addresses and not is_url(channel):
            faults.add(f"`{channel}` has no address under `channelInfo`", f"{place}.channel")
        if channel and subdir:
            url = join(addresses.get(channel, channel), subdir, fn)
            table = {key: value for key, value in entry.items() if key != "channel"} | faults.table(
                entry, "hash", place
            )
            table.pop("hash", None)
            package = lock_packages.read_conda(table, url, faults, place)
            conda += [package] if package is not None else []
    pypi = _pypi(document, base, faults)
    asked = []
    for number, spec in enumerate(faults.texts(document, "specs")):
        try:
            asked.append(specs.parse(spec))
        except SpecError as error:
            faults.add(error.message, f"specs[{number}]", hint="; ".join(error.hints))
    channels = tuple(addresses.get(name, name) for name in faults.texts(document, "channels"))
    faults.check()
    solution = Solution(platform, tuple(sorted(conda, key=lambda package: package.name)), pypi)
    environment = LockedEnvironment(DEFAULT, channels, (Locked(platform, solution, tuple(asked)),))
    return Lock((LockPlatform(platform, platform),), (environment,))


def _addresses(document: dict[str, Any], faults: Faults) -> dict[str, str]:
    info = faults.table(document, "channelInfo")
    found = {}
    for name in info:
        for number, entry in enumerate(faults.items(info, name, "channelInfo")[:1]):
            if isinstance(entry, dict):
                place = f"channelInfo.{name}[{number}]"
                found[name] = strip_credentials(faults.text(entry, "url", place, required=True)).rstrip("/")
    return found


def _pypi(document: dict[str, Any], base: str, faults: Faults) -> tuple[PypiPackage, ...]:
    found = []
    packages = faults.table(document, "pipPackages")
    for fn in packages:
        place = f"pipPackages.{fn}"
        entry = faults.table(packages, fn, "pipPackages")
        name, url = (faults.text(entry, key, place, required=True) for key in ("name", "url"))
        hashes = faults.table(entry, "hash", place)
        digests = {key: value for key in ("sha256", "md5") if (value := faults.digest(hashes, key, f"{place}.hash"))}
        if name and url:
            version = faults.text(entry, "version", place)
            found.append(pylock.of_url(normalise(name), version, strip_credentials(url), hashes=digests, base=base))
    return tuple(sorted(found, key=lambda package: package.name))
