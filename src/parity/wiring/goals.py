"""From what is asked to what is solved: a request with every setting looked up that its answer hangs on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parity.core.lock import LockPlatform
    from parity.model import Manifest, MatchSpec, PipLine, Request
    from parity.ops.resolve import Goal
    from parity.wiring.services import Services


def request(services: Services, texts: Sequence[str], files: Sequence[str] = (), pip: Sequence[str] = ()) -> Request:
    """What specs on a command line and files ask for, together.

    Raises:
        FaultsError: everything that cannot be read, with its place.
    """
    from parity.core import merge, specs
    from parity.errors import Fault, FaultsError, SpecError
    from parity.model import Request
    from parity.store import request_files
    from parity.values import replace

    request = Request()
    if files:
        request = request_files.read(
            [Path(file).expanduser() for file in files],
            environ=services.environ,
            platform=services.platform,
            warn=services.output.warn,
        )
    found, faults = [], []
    for text in texts:
        try:
            found.append(specs.parse(text, base=Path.cwd().as_posix()))
        except SpecError as error:
            faults.append(Fault.of(error, place=text))
    lines: list[PipLine] = []
    for text in pip:
        from parity.formats import requirements

        try:
            lines.append(requirements.parse_line(text, base=str(Path.cwd())))
        except SpecError as error:
            faults.append(Fault.of(error, place=text))
    if faults:
        raise FaultsError(faults)
    specs_now, lines_now = merge.merge_specs(request.specs, found), merge.merge_pip(request.pip, lines)
    return replace(request, specs=specs_now, pip=lines_now)


def goal(
    services: Services,
    request: Request,
    *,
    prefix: Path | None = None,
    known: Manifest | None = None,
    target: LockPlatform | None = None,
) -> Goal:
    """A request with every setting looked up that solving needs.

    Args:
        services: of the call.
        request: what is asked for now.
        prefix: environment that changes, for its pins.
        known: what it was asked for before: its channels are used again where none are named now.
        target: the kind of machine to lock for; None for an environment that is made now.
    """
    from parity.core import specs
    from parity.model import PYPI_CHANNEL
    from parity.ops.resolve import Goal

    # A file that names channels is complete: what it gives may not depend on this machine's settings.
    given = tuple(services.options.get("channels") or ())
    if request.channels:
        names = (*given, *request.channels)
    elif known is not None and known.channels and not services.options.get("override_channels"):
        # Named now, `pypi` adds a source; before the others it would move every package there.
        now = tuple(name for name in given if name != PYPI_CHANNEL)
        names = tuple(dict.fromkeys((*now, *known.channels, *given)))
    else:
        names = services.channel_names
    # A channel that only a spec names is asked too, after all others, as in conda.
    in_specs = (spec.channel for spec in request.specs if spec.channel and spec.channel != PYPI_CHANNEL)
    names = tuple(dict.fromkeys((*names, *in_specs)))
    if not names and services.options.get("override_channels"):
        from parity.errors import InputError

        raise InputError("--override-channels leaves no channels", hints=["name one with -c"])
    if target is None and request.platforms and services.platform not in request.platforms:
        services.output.warn(
            f"{request.source or 'the request'} is for {', '.join(request.platforms)}, and this makes an "
            f"environment for {services.platform}"
        )
    pins: tuple[MatchSpec, ...] = ()
    if not (services.options.get("no_pin") or services.settings.ignore_pinned):
        pins = tuple(specs.parse(text) for text in services.settings.pinned_packages)
        if prefix is not None:
            pins += services.store.pinned(prefix)
    channels = services.channels(names)
    platform = target.subdir if target is not None else services.platform
    virtual = target.virtual if target is not None else services.virtual_packages()
    services.output.debug(f"platform: {target.name if target is not None else platform}")
    services.output.debug("channels: " + ", ".join(f"{each.name} ({' '.join(each.urls)})" for each in channels))
    services.output.debug("virtual packages: " + ", ".join("=".join(each) for each in virtual))
    return Goal(
        specs=tuple(_absolute_channel(services, spec) for spec in request.specs),
        channels=channels,
        platform=platform,
        pip=request.pip,
        virtual=virtual,
        priority=services.options.get("channel_priority") or services.settings.channel_priority,
        constraints=pins,
        disallowed=tuple(specs.parse(text, pattern=True) for text in services.settings.disallowed_packages),
        with_pip=services.settings.add_pip_as_python_dependency,
        before=services.options.get("before"),
    )


def _absolute_channel(services: Services, spec: MatchSpec) -> MatchSpec:
    """A spec whose channel is a URL: the engine does not know aliases and custom channels."""
    from parity.model import PYPI_CHANNEL
    from parity.values import replace

    if not spec.channel or spec.channel == PYPI_CHANNEL:
        return spec
    channel = services.channels([spec.channel])[0]
    return replace(spec, channel=channel.urls[0] if len(channel.urls) == 1 else channel.name)


def virtual_overrides(services: Services) -> dict[str, str]:
    """The setting `override_virtual_packages`, CONDA_OVERRIDE_* variables, then `--override-virtual`."""
    from parity.core.settings import lookup

    configured = services.settings.override_virtual_packages.items()
    found = {name.removeprefix("__").lower(): version.strip() for name, version in configured}
    found |= {
        key.removeprefix("CONDA_OVERRIDE_").lower(): value.strip()
        for key, value in services.environ.items()
        # CONDA_OVERRIDE_CHANNELS_ENABLED is a setting.
        if key.startswith("CONDA_OVERRIDE_") and lookup(key.removeprefix("CONDA_").lower()) is None
    }
    for text in services.options.get("virtual") or ():
        name, equals, version = text.partition("=")
        if not equals:
            from parity.errors import InputError

            raise InputError(
                f"`{text}` gives no version to a virtual package",
                hints=["write NAME=VERSION, as cuda=12.4; `cuda=` for none"],
            )
        found[name.removeprefix("__").lower()] = version.strip()
    return found
