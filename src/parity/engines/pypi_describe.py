"""What a lock says of PyPI files beyond their hash: their size, and what wheels require.

Asked in this order: an earlier answer, a local file, the metadata that an index serves beside a wheel (PEP 658), the
end of the wheel by range request, the whole wheel where the server knows no ranges.
"""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from parity.engines.notes import keep, recall
from parity.engines.parallel import in_threads
from parity.engines.remote_file import RemoteFile, patiently, size_of
from parity.errors import IntegrityError, NotFoundError, OfflineError
from parity.formats.pylock import with_artifacts
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from parity.core.ports import Progress
    from parity.engines.remote_file import Opener
    from parity.model import PypiPackage

_Facts = dict[str, Any]
"""`size`, `requires_dist`, `requires_python`."""


class PypiDescriber:
    """Completes packages for a lock.

    Args:
        open_: makes requests, credentials added.
        cache: directory that keeps answers, by SHA-256.
        offline: ask only caches and local files.
        progress: told how many files were looked at.
    """

    def __init__(self, open_: Opener, cache: Path, *, offline: bool = False, progress: Progress | None = None) -> None:
        self._open = open_
        self._cache = cache
        self._offline = offline
        self._progress = progress
        self._without_metadata: set[str] = set()

    @property
    def opener(self) -> Opener:
        """What makes its requests, credentials added."""
        return self._open

    def describe(self, packages: Sequence[PypiPackage], known: Iterable[PypiPackage] = ()) -> tuple[PypiPackage, ...]:
        """The packages with size and, for wheels, requirements; what has no file (a directory) stays as it is.

        Args:
            packages: as the engine resolved them; equal files are looked at once.
            known: packages of an earlier lock, whose facts hold for the same SHA-256.

        Raises:
            OfflineError: something has to be asked, and `--offline` was given.
            NotFoundError, NetworkError: a file cannot be reached.
            IntegrityError: a file is no wheel.
        """
        facts: dict[str, _Facts] = {_key(package): _facts_of(package) for package in known if _complete(package)}
        todo = {_key(package): package for package in packages if _key(package) not in facts and _has_file(package)}
        found = in_threads(self._facts, [*todo.values()], 16, "describe", title="Reading metadata",
                           progress=self._progress)  # fmt: skip
        facts.update(zip(todo, found, strict=True))
        return tuple(_with(package, facts.get(_key(package))) for package in packages)

    def _facts(self, package: PypiPackage) -> _Facts:
        note = self._cache / package.sha256[:2] / f"{package.sha256}.json" if package.sha256 else None
        if note is not None:
            known = recall(note)
            if known is not None:
                found: _Facts = json.loads(known)
                return found
        local = package.url.startswith("file:")
        if self._offline and not local:
            raise OfflineError(f"the size of {package.name} {package.version} has to be asked, and --offline was given",
                               hints=["lock once without --offline: what is learned is kept"])  # fmt: skip
        facts = self._ask(package)
        if note is not None and not local:
            keep(note, json.dumps(facts, sort_keys=True).encode())
        return facts

    def _ask(self, package: PypiPackage) -> _Facts:
        if not package.is_wheel:
            return {"size": package.size or size_of(self._open, package.url)}
        text, size = self._beside(package)
        if text is None:
            with RemoteFile(self._open, package.url) as file:
                text, size = _metadata(file, package), file.size
        return {"size": package.size or size, **_requirements(text)}

    def _beside(self, package: PypiPackage) -> tuple[str | None, int | None]:
        """Metadata that the index serves as a file of its own (PEP 658), and the size of the wheel."""
        host = urlsplit(package.url).netloc
        if package.url.startswith("file:") or host in self._without_metadata:
            return None, None
        url = f"{package.url.partition('#')[0]}.metadata"
        try:
            with patiently(lambda: self._open(url), url) as answer:
                text = answer.read().decode("utf-8", "replace")
        except NotFoundError:
            self._without_metadata.add(host)
            return None, None
        if not text.startswith("Metadata-Version:"):
            self._without_metadata.add(host)
            return None, None
        size = package.size or size_of(self._open, package.url)
        return (text, size) if size is not None else (None, None)


def _metadata(file: RemoteFile, package: PypiPackage) -> str:
    """The METADATA of a wheel (PEP 427)."""
    try:
        with zipfile.ZipFile(file) as wheel:
            for name in wheel.namelist():
                if name.endswith(".dist-info/METADATA") and name.count("/") == 1:
                    return wheel.read(name).decode("utf-8", "replace")
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise IntegrityError(f"{package.name} {package.version}: its file is no wheel ({error})") from None
    raise IntegrityError(f"{package.name} {package.version}: its wheel has no METADATA")


def _requirements(text: str) -> _Facts:
    from email.parser import HeaderParser

    headers = HeaderParser().parsestr(text)
    dist = [" ".join(value.split()) for value in headers.get_all("Requires-Dist") or ()]
    return {"requires_dist": dist, "requires_python": (headers.get("Requires-Python") or "").strip()}


def _facts_of(package: PypiPackage) -> _Facts:
    return {
        "size": package.size,
        "requires_dist": list(package.requires_dist),
        "requires_python": package.requires_python,
    }


def _with(package: PypiPackage, facts: _Facts | None) -> PypiPackage:
    if not facts:
        return package
    size = package.size or facts["size"]
    if size is not None:
        package = with_artifacts(package, lambda file: file.update(size=size))
    return replace(
        package,
        size=size,
        requires_dist=tuple(facts.get("requires_dist", ())),
        requires_python=str(facts.get("requires_python", "")),
    )


def _complete(package: PypiPackage) -> bool:
    return package.sha256 is not None and package.size is not None


def _has_file(package: PypiPackage) -> bool:
    """Whether it is a file: repositories and directories have neither hash nor size."""
    return package.sha256 is not None or package.is_wheel


def _key(package: PypiPackage) -> str:
    return package.sha256 or package.url
