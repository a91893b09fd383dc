"""Activation for the commands that need it: facts from the disk, the rules of `core.activation`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from parity.core import activation
from parity.core.activation import Activation, EnvironmentFacts
from parity.errors import IntegrityError
from parity.store import prefixes

if TYPE_CHECKING:
    from collections.abc import Callable

    from parity.wiring import Services


def enter(services: Services, prefix: Path, *, suffix: str = "", stack: bool | None = False) -> Activation:
    """Activate an environment.

    Args:
        services: of this call.
        prefix: an existing environment.
        suffix: of the scripts that the shell reads; those of the platform's own shell where empty.
        stack: keep the active environment's programs behind; None: as `auto_stack` says.

    Raises:
        IntegrityError: a file with its variables is broken.
    """
    if stack is None:
        stack = activation.stacks(services.environ, services.settings.auto_stack)
    suffix = suffix or _suffix(services)
    facts = prefixes.facts(prefix, shown_name(services, prefix), suffix)
    return activation.activate(services.environ, facts, stack=stack, **_arguments(services, suffix))


def shown_name(services: Services, prefix: Path) -> str:
    """What CONDA_DEFAULT_ENV says: the name, as conda does also of an environment in another root's `envs`."""
    known = services.root.name_of(prefix)
    return known or (prefix.name if prefix.parent.name == "envs" else str(prefix))


def leave(services: Services, *, suffix: str = "") -> Activation:
    """Deactivate the active environment; no change where none is."""
    return activation.deactivate(services.environ, **_arguments(services, suffix or _suffix(services)))


def refresh(services: Services, *, suffix: str = "") -> Activation:
    """Activate the active environment anew; no change where none is."""
    return activation.reactivate(services.environ, **_arguments(services, suffix or _suffix(services)))


class _Arguments(TypedDict):
    platform: str
    describe: Callable[[str], EnvironmentFacts]
    changeps1: bool
    env_prompt: str


def _arguments(services: Services, suffix: str) -> _Arguments:
    def describe(prefix: str) -> EnvironmentFacts:
        path = Path(prefix)
        name = shown_name(services, path)
        try:
            return prefixes.facts(path, name, suffix)
        except IntegrityError:
            # An environment that is only left must not keep a person from entering another.
            return EnvironmentFacts(prefix, name)

    settings = services.settings
    return {
        "platform": services.platform,
        "describe": describe,
        "changeps1": settings.changeps1,
        "env_prompt": settings.env_prompt,
    }


def _suffix(services: Services) -> str:
    return ".bat" if services.platform.startswith("win-") else ".sh"
