"""Channel names to URLs and back, by conda's rules.

The rules are those of conda's channel configuration (its documentation, "Managing channels", and the
`custom_channels`, `custom_multichannels`, `channel_alias` and `default_channels` settings): a name is a URL, a
path, a multichannel, a custom channel, or else stands under the alias. Credentials never leave through
`resolve` and `display_name`; `credentials` hands them to whoever asks the server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parity.core import urls
from parity.core.platforms import SUBDIRS
from parity.errors import InputError, RefusedError
from parity.model import PYPI_CHANNEL, Channel
from parity.patterns import regex
from parity.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from parity.core.settings import Settings

DEFAULTS = "defaults"
LOCAL = "local"
NODEFAULTS = "nodefaults"
_FREE = "https://repo.anaconda.com/pkgs/free"

_BRACKETS = regex(r"\[[\w,\s-]+\]$")
_DRIVE = regex(r"[A-Za-z]:[\\/]")
_PACKAGES = (".conda", ".tar.bz2")
_PLATFORMS = frozenset((*SUBDIRS, "noarch", "linux-armv6l", "linux-armv7l", "linux-ppc64", "zos-z", "freebsd-64",
                        "emscripten-wasm32", "wasi-wasm32", "osx-32"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Where:
    """What paths among channel names depend on."""

    cwd: str = "/"
    home: str = ""
    root: str = ""
    windows: bool = False


_ANYWHERE = _Where(windows=True)  # for what does not depend on paths, whatever they look like


def resolve(
    names: Sequence[str],
    settings: Settings,
    *,
    cwd: str,
    home: str = "",
    root: str = "",
    windows: bool = False,
) -> tuple[Channel, ...]:
    """The channels that names mean, in order, none twice.

    Args:
        names: names, URLs (with credentials, platform at the end) and paths; `nodefaults` is dropped, `pypi`
            stays a channel without URLs.
        settings: aliases, custom channels and multichannels, allow and deny lists.
        cwd: absolute directory that relative paths start from.
        home: what `~` stands for.
        root: Parity's root: `local` is its `conda-bld` unless `bld_path` says otherwise.
        windows: whether paths may have drives and backslashes.

    Raises:
        RefusedError: a channel is denied, or not among those allowed.
        InputError: a name that can be no channel.
    """
    where = _Where(cwd, home, root, windows)
    allowed = _listed(settings.allowlist_channels, settings, where)
    denied = _listed(settings.denylist_channels, settings, where)
    channels = []
    seen: set[str] = set()
    for name in names:
        name = name.strip()
        if name == NODEFAULTS:
            continue
        if name == PYPI_CHANNEL:
            found = [PYPI_CHANNEL]
        else:
            found = [urls.strip_credentials(url) for url in _expand(name, settings, where)]
        for url in found:
            _check(url, settings, allowed, denied)
        fresh = tuple(dict.fromkeys(url for url in found if url not in seen))
        seen.update(fresh)
        if fresh == (PYPI_CHANNEL,):
            channels.append(Channel(PYPI_CHANNEL, ()))
        elif fresh:
            multi = name if name in _multichannels(settings, where) else ""
            channels.append(Channel(multi or display_name(fresh[0], settings), fresh))
    return tuple(channels)


def credentials(names: Sequence[str], settings: Settings) -> Mapping[str, str]:
    """Base URLs that need credentials, without them, to the same URLs with them. For memory only.

    URLs without credentials get those of the alias or custom channel that they stand under, as in conda.
    """
    found = {}
    for name in names:
        if name.strip() in {NODEFAULTS, PYPI_CHANNEL, LOCAL}:
            continue
        for url in _expand(name.strip(), settings, _ANYWHERE):
            bare, secret = urls.split_credentials(url)
            if secret or (full := _with_inherited(bare, settings)) == bare:
                full = url
            if full != bare:
                found[bare] = full
    return found


def unset_variables(names: Sequence[str], settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Channels whose URLs still hold `$X` or `${X}`, credentials masked, to the names of these variables."""
    found = {}
    for name in names:
        if name.strip() in {NODEFAULTS, PYPI_CHANNEL, LOCAL}:
            continue
        for url in _expand(name.strip(), settings, _ANYWHERE):
            if left := urls.variables(_with_inherited(url, settings)):
                found[urls.mask(url)] = left
    return found


