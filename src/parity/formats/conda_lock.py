"""`conda-lock.yml`, version 1 (conda-lock's unified lock file): read and written.

One list holds the packages of all platforms and categories. Category `main` is the environment `default`; any other
category is the environment of its name, which holds `main` too, as conda-lock installs it. What an entry says and the
model does not is kept under `conda-lock` in the package's `extra`, so that writing the lock again gives it back.
Channels may be names here, as conda-lock writes them: who installs resolves them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from parity.core.lock import DEFAULT, Lock, Locked, LockedEnvironment, LockPlatform
from parity.core.names import normalise
from parity.core.urls import is_url, strip_credentials
from parity.errors import InputError
from parity.formats import lock_packages, pylock, yaml_text
from parity.formats.faults import Faults, as_text
from parity.model import CondaPackage, PypiPackage, Solution
from parity.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from parity.model import Package

VERSION = 1
MAIN = "main"
KEY = "conda-lock"
"""Under which `extra` keeps what only this format says."""

_SIZES = ("size", "timestamp")


def parse(text: str, *, file: str = "", base: str = "") -> Lock:
    """Read a `conda-lock.yml`.

    Args:
        text: its content.
        file: its name, for messages.
        base: absolute directory that relative paths in it start from.

    Raises:
        FaultsError: every fault in it, each with line and place.
    """
    faults = Faults(file, yaml_text.lines_of(text))
    document = yaml_text.load(text, file=file)
    if not isinstance(document, dict):
        faults.fail("this is no lock: a mapping was expected", hint="a conda-lock.yml begins with `version: 1`")
    if document.get("version") != VERSION:
        faults.fail(f"version {document.get('version')} of the format is not known", "version", hint="1 is")
    metadata = faults.table(document, "metadata", required=True)
    if "package" not in document:
        faults.add("`package` is missing", "package")
    channels, odd = _channels(metadata, faults)
    subdirs = faults.texts(metadata, "platforms", "metadata")
    found: dict[str, dict[str, list[Package]]] = {MAIN: {subdir: [] for subdir in subdirs}}
    for number, entry in enumerate(faults.items(document, "package")):
        place = f"package[{number}]"
        if not isinstance(entry, dict):
            faults.add("a mapping was expected", place)
            continue
        subdir = faults.text(entry, "platform", place, required=True)
        if subdir and subdirs and subdir not in subdirs:
            faults.add(f"`{subdir}` is not among the platforms of `metadata`", f"{place}.platform")
        package = _package(entry, base, faults, place)
        if package is not None:
            category = found.setdefault(faults.text(entry, "category", place) or MAIN, {})
            category.setdefault(subdir, []).append(package)
    faults.check()
    kept = {key: value for key, value in metadata.items() if key not in {"channels", "platforms", "sources"}}
    kept |= {"channels": odd} if odd else {}
    top = {key: value for key, value in document.items() if key not in {"version", "metadata", "package"}}
    extra = lock_packages.clean({"metadata": kept, **top})
    return Lock(
        platforms=tuple(LockPlatform(subdir, subdir) for subdir in sorted(subdirs)),
        environments=_environments(found, subdirs, channels),
        sources=faults.texts(metadata, "sources", "metadata"),
        extra=_json({KEY: extra}),
    )


def _channels(metadata: Mapping[str, Any], faults: Faults) -> tuple[tuple[str, ...], list[Any]]:
    """The channels, and the list as it stood where it says more than that."""
    listed = faults.items(metadata, "channels", "metadata")
    names = []
    for number, item in enumerate(listed):
        channel = item if isinstance(item, dict) else {"url": item}
        url = faults.text(channel, "url", f"metadata.channels[{number}]", required=True)
        names.append(strip_credentials(url).rstrip("/"))
    return tuple(names), listed if listed != _listed(names) else []


def _listed(channels: Iterable[str]) -> list[Any]:
    return [{"url": url, "used_env_vars": []} for url in channels]


def _environments(
    found: Mapping[str, Mapping[str, list[Package]]], subdirs: Iterable[str], channels: tuple[str, ...]
) -> tuple[LockedEnvironment, ...]:
    environments = []
    for category in sorted(found, key=lambda name: (name != MAIN, name)):
        locked, twice = [], {}
        for subdir in sorted(subdirs):
            main = found[MAIN].get(subdir, []) if category != MAIN else []
            known = {package.url for package in main}
            own = found[category].get(subdir, [])
            repeated = sorted(package.url for package in own if package.url in known)
            if repeated:
                twice[subdir] = repeated
            packages = [*main, *(package for package in own if package.url not in known)]
            conda = [package for package in packages if isinstance(package, CondaPackage)]
            pypi = [package for package in packages if isinstance(package, PypiPackage)]
            locked.append(Locked(subdir, Solution(subdir, _by_name(conda), _by_name(pypi))))
        extra = _json({KEY: {"also-main": twice}}) if twice else ""
        name = DEFAULT if category == MAIN else category
        environments.append(LockedEnvironment(name, channels, tuple(locked), extra=extra))
    return tuple(environments)


def _by_name(packages: list[Any]) -> tuple[Any, ...]:
    return tuple(sorted(packages, key=lambda package: (package.name, package.url)))


def _package(entry: Mapping[str, Any], base: str, faults: Faults, place: str) -> Package | None:
    manager = faults.text(entry, "manager", place, required=True)
    url = faults.text(entry, "url", place, required=True)
    hashes = faults.table(entry, "hash", place, required=True)
    for key in ("name", "version"):
        faults.text(entry, key, place, required=True)
    if manager not in {"conda", "pip"}:
        if manager:
            faults.add(f"`{manager}` is no manager: `conda` or `pip` was expected", f"{place}.manager")
        return None
    if not url:
        return None
    digests = {key: value for key in ("sha256", "md5") if (value := faults.digest(hashes, key, f"{place}.hash"))}
    depends = faults.table(entry, "dependencies", place)
    subdir = faults.text(entry, "platform", place)
    package: Package | None
    if manager == "conda":
        table: dict[str, Any] = {key: entry.get(key) for key in ("name", "version", "build", *_SIZES)} | digests
        table["depends"] = _specs(depends)
        table["constrains"] = _specs(faults.table(entry, "constrains", place))
        table["subdir"] = lock_packages.derived(url).get("subdir", subdir)
        package = lock_packages.read_conda(table, url, faults, place)
    else:
        try:
            package = pylock.of_url(normalise(as_text(entry.get("name", ""))), as_text(entry.get("version", "")),
                                    strip_credentials(url), hashes=digests, size=faults.number(entry, "size", place),
                                    archive=bool(entry.get("source")), base=base)  # fmt: skip
        except ValueError as error:
            faults.add(str(error), f"{place}.url")
            return None
        requirements = tuple(
            name if as_text(spec) in {"", "*"} else f"{name}{_glue(spec)}" for name, spec in depends.items()
        )
        package = replace(package, requires_dist=requirements)
    if package is None:
        return None
    category = as_text(entry.get("category") or MAIN)
    written = _entry(package, subdir, category)
    odd = {key: value for key, value in entry.items() if written.get(key) != value and key not in {"url", "platform"}}
    odd |= {"url": url} if strip_credentials(url) == url and written["url"] != url else {}
    odd.pop("category", None)
    return replace(package, extra=_json({KEY: lock_packages.clean(odd)})) if odd else package


def _glue(spec: object) -> str:
    text = as_text(spec)
    return text if text[:1] in "<>=!~[;" else f" {text}"


def _specs(depends: Mapping[str, Any]) -> list[str]:
    return [f"{name} {as_text(spec)}".strip() for name, spec in depends.items()]


def render(lock: Lock, *, base: str = "", environment: str = "") -> str:
    """Write a `conda-lock.yml`.

    Args:
        lock: what to write.
        base: absolute directory that the file will stand in.
        environment: the one to write, as category `main`; "" for all, `default` being `main`.

    Raises:
        InputError: the format cannot hold it: variants of one platform, source packages, environments that
            contradict `default`.
    """
    platforms = _plain_platforms(lock)
    chosen = [item for item in lock.environments if not environment or item.name == environment]
    if not chosen:
        raise InputError(f"the lock has no environment `{environment}`",
                         hints=[f"it has {', '.join(item.name for item in lock.environments)}"])  # fmt: skip
    main = next((item for item in chosen if item.name == DEFAULT), chosen[0] if environment else None)
    entries: list[dict[str, Any]] = []
    for item in chosen:
        category = MAIN if item is main else item.name
        twice = lock_packages.extra_of(item.extra).get(KEY, {}).get("also-main", {})
        for locked in item.locked:
            _check_files(locked)
            there = _of(main, locked.platform) if main is not None and item is not main else ()
            _check_same(there, locked, item.name)
            urls = {package.url for package in there} - set(twice.get(locked.platform, ()))
            subdir = platforms[locked.platform]
            entries += [_entry(package, subdir, category) for package in locked.solution if package.url not in urls]
    entries.sort(key=lambda entry: (entry["manager"], entry["name"], entry["platform"], entry["category"]))
    kept = lock_packages.extra_of(lock.extra).get(KEY, {})
    metadata = dict(kept.pop("metadata", {}))
    channels = list(dict.fromkeys(url for item in chosen for url in item.channels))
    subdirs = sorted(platforms.values())
    table = {
        "content_hash": metadata.pop("content_hash", None)
        or {subdir: _content_hash(lock, subdir) for subdir in subdirs},
        "channels": metadata.pop("channels", None) or _listed(channels),
        "platforms": subdirs,
        "sources": list(lock.sources),
        **dict(sorted(metadata.items())),
    }
    return yaml_text.dump({"version": VERSION, "metadata": table, "package": entries, **dict(sorted(kept.items()))})


def _plain_platforms(lock: Lock) -> dict[str, str]:
    """Platform name to subdir; one entry a subdir is all that the format can hold."""
    found: dict[str, str] = {}
    for platform in lock.platforms:
        if platform.subdir in found.values():
            names = ", ".join(sorted(item.name for item in lock.platforms if item.subdir == platform.subdir))
            raise InputError(f"a conda-lock.yml cannot hold several variants of {platform.subdir}: {names}",
                             hints=["export one platform at a time, or write a parity.lock"])  # fmt: skip
        found[platform.name] = platform.subdir
    return found


def _of(environment: LockedEnvironment, platform: str) -> tuple[Package, ...]:
    return next((tuple(locked.solution) for locked in environment.locked if locked.platform == platform), ())


def _check_files(locked: Locked) -> None:
    trees = [package.name for package in locked.solution.pypi if pylock.origin_of(package).kind == "directory"]
    if trees or locked.other:
        what = ", ".join(trees) or "packages that pixi builds"
        raise InputError(f"a conda-lock.yml cannot hold source trees on this machine: {what}",
                         hints=["write a parity.lock or pixi.lock"])  # fmt: skip


def _check_same(main: Iterable[Package], locked: Locked, name: str) -> None:
    known = {(package.source, package.name): package.url for package in main}
    other = sorted({p.name for p in locked.solution if known.get((p.source, p.name), p.url) != p.url})
    if other:
        raise InputError(
            f"environment `{name}` has another {', '.join(other[:3])} than `{DEFAULT}`: as a category of a "
            "conda-lock.yml both would be installed", hints=["export one environment at a time"],
        )  # fmt: skip


def _entry(package: Package, subdir: str, category: str) -> dict[str, Any]:
    """One item of the list, keys in the order that conda-lock writes them."""
    entry: dict[str, Any] = {"name": package.name, "version": package.version}
    if isinstance(package, CondaPackage):
        hashes = {"md5": package.md5, "sha256": package.sha256}
        entry |= {"manager": "conda", "platform": subdir, "dependencies": _depends(package.depends), "url": package.url}
        if package.build != lock_packages.derived(package.url).get("build"):
            entry["build"] = package.build
    else:
        origin = pylock.origin_of(package)
        hashes = {"md5": origin.hashes.get("md5"), "sha256": package.sha256}
        entry |= {"manager": "pip", "platform": subdir, "dependencies": _depends(package.requires_dist, "*")}
        # A path says nothing on another machine, and the format has URLs only.
        entry["url"] = origin.url if is_url(origin.url) else package.url
    entry["hash"] = {key: value for key, value in hashes.items() if value}
    entry |= {"category": category, "optional": category != MAIN}
    kept = lock_packages.extra_of(package.extra).get(KEY, {})
    return {key: kept.get(key, value) for key, value in entry.items()} | dict(sorted(kept.items()))


def _depends(specs: Iterable[str], anything: str = "") -> dict[str, str]:
    """Dependencies by name; those of one name are joined, those that belong to an extra are left out."""
    found: dict[str, str] = {}
    for text in specs:
        requirement, _, marker = text.partition(";")
        if "extra" in marker:
            continue
        end = next((at for at, sign in enumerate(requirement) if sign in " <>=!~[("), len(requirement))
        name, spec = requirement[:end], requirement[end:].strip()
        known = found.get(name, "").removeprefix(anything)
        joined = f"{known},{spec}"
        if known and spec:
            # A range with a build or an alternative cannot be joined with another: the longer says more.
            spec = max(known, spec, key=len) if " " in joined or "|" in joined else joined
        found[name] = spec or known or anything
    return found


def _content_hash(lock: Lock, subdir: str) -> str:
    """A digest of what was asked for, standing for conda-lock's own, which hashes its parsed sources."""
    import hashlib

    asked = [
        [item.name, item.channels, [str(spec) for spec in locked.specs], [line.text for line in locked.pip]]
        for item in lock.environments
        for locked in item.locked
        if locked.solution.platform == subdir
    ]
    return hashlib.sha256(json.dumps([subdir, asked], ensure_ascii=False).encode()).hexdigest()


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True) if value else ""
