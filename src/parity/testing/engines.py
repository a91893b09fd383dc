"""In-memory engines: a small universe of packages, solved and written without rattler, uv or a network.

They do to a prefix what the real ones do, file by file and with records that are read back, so that a use case can
be tried with them, and be cut off between any two files. Versions are compared as PEP 440 says.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from parity.core.graph import dependency_name
from parity.core.names import normalise
from parity.core.platforms import layout
from parity.core.ports import Distribution, LinkOutcome, WheelOutcome
from parity.core.translate import translate_version
from parity.errors import NotFoundError, UnsatisfiableError
from parity.model import CondaPackage, MatchSpec, PypiPackage
from parity.testing.resolver import MemoryResolver

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from parity.core.contents import Places
    from parity.core.ports import PypiRequest, SolveRequest
    from parity.model import Channel


def no_step(_: str) -> None:
    """What happens between two files where a test wants nothing to happen."""


def conda_package(
    name: str, version: str = "1.0", *, depends: Sequence[str] = (), channel: str = "file:///memory", build: str = "0"
) -> CondaPackage:
    """A record of a package, for the platform `linux-64`."""
    fn = f"{name}-{version}-{build}.conda"
    return CondaPackage(
        name=name,
        version=version,
        build=build,
        build_number=0,
        subdir="linux-64",
        url=f"{channel}/linux-64/{fn}",
        channel=channel,
        fn=fn,
        depends=tuple(depends),
    )


def pypi_package(
    name: str, version: str = "1.0", *, requires: Sequence[str] = (), tag: str = "py3-none-any"
) -> PypiPackage:
    """A wheel; by its tag, any Python can use it."""
    url = f"https://pypi.invalid/{name}-{version}-{tag}.whl"
    return PypiPackage(name=normalise(name), version=version, url=url, requires_dist=tuple(requires))


def project_files(name: str, version: str, *, requires: Sequence[str] = (), python: str = "3.11") -> dict[str, str]:
    """The files with which a conda package brings a Python project: a module and its metadata."""
    site = f"lib/python{python}/site-packages"
    module = name.replace("-", "_")
    needs = "".join(f"Requires-Dist: {text}\n" for text in requires)
    return {
        f"{site}/{module}.py": f"__version__ = {version!r}\n",
        f"{site}/{module}-{version}.dist-info/METADATA": f"Name: {name}\nVersion: {version}\n{needs}",
    }


@dataclass
class MemoryCondaEngine:
    """Implements `core.ports.CondaEngine`.

    Attributes:
        packages: all that the channels have.
        contents: `dist` -> path -> text; a package that is not named brings `share/NAME/VERSION.txt`.
        step: called before each file that is written or deleted, with its path; may raise.
        missing: `dist`s that cannot be fetched.
    """

    packages: Sequence[CondaPackage] = ()
    contents: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    step: Callable[[str], None] = no_step
    missing: Collection[str] = ()

    def solve(self, request: SolveRequest) -> tuple[CondaPackage, ...]:
        """The newest packages that fit, what is installed kept where it can be; by trying all."""
        bases = {url.rstrip("/") for channel in request.channels for url in channel.urls}
        pool = sorted(
            (package for package in self.packages if package.channel.rstrip("/") in bases),
            key=lambda package: (package in request.installed, _version(package.version)),
            reverse=True,
        )
        found = self._search(list(request.specs), {}, list(request.constraints), pool)
        if found is None:
            raise UnsatisfiableError(f"no set of packages fits {', '.join(map(str, request.specs))}")
        return tuple(found[name] for name in sorted(found))

    def _search(
        self,
        todo: list[MatchSpec],
        chosen: dict[str, CondaPackage],
        constraints: list[MatchSpec],
        pool: Sequence[CondaPackage],
    ) -> dict[str, CondaPackage] | None:
        if not todo:
            return chosen
        spec, *rest = todo
        if spec.name in chosen:
            return self._search(rest, chosen, constraints, pool) if self.matches(spec, chosen[spec.name]) else None
        for package in pool:
            if not self.matches(spec, package) or any(
                limit.name == package.name and not self.matches(limit, package) for limit in constraints
            ):
                continue
            needs = [_spec(text) for text in package.depends]
            found = self._search([*rest, *needs], {**chosen, package.name: package}, constraints, pool)
            if found is not None:
                return found
        return None

    def search(self, spec: MatchSpec, channels: Sequence[Channel], platform: str) -> tuple[CondaPackage, ...]:
        """Every record that matches, oldest version first."""
        bases = {url.rstrip("/") for channel in channels for url in channel.urls}
        found = [each for each in self.packages if each.channel in bases and self.matches(spec, each)]
        return tuple(sorted(found, key=lambda each: (each.name, _version(each.version))))

    def names(self, channels: Sequence[Channel], platform: str) -> frozenset[str]:
        """Every name that the channels have."""
        bases = {url.rstrip("/") for channel in channels for url in channel.urls}
        return frozenset(package.name for package in self.packages if package.channel in bases)

    def detect_virtual(self, platform: str, overrides: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
        """None but those that are asked for."""
        return tuple((f"__{name}", version, "0") for name, version in sorted(overrides.items()) if version)

    def matches(self, spec: MatchSpec, package: CondaPackage) -> bool:
        """Whether a package satisfies a spec."""
        from packaging.specifiers import SpecifierSet

        return (
            fnmatchcase(package.name, spec.name)
            and any(
                SpecifierSet(translate_version(one)).contains(package.version, prereleases=True)
                for one in spec.version.split("|")
            )
            and fnmatchcase(package.build, spec.build or "*")
        )

    def link(
        self,
        prefix: Path,
        packages: Collection[CondaPackage],
        *,
        platform: str,
        written_prefix: Path | None = None,
        requested: Sequence[MatchSpec] = (),
        reinstall: Collection[str] = (),
        run_scripts: bool = False,
    ) -> LinkOutcome:
        """Make a prefix hold exactly `packages`: files first, then the record; in the other order when they go."""
        meta = prefix / "conda-meta"
        meta.mkdir(parents=True, exist_ok=True)
        (meta / "history").touch()
        wanted = {package.dist: package for package in packages}
        there = {package.dist: package for package in self.installed(prefix)}
        new = [package for dist, package in wanted.items() if dist not in there or package.name in reinstall]
        self._fetch(new)
        for dist, package in there.items():
            if dist not in wanted or package.name in reinstall:
                for path in self._files(package):
                    self._unlink(prefix / path)
                self._unlink(meta / f"{dist}.json")
        for package in new:
            for path, text in self._files(package).items():
                self._write(prefix / path, text.replace("@PREFIX@", str(written_prefix or prefix)))
            asked = [str(spec) for spec in requested if spec.name == package.name]
            self._write(meta / f"{package.dist}.json", json.dumps(self._prefix_record(package, asked), indent=2))
        return LinkOutcome((), run_scripts)

    def prefetch(self, packages: Collection[CondaPackage], *, platform: str) -> None:
        """Nothing has to be brought here; what cannot be had is noticed."""
        self._fetch(packages)

    def scrub(self, prefix: Path, packages: Collection[CondaPackage], *, platform: str) -> None:
        """Delete files of packages that have no record."""
        owned = {path for package in self.installed(prefix) for path in self._files(package)}
        for package in packages:
            for path in self._files(package):
                if path not in owned:
                    self._unlink(prefix / path)

    def installed(self, prefix: Path) -> tuple[CondaPackage, ...]:
        """The exact records of a prefix, sorted by name."""
        known = {package.dist: package for package in self.packages}
        found = (known[path.stem] for path in (prefix / "conda-meta").glob("*.json"))
        return tuple(sorted(found, key=lambda package: package.name))

    def files(self, packages: Iterable[CondaPackage], *, fetch: bool = True) -> Mapping[str, tuple[str, ...]]:
        """The relative paths that each package installs."""
        return {package.dist: tuple(self._files(package)) for package in packages}

    def distributions(self, packages: Iterable[CondaPackage]) -> Mapping[str, tuple[Distribution, ...]]:
        """The Python projects of each package, by the metadata among its files."""
        return {package.dist: tuple(self._projects(package)) for package in packages}

    def _projects(self, package: CondaPackage) -> Iterable[Distribution]:
        for path, text in self._files(package).items():
            info = path.removesuffix("/METADATA").removesuffix(".dist-info").rpartition("/")[2]
            if path.endswith(".dist-info/METADATA"):
                name, _, version = info.partition("-")
                requires = (line.partition(": ")[2] for line in text.splitlines() if line.startswith("Requires-Dist"))
                yield Distribution(normalise(name), version, package.name, tuple(requires))

    def index(self, channel: Path) -> None:
        """Nothing to write."""

    def _fetch(self, packages: Iterable[CondaPackage]) -> None:
        for package in packages:
            if package.dist in self.missing:
                raise NotFoundError(f"{package.fn} is not there")

    def _files(self, package: CondaPackage) -> Mapping[str, str]:
        text = f"{package.name} {package.version}\n"
        return self.contents.get(package.dist, {f"share/{package.name}/{package.version}.txt": text})

    def _write(self, path: Path, text: str) -> None:
        self.step(str(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _unlink(self, path: Path) -> None:
        self.step(str(path))
        path.unlink(missing_ok=True)
        _remove_empty(path.parent)

    def _prefix_record(self, package: CondaPackage, requested: Sequence[str]) -> dict[str, object]:
        keys = ("name", "version", "build", "build_number", "subdir", "url", "channel", "fn")
        files = list(self._files(package))
        return {
            **{key: getattr(package, key) for key in keys},
            "depends": list(package.depends),
            "requested_specs": list(requested),
            "files": files,
            "paths_data": {"paths_version": 1, "paths": [{"_path": path, "path_type": "hardlink"} for path in files]},
        }


@dataclass
class MemoryPypiEngine:
    """Implements `core.ports.PypiEngine`.

    Attributes:
        packages: all that the index has.
        step: called before each file that is written or deleted, with its path; may raise.
        missing: names that cannot be fetched.
    """

    packages: Sequence[PypiPackage] = ()
    step: Callable[[str], None] = no_step
    missing: Collection[str] = ()

    def resolve(self, request: PypiRequest) -> tuple[PypiPackage, ...]:
        """The newest packages that fit together and with what is provided, preferred versions before them."""
        return MemoryResolver(self.packages, request).resolve()

    def install(
        self,
        prefix_python: Path,
        packages: Sequence[PypiPackage],
        *,
        reinstall: bool = False,
        written_prefix: Path | None = None,
    ) -> None:
        """Write a module, a script that names the prefix, and the dist-info of each package."""
        self.prefetch(prefix_python, packages)
        prefix = prefix_python.parent.parent
        for package in packages:
            if reinstall:
                self.remove(prefix_python, [package.name])
            info = f"{package.name.replace('-', '_')}-{package.version}.dist-info"
            site = _site(prefix)
            requires = "".join(f"Requires-Dist: {text}\n" for text in package.requires_dist)
            files = {
                site / package.name / "__init__.py": f"__version__ = {package.version!r}\n",
                prefix / "bin" / package.name: f"#!{written_prefix or prefix}/bin/python\n",
                site / info / "METADATA": f"Name: {package.name}\nVersion: {package.version}\n{requires}",
                site / info / "INSTALLER": "uv\n",
            }
            record = site / info / "RECORD"
            listed = "\n".join(path.relative_to(prefix).as_posix() for path in [*files, record])
            for path, text in {**files, record: listed}.items():
                self.step(str(path))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")

    def can_lay_out(self, packages: Sequence[PypiPackage], places: Places) -> bool:
        """Nothing stands in the way, on POSIX."""
        return not places.windows

    def lay_out(
        self, tree: Path, packages: Sequence[PypiPackage], places: Places, *, platform: str, prefix: Path
    ) -> WheelOutcome:
        """The same as `install`, which runs no Python either."""
        (tree / places.site).mkdir(parents=True)
        self.install(tree / layout(platform).python, packages, written_prefix=prefix)
        found = {}
        for package in packages:
            info = tree / places.site / f"{package.name.replace('-', '_')}-{package.version}.dist-info"
            found[package.name] = tuple((info / "RECORD").read_text(encoding="utf-8").splitlines())
        return WheelOutcome(found)

    def prefetch(self, prefix_python: Path, packages: Sequence[PypiPackage]) -> None:
        """Nothing has to be brought here; what cannot be had is noticed."""
        for package in packages:
            if package.name in self.missing:
                raise NotFoundError(f"{package.name} is not on the index")

    def remove(self, prefix_python: Path, names: Sequence[str]) -> None:
        """Uninstall by name."""
        prefix = prefix_python.parent.parent
        for name in names:
            for info in _site(prefix).glob(f"{name.replace('-', '_')}-*.dist-info"):
                record = info / "RECORD"
                listed = list(info.iterdir())
                if record.exists():
                    listed = [prefix / line for line in record.read_text(encoding="utf-8").splitlines()]
                for path in listed:
                    self.step(str(path))
                    path.unlink(missing_ok=True)
                    _remove_empty(path.parent)

    def stop(self) -> None:
        """Nothing runs."""


def _site(prefix: Path) -> Path:
    usual = prefix / layout("linux-64").site_packages("3.11")
    return next(iter(sorted(prefix.glob("lib/python3*/site-packages"))), usual)


def _remove_empty(directory: Path) -> None:
    while directory.is_dir() and not any(directory.iterdir()) and not (directory / "conda-meta").exists():
        directory.rmdir()
        directory = directory.parent


def _spec(text: str) -> MatchSpec:
    name = dependency_name(text)
    return MatchSpec(name, text[len(name) :].strip())


def _version(text: str) -> object:
    from packaging.version import Version

    return Version(text)
