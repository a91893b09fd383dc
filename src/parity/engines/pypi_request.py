"""What uv is asked, as text and arguments: requirements, indexes, target, known facts, a clean environment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from parity.core import urls
from parity.core.platforms import subdir_of
from parity.errors import InputError, IntegrityError, NotFoundError, RefusedError
from parity.formats import pylock, requirements
from parity.model import PipLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from parity.core.commits import Commit
    from parity.core.ports import PypiRequest, PypiSettings
    from parity.model import PypiPackage

# What a child may see of the environment: nothing that changes which packages are chosen.
_KEPT = frozenset(
    """
    PATH HOME USER LOGNAME LANG LANGUAGE TZ TMPDIR TMP TEMP TERM SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT
    APPDATA LOCALAPPDATA PROGRAMDATA USERPROFILE HOMEDRIVE HOMEPATH NUMBER_OF_PROCESSORS PROCESSOR_ARCHITECTURE
    PROCESSOR_IDENTIFIER HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR SSL_CLIENT_CERT NETRC
    SSH_AUTH_SOCK SSH_ASKPASS GIT_SSH GIT_SSH_COMMAND GIT_ASKPASS UV_HTTP_TIMEOUT UV_HTTP_CONNECT_TIMEOUT
    UV_HTTP_RETRIES UV_CONCURRENT_DOWNLOADS UV_CONCURRENT_INSTALLS UV_CONCURRENT_BUILDS UV_SYSTEM_CERTS
    CC CXX FC AR LD CFLAGS CXXFLAGS CPPFLAGS FFLAGS LDFLAGS MAKEFLAGS PKG_CONFIG_PATH CUDA_HOME CUDA_PATH INCLUDE
    LIB LIBPATH SDKROOT DEVELOPER_DIR MACOSX_DEPLOYMENT_TARGET
    """.split()  # noqa: SIM905 - a list of quoted words would be unreadable
)
_UV_PLATFORMS = {
    "linux-riscv64": "riscv64-unknown-linux",
    "osx-64": "x86_64-apple-darwin",
    "osx-arm64": "aarch64-apple-darwin",
    "win-64": "x86_64-pc-windows-msvc",
    "win-arm64": "aarch64-pc-windows-msvc",
    "win-32": "i686-pc-windows-msvc",
}
_MANYLINUX = (17, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40)
"""The C library versions (2.x) that uv has a platform name for."""
_STRONG = {"sha256": 64, "sha384": 96, "sha512": 128}
"""Hash algorithms that pip takes, and the length of their hexadecimal form."""


def child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The part of an environment that uv and build backends get.

    Settings of uv, pip, Python, conda and virtual environments are left out, so that the same request has the same
    answer in every shell; proxies, certificates, compilers and time limits stay.
    """
    kept = {name: value for name, value in environ.items() if name.upper() in _KEPT or name.upper().startswith("LC_")}
    # git would otherwise wait for a password that nobody is asked for
    return {**kept, "GIT_TERMINAL_PROMPT": "0"}


def host_platform() -> str:
    """The subdir of this machine."""
    import platform
    import sys

    return subdir_of(sys.platform, platform.machine())


def uv_platform(platform: str, glibc: str | None, host: str) -> str | None:
    """Uv's name for a target; None where it is this machine and nothing more is known.

    Args:
        platform: target subdir.
        glibc: version of its C library, as `2.36`.
        host: subdir of this machine.

    Raises:
        RefusedError: uv cannot resolve for it from here.
    """
    machine = {"linux-64": "x86_64", "linux-aarch64": "aarch64"}.get(platform)
    if platform == host and (glibc is None or machine is None):
        return None
    if machine is not None:
        minor = int(glibc.split(".")[1]) if glibc is not None and re.match(r"2\.\d+", glibc) else 28
        nearest = max((known for known in _MANYLINUX if known <= minor), default=_MANYLINUX[0])
        return f"{machine}-manylinux_2_{nearest}"
    if platform not in _UV_PLATFORMS:
        raise RefusedError(f"PyPI packages for {platform} cannot be resolved on another platform",
                           hints=[f"run this on a machine that is {platform}"])  # fmt: skip
    return _UV_PLATFORMS[platform]


