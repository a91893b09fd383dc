"""A Dockerfile that installs a lock, for those who build with Docker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from parity.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

_PIP_CACHE = "/var/cache/pip"
"""Told to pip, too: which directory it takes otherwise depends on the user of the builder's image."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the Dockerfile shall say.

    Attributes:
        lock: name of the lock's file, relative to the build context.
        version: of Parity to install.
        environment: of the lock; "" for its usual one.
        prefix: path of the environment.
        base: image of the last stage.
        builder: image with a Python and pip, of the first stage.
        user: `UID[:GID]`; "" for root.
        workdir: where programs start.
        entrypoint: words.
        command: words.
        labels: of the image.
        variables: further environment variables.
    """

    lock: str
    version: str
    environment: str = ""
    prefix: str = "/opt/env"
    base: str = "debian:12-slim"
    builder: str = "python:3.12-slim-bookworm"
    user: str = "1000:1000"
    workdir: str = "/app"
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)


def render(plan: Plan) -> str:
    """The text: two stages, caches in mounts, the lock alone decides what is installed, and nobody is root."""
    environment = f" --environment {plan.environment}" if plan.environment else ""
    copied = json.dumps([plan.lock, "/src/"])
    name = plan.lock.rpartition("/")[2]
    variables = {
        "PATH": f"{plan.prefix}/bin:$PATH",
        "CONDA_PREFIX": plan.prefix,
        "CONDA_DEFAULT_ENV": plan.prefix,
        "CONDA_SHLVL": "1",
        **plan.variables,
    }
    lines = [
        "# syntax=docker/dockerfile:1",
        f"FROM {plan.builder} AS build",
        (
            f"RUN --mount=type=cache,target={_PIP_CACHE} "
            f"pip install --cache-dir {_PIP_CACHE} --root-user-action=ignore parity-env=={plan.version}"
        ),
        "ENV PARITY_ROOT=/var/parity",
        "WORKDIR /src",
        f"COPY {copied}",
        "# Packages stay in the caches of the builder; what is installed holds copies of them.",
        "RUN --mount=type=cache,target=/var/parity/pkgs,sharing=locked \\",
        "    --mount=type=cache,target=/var/parity/cache,sharing=locked \\",
        f"    parity sync {name}{environment} -p {plan.prefix} --copy \\",
        f"    && parity verify -p {plan.prefix} --lock {name}{environment}",
        "",
        f"FROM {plan.base}",
        f"COPY --from=build {plan.prefix} {plan.prefix}",
        *(f"ENV {key}={_quoted(value)}" for key, value in variables.items()),
        *(f"LABEL {key}={_quoted(value)}" for key, value in sorted(plan.labels.items())),
        f"WORKDIR {plan.workdir}",
    ]
    lines += [f"USER {plan.user}"] if plan.user else []
    lines += [f"ENTRYPOINT {json.dumps(plan.entrypoint)}"] if plan.entrypoint else []
    lines += [f"CMD {json.dumps(plan.command)}"] if plan.command else []
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
