"""Resolving PyPI requirements with uv, and what there is to say of the answer."""

from __future__ import annotations

import re
import sys
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

from parity.core.urls import mask, strip_credentials
from parity.engines import pypi_facts
from parity.engines import pypi_request as ask
from parity.engines.pypi_recent import Recent, repeatable
from parity.errors import NotFoundError, ParityError
from parity.formats import pylock, requirements
from parity.formats.wheel_tags import Target
from parity.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from parity.core.ports import PypiRequest
    from parity.engines.process import Completed
    from parity.engines.pypi_uv import Uv
    from parity.model import PypiPackage

_NOISE = regex(
    r"experimental|hardlink|full copy|requested Python version|Ignoring unsupported option|is not installed"
    r"|No packages to uninstall|does not have an extra named"
)


class Resolver:
    """Answers requests; requirements go in through standard input."""

    def __init__(self, uv: Uv) -> None:
        self._uv = uv
        self._warned: set[str] = set()

    def resolve(self, request: PypiRequest) -> tuple[PypiPackage, ...]:
        """The packages to install; see `UvEngine.resolve`."""
        own = ask.flatten(request.lines, self._uv.environ)
        lines = ask.with_indexes(own, self._uv.settings)
        text = requirements.render(lines)
        demanded = ask.hashes_of(lines)
        self._uv.options = [line for line in lines if line.kind == "option"]
        self._uv.secrets.update(ask.secrets_of([text]))
        target = Target(request.python_version, request.platform, request.glibc or "2.40", request.macos or "13.0")
        facts, odd = pypi_facts.write(request.provided, request.metadata, self._uv.cache / "facts")
        with self._uv.scratch() as scratch:
            lock = scratch / "pylock.toml"
            if preferences := ask.preferences(request):
                lock.write_text(preferences, encoding="utf-8")
            (scratch / "facts.txt").write_text("\n".join(facts), encoding="utf-8")
            argv = ["pip", "compile", "-", "-o", str(lock), *requirements.command_options(lines),
                    *self._arguments(request)]  # fmt: skip
            argv += ["-c", str(scratch / "facts.txt")] if facts else []
            # These lines were written for pip, which takes the best version of all indexes.
            several = any(line.option == "--extra-index-url" for line in own)
            strategy = "unsafe-best-match" if several else self._uv.settings.index_strategy
            argv += [f"--index-strategy={strategy}"] if strategy != "first-index" else []
            # uv takes the oldest macOS of a target from here; what this machine has set is not asked.
            env = {"MACOSX_DEPLOYMENT_TARGET": request.macos} if request.macos else {}
            same_again = request.upgrade == () and repeatable(lines)
            title = f"Resolving PyPI packages{f' for {request.label}' if request.label else ''}"
            with self._uv.progress.stage(title) if self._uv.progress else nullcontext():
                done = self._compile(argv, text, scratch, env, same_again=same_again)
            if done.returncode:
                error = self._uv.error(done, scratch, request.provided, {one.name: one.text for one in own})
                if isinstance(error, NotFoundError) and several:
                    # Of several indexes, uv passes over one that refuses access without a word.
                    said = ("an index that wants a user name and a password looks empty without them; Parity writes "
                            "none down: name the index with them again, or in ~/.netrc")  # fmt: skip
                    error.hints += (said,)
                raise error
            found = pylock.parse(lock.read_text(encoding="utf-8"), target=target, fits=True, base=str(scratch))
        self._warn_extras(done.stderr)
        self._warn_sources(found, target)
        if odd and self._uv.progress:
            self._uv.progress.warn(
                f"the versions of {', '.join(odd)} from conda are none that PyPI packages can refer to"
            )
        return tuple(
            ask.check_hashes(package, demanded[package.name]) if package.name in demanded else package
            for package in found
            if package.name not in request.provided
        )

    def _arguments(self, request: PypiRequest) -> list[str]:
        """What a request says beside its lines."""
        python = request.build_python or sys.executable
        argv = ["--format=pylock.toml", "--generate-hashes", "--no-header", "--python", str(python),
                f"--python-version={request.python_version}"]  # fmt: skip
        argv += [f"--no-emit-package={name}" for name in request.provided]
        if platform := ask.uv_platform(request.platform, request.glibc, ask.host_platform()):
            argv.append(f"--python-platform={platform}")
        if request.uploaded_before is not None:
            argv.append(f"--exclude-newer={ask.moment(request.uploaded_before)}")
        if self._uv.settings.offline:
            return argv  # caches are all there is
        if request.upgrade is None:
            return [*argv, "--refresh"]
        return [*argv, *(f"--refresh-package={name}" for name in request.upgrade)]

    def _compile(
        self, argv: Sequence[str], text: str, scratch: Path, env: Mapping[str, str], *, same_again: bool
    ) -> Completed:
        """Ask uv; where it was asked the same a moment ago, it answers from its cache.

        `same_again`: whether the same question has the same answer for a while.
        """
        recent = Recent(self._uv.cache / "recent")
        files = [file.read_text(encoding="utf-8") for file in sorted(scratch.iterdir())]
        parts = (*argv, text, *files, *env.values())
        question = [mask(strip_credentials(part)).replace(str(scratch), "") for part in parts]
        same_again = same_again and not self._uv.settings.offline
        if same_again and recent.knows(question):
            done = self._uv.run([*argv, "--offline"], env=env, input_=text, cwd=scratch)
            if done.returncode == 0:
                return done
        done = self._uv.run(argv, env=env, input_=text, cwd=scratch)
        if same_again and done.returncode == 0:
            recent.note(question)
        return done

    def _warn_extras(self, stderr: str) -> None:
        if self._uv.progress is None:
            return
        for line in stderr.splitlines():
            found = re.match(
                r"warning: The package `([\w.\-]+) @ file:.*` does not have an extra named `([^`]+)`", line
            )
            if found:
                self._uv.progress.warn(f"conda provides {found[1]}; what its extra {found[2]} needs is not added: "
                                    "name those packages themselves")  # fmt: skip
            elif line.startswith("warning: ") and not _NOISE.search(line):
                self._uv.progress.warn(mask(strip_credentials(line.removeprefix("warning: "))))

    def _warn_sources(self, packages: Sequence[PypiPackage], target: Target) -> None:
        """Say which packages have to be built although other versions have wheels.

        uv goes back to sources of old versions where newer ones clash, and does not hold it against them that they say
        to be for older Pythons only (`Requires-Python: <3.12`): their build fails more often than not.
        """
        if self._uv.progress is None or self._uv.settings.offline:
            return
        for package in packages:
            if package.is_wheel or '"sdist"' not in package.pin:
                continue
            from parity.engines import pypi_index

            with suppress(ParityError):
                others = pypi_index.with_wheels(package.name, self._uv.options, self._uv.downloader(), target)
                where = f"Python {target.python_version} on {target.platform}"
                said = (f"{package.name} {package.version} has no wheel for {where} and has to be built; "
                        f"there are wheels of {', '.join(others[-5:])}")  # fmt: skip
                if others and said not in self._warned:
                    self._warned.add(said)
                    self._uv.progress.warn(said)