def moment(milliseconds: int) -> str:
    """A moment as RFC 3339 writes it, in UTC."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def flatten(lines: Iterable[PipLine], environ: Mapping[str, str], _seen: frozenset[str] = frozenset()) -> list[PipLine]:
    """The lines with environment variables expanded and the content of `-r` files in place of them.

    uv does not read every option of pip inside such files, and takes one `--index-url` at most.

    Raises:
        NotFoundError: there is no such file.
        InputError: files that include each other.
        FaultsError: a line of one cannot be read.
    """
    found: list[PipLine] = []
    for raw in lines:
        line = requirements.expand(raw, environ)
        if line.kind != "requirements-file" or re.match(r"https?://", line.value):
            found.append(line)
            continue
        name = requirements.absolute(line.value, line.base)
        path = Path(urls.url_to_path(name) if name.startswith("file://") else name)
        if str(path) in _seen:
            raise InputError(f"{path} includes itself")
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise NotFoundError(f"the requirements file {path} cannot be read: {why}") from None
        nested = requirements.parse(text, file=str(path), base=str(path.parent.absolute()))
        found += flatten(nested, environ, _seen | {str(path)})
    return found


def with_indexes(lines: Sequence[PipLine], settings: PypiSettings) -> list[PipLine]:
    """The lines with the settings' indexes behind them, where the lines do not say otherwise.

    As in pip, the last `--index-url` holds and `--no-index` turns all indexes off.
    """
    last = max((i for i, line in enumerate(lines) if line.option == "--index-url"), default=-1)
    found = [line for i, line in enumerate(lines) if line.option != "--index-url" or i == last]
    options = {line.option for line in found}
    if "--no-index" not in options:
        if settings.index_url is not None and "--index-url" not in options:
            found.append(option("--index-url", settings.index_url))
        found += [option("--extra-index-url", url) for url in settings.extra_index_urls]
    return found + [option("--find-links", place) for place in settings.find_links]


def option(name: str, value: str) -> PipLine:
    """A requirements file line that is an option with a value."""
    return PipLine("option", f"{name} {value}", value, option=name)


def secrets_of(texts: Iterable[str]) -> dict[str, str]:
    """Credentials that stand in URLs inside texts.

    Returns:
        `scheme://host:port` to the same with `user:password@`.
    """
    found: dict[str, str] = {}
    for text in texts:
        for url in re.findall(r"(?:git\+)?(https?://[^\s'\"<>@/]+@[^\s'\"<>/?#]+)", text):
            found[urls.strip_credentials(url).rstrip("/")] = url.rstrip("/")
    return found


def preferences(request: PypiRequest) -> str:
    """A lock that uv takes as preferred versions: what is installed now and need not move; "" for none."""
    kept = {} if request.upgrade is None else request.preferred
    tables = [f'[[packages]]\nname = "{name}"\nversion = "{version}"\n'
              for name, version in sorted(kept.items()) if name not in (request.upgrade or ())]  # fmt: skip
    if request.upgrade is not None:
        tables += [_commit(one) for one in request.commits if one.name not in request.upgrade]
    return 'lock-version = "1.0"\ncreated-by = "parity"\n' + "".join(tables) if tables else ""


def _commit(known: Commit) -> str:
    """What uv keeps a branch at; without a revision, the repository's own branch."""
    import json

    revision = f", requested-revision = {json.dumps(known.revision)}" if known.revision else ""
    vcs = f'{{ type = "git", url = {json.dumps(known.url)}{revision}, commit-id = "{known.commit}" }}'
    return f'[[packages]]\nname = "{known.name}"\nvcs = {vcs}\n'


def hashes_of(lines: Iterable[PipLine]) -> dict[str, tuple[str, ...]]:
    """Normalised name to the hashes that its line demands.

    Raises:
        InputError: a hash that is none, or of an algorithm that pip does not take.
    """
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        for text in line.hashes:
            algorithm, _, digest = text.partition(":")
            if _STRONG.get(algorithm) != len(digest) or not re.fullmatch(r"[0-9a-fA-F]+", digest):
                hint = "write sha256:, sha384: or sha512: and the complete hexadecimal digest"
                raise InputError(f"{line.name or line.value}: `{text}` is no hash that can be checked", hints=[hint])
        if line.hashes and line.name:
            found[line.name] = (*found.get(line.name, ()), *(text.lower() for text in line.hashes))
    return found


def check_hashes(package: PypiPackage, allowed: Sequence[str]) -> PypiPackage:
    """Hold a package against the hashes that its requirement demands; uv does so only when it installs.

    Raises:
        IntegrityError: its file has none of them.
        InputError: it cannot be told before the file is there.
    """
    files = pylock.artifacts(package)
    what = f"{package.name} {package.version}".strip()
    if not files:
        raise InputError(f"{what} is a directory or repository, which has no hash",
                         hints=["remove --hash from its line, or ask for a released file"])  # fmt: skip
    known = {f"{algorithm}:{digest.lower()}" for algorithm, digest in files[0]["hashes"].items()}
    if known & set(allowed):
        return package
    kinds = {text.partition(":")[0] for text in known}
    other = [text for text in allowed if text.partition(":")[0] not in kinds]
    if len(other) == len(allowed) == 1:
        # An algorithm the index does not tell: uv compares it when it has the file.
        algorithm, _, digest = other[0].partition(":")
        return pylock.with_artifacts(package, lambda file: file["hashes"].update({algorithm: digest}))
    if len(other) == len(allowed):
        raise InputError(f"{what}: which of the {len(allowed)} hashes is meant cannot be told from the index",
                         hints=["give sha256 hashes"])  # fmt: skip
    raise IntegrityError(f"{what}: its file on the index has none of the hashes that its line demands",
                         hints=["correct --hash, or find out who changed the file"])  # fmt: skip