def mirrors(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Base URL of a channel, without credentials, to the URLs to fetch from instead, in order (mamba's
    `mirrored_channels`). The mirrors' URLs keep their credentials: for memory only.
    """
    found = {}
    for name, places in settings.mirrored_channels.items():
        for url in _expand(name, settings, _ANYWHERE):
            found[urls.strip_credentials(url)] = tuple(_base(place) for place in places)
    return found


def display_name(url: str, settings: Settings) -> str:
    """The name of a channel as lists show it: `conda-forge`, `pkgs/main`; else its URL without credentials.

    Args:
        url: base URL of a channel, of one of its platforms, or of a package in it; a name comes back as it is.
        settings: alias and custom channels.
    """
    if not urls.is_url(url):
        return url
    bare = urls.strip_credentials(_base(url))
    for base, name in sorted(_custom(settings), reverse=True, key=lambda item: len(item[1])):
        if _under(bare, base):
            return urls.join(name, bare[len(base) :])
    alias = urls.strip_credentials(urls.canonical(settings.channel_alias))
    if _under(bare, alias) and bare != alias:
        return bare[len(alias) :].strip("/")
    return bare


def _expand(name: str, settings: Settings, where: _Where, inside: tuple[str, ...] = ()) -> Iterator[str]:
    """Base URLs that a name means, credentials included; `inside` are the multichannels on the way."""
    name = _BRACKETS.sub("", name).strip()  # mamba's `channel[linux-64,noarch]`
    if not name:
        raise InputError("an empty channel name")
    if urls.is_url(name):
        moved = _moved(name, settings)
        yield _single(moved, settings) if moved else _base(name)
        return
    if _is_path(name, where):
        yield _base(urls.path_to_url(_absolute(name, where), windows=where.windows))
        return
    if any(mark in name for mark in " \t\\<>\"'"):
        raise InputError(
            f"{name!r} can be no channel name", hints=["write a name, a URL, or a path that starts with ./"]
        )
    members = _multichannels(settings, where).get(name)
    if members is not None:
        if name in inside:
            raise InputError(f"the multichannel {name} holds itself", hints=["look at custom_multichannels"])
        for member in members:
            # A multichannel may hold the plain channel of its own name, as conda allows it.
            if member == name:
                yield _single(name, settings)
            else:
                yield from _expand(member, settings, where, (*inside, name))
        return
    if name == LOCAL:
        raise InputError(
            "the channel `local` has no directory", hints=["`parity config --set bld_path PATH` gives it one"]
        )
    yield _single(name, settings)


def _single(name: str, settings: Settings) -> str:
    """A plain name, with labels (`x/label/dev`) and a platform at its end."""
    name = _without_platform(name.strip("/"))
    parts = name.split("/")
    for count in range(len(parts), 0, -1):
        base = settings.custom_channels.get("/".join(parts[:count]))
        if base:
            # conda appends the whole name to the location.
            return _base(urls.join(base, name))
    for url in settings.default_channels:
        if urls.is_url(url) and display_name(url, settings) == name:
            return _base(url)
    return _base(urls.join(settings.channel_alias, name))


def _moved(url: str, settings: Settings) -> str:
    """The channel name behind a URL of a place that channels have left; "" for any other URL."""
    bare = urls.strip_credentials(_base(url))
    for name, former in settings.migrated_custom_channels.items():
        place = urls.strip_credentials(_base(urls.join(former, name)))
        if _under(bare, place):
            return name + bare[len(place) :]
    for former in settings.migrated_channel_aliases:
        place = urls.strip_credentials(urls.canonical(former))
        if _under(bare, place) and bare != place:
            return bare[len(place) :].strip("/")
    return ""


def _multichannels(settings: Settings, where: _Where) -> dict[str, tuple[str, ...]]:
    """Name to members; the reserved names count unless a setting gives them."""
    build = settings.bld_path or (urls.join(where.root, "conda-bld") if where.root else "")
    local = {LOCAL: (build,)} if build else {}
    defaults = dict.fromkeys((*settings.default_channels, *((_FREE,) if settings.restore_free_channel else ())))
    return {DEFAULTS: tuple(defaults), **local, **settings.custom_multichannels}


def _custom(settings: Settings) -> list[tuple[str, str]]:
    """`(base URL, name)` of custom channels and of the default ones, without credentials."""
    found = [(urls.strip_credentials(_base(urls.join(base, name))), name)
             for name, base in settings.custom_channels.items()]  # fmt: skip
    for url in settings.default_channels:
        if urls.is_url(url) and not url.startswith("file:"):
            base = urls.strip_credentials(_base(url))
            found.append((base, "/".join(base.split("/")[3:]) or base))
    return found


def _with_inherited(bare: str, settings: Settings) -> str:
    """A URL with the credentials of the custom channel or alias that it stands under."""
    sources = [_base(urls.join(base, name)) for name, base in settings.custom_channels.items()]
    sources += [_base(url) for url in settings.default_channels if urls.is_url(url)]
    sources.sort(key=len, reverse=True)
    for source in [*sources, urls.canonical(settings.channel_alias)]:
        base, secret = urls.split_credentials(source)
        if secret and _under(bare, base):
            return urls.join_credentials(bare, secret)
    return bare


def _base(url: str) -> str:
    """The base URL of a channel, given the URL of it, of one of its platforms, or of a package in it."""
    url = urls.canonical(url)
    if url.endswith(_PACKAGES):
        url = url.rpartition("/")[0]
    return _without_platform(url)


def _without_platform(text: str) -> str:
    head, _, last = text.rpartition("/")
    return head if head and last in _PLATFORMS else text


def _under(url: str, base: str) -> bool:
    return url == base or url.startswith(base.rstrip("/") + "/")


def _is_path(name: str, where: _Where) -> bool:
    if where.windows and (_DRIVE.match(name) or name.startswith(("\\\\", ".\\", "..\\", "~\\"))):
        return True
    return name in {".", "..", "~"} or name.startswith(("./", "../", "~/", "/"))


def _absolute(path: str, where: _Where) -> str:
    """A path, made absolute and without `.` and `..`, as text: `core` looks at no disk."""
    if path.startswith("~"):
        path = where.home + path[1:]
    if where.windows:
        path = path.replace("\\", "/")
    if not path.startswith("/") and not (where.windows and _DRIVE.match(path)):
        path = where.cwd.replace("\\", "/") + "/" + path if where.windows else f"{where.cwd}/{path}"
    server = "/" if where.windows and path.startswith("//") else ""
    drive = path[:2] if where.windows and _DRIVE.match(path) else ""
    parts: list[str] = []
    for part in path[len(drive) :].split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in {"", "."}:
            parts.append(part)
    return f"{server}{drive}/" + "/".join(parts)


def _listed(names: Sequence[str], settings: Settings, where: _Where) -> frozenset[str]:
    """URLs of an allow or deny list, `pypi` under its name."""
    found = set()
    for name in names:
        if name == PYPI_CHANNEL:
            found.add(name)
        else:
            found.update(urls.strip_credentials(url) for url in _expand(name, settings, where))
    return frozenset(found)


def _check(url: str, settings: Settings, allowed: frozenset[str], denied: frozenset[str]) -> None:
    name = display_name(url, settings)
    if url in denied:
        raise RefusedError(
            f"the channel {name} is on the deny list", hints=["`parity config --show-sources` says where"]
        )
    if allowed and url not in allowed:
        listed = ", ".join(sorted(display_name(one, settings) for one in allowed))
        raise RefusedError(f"the channel {name} is not on the allow list", hints=[f"allowed are: {listed}"])
