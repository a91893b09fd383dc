"""What carries a plan out: engines, stores and the settings of linking, put together."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from parity.core.platforms import layout

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from parity.core.records import Owner, PackageNote
    from parity.model import Solution
    from parity.ops.transaction import Workshop
    from parity.wiring.services import Services


def workshop(services: Services) -> Workshop:
    """The parts and settings of a change."""
    from datetime import datetime

    from parity.core.urls import mask
    from parity.ops.transaction import Workshop

    if not services.settings.non_admin_enabled:
        from parity.store.privilege import require_administrator

        require_administrator("non_admin_enabled")

    def now() -> datetime:
        return datetime.now().astimezone()

    run_scripts = services.options.get("run_link_scripts")
    compile_ = services.options.get("compile")
    compiles = services.settings.compile_bytecode if compile_ is None else compile_
    return Workshop(
        conda=services.conda,
        pypi=lambda: services.pypi,
        store=services.store,
        progress=services.progress,
        now=now,
        command=mask(services.command),
        run_scripts=services.settings.run_link_scripts if run_scripts is None else run_scripts,
        compile=partial(_compile, services) if compiles else None,
        note=partial(_note_files, services),
        wheel_paths=partial(_wheel_paths, services),
        sole_owners=services.settings.path_conflict == "prevent",
    )


def _wheel_paths(services: Services, solution: Solution) -> dict[str, tuple[str, ...]]:
    """For each wheel of a solution the paths that it will install; nothing where that cannot be told before."""
    from parity.core.contents import place
    from parity.core.rules import Rules
    from parity.errors import OfflineError
    from parity.ops.fingerprint import places
    from parity.wiring.fingerprints import reader

    wheels = [each for each in solution.pypi if each.is_wheel and not each.editable]
    where, rules = places(solution), Rules()
    try:
        contents = reader(services).read(wheels, solution.platform)
        found = [place(contents_, each.name, each.version, "", "pypi", where, rules)
                 for each, contents_ in zip(wheels, contents, strict=True)]  # fmt: skip
    except (OfflineError, ValueError):
        return {}
    return {each.name: tuple(file.path for file in each.files) for each in found}


def _note_files(
    services: Services,
    place: Path,
    prefix: Path,
    fresh: Collection[str] | None,
    scripts_ran: bool,
    known: Mapping[str, PackageNote],
    pypi: bool,
) -> None:
    from parity.store import file_notes

    if scripts_ran:
        known, pypi = {}, True  # what is nobody's was made by a script, so everybody's files have to be known
    owners: Iterable[Owner] = ()
    if pypi or any(f"conda:{record.stem}" not in known for record in (place / "conda-meta").glob("*.json")):
        from parity.store import prefix_contents

        owners = prefix_contents.owners(place, services.platform, without=known, pypi=pypi)
    file_notes.write(
        place,
        owners,
        prefix=prefix,
        fresh=fresh,
        known=known,
        scripts_since=file_notes.began(place) if scripts_ran else None,
    )


def _compile(services: Services, prefix: Path, python: Path) -> None:
    from parity.engines.bytecode import compile_all

    library = prefix / Path(layout(services.platform).site_packages("3")).parts[0]
    with services.progress.stage("Compiling bytecode"):
        compile_all(python, library, services.environ)
