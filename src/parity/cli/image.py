"""Build OCI images of locked environments, without Docker and without root; push and look at them.

parity image build -o oci:build --base rootfs:/srv/debian -t train:1.0
parity image build parity.lock --platform linux-aarch64 -o oci-archive:train.tar
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from parity.cli.common import add_command, add_environment, add_part

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from parity.core.image import Wish
    from parity.formats.project_toml import ImageTable
    from parity.wiring import Services
    from parity.wiring.imaging import Built


def configure(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _configure_build(
        add_command(commands, "build", "write an image from a lock: the same lock and base give the same digests")
    )

    push = add_command(commands, "push", "send an image to a registry, without what the registry has already")
    push.add_argument("image", nargs="?", default="oci:image", metavar="IMAGE",
                      help="oci:DIR, oci:DIR:TAG, oci-archive:FILE or docker-archive:FILE; oci:image")  # fmt: skip
    push.add_argument("reference", metavar="REF", help="where to, as ghcr.io/team/train:1.0")
    push.add_argument("--plain-http", action="store_true", help="speak HTTP; registries on this machine always are")
    docker = add_command(
        commands, "dockerfile", "print a Dockerfile that installs a lock: two stages, caches, not as root"
    )
    docker.add_argument("lock", nargs="?", metavar="LOCK", help="the lock; the one of this directory by default")
    add_environment(docker)
    docker.add_argument("--base", metavar="IMAGE", help="what it stands on; debian:12-slim")
    _configure_run(docker)
    inspect = add_command(commands, "inspect", "show what an image is: platform, layers with packages, fingerprint")
    inspect.add_argument("image", nargs="?", default="oci:image", metavar="IMAGE",
                         help="as for push, or a name in a registry; oci:image")  # fmt: skip
    inspect.add_argument("--plain-http", action="store_true", help="speak HTTP; registries on this machine always are")
    inspect.add_argument(
        "--platform", metavar="SUBDIR", help="of an image for several; the only one, or this machine's"
    )


def _configure_build(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lock", nargs="?", metavar="LOCK", help="the lock; the one of this directory by default")
    parser.add_argument("--from-prefix", metavar="ENV",
                        help="files of an environment by name or path, verified first; it keeps its path")  # fmt: skip
    parser.add_argument("-o", "--output", default="oci:image", metavar="PLACE",
                        help="oci:DIR, oci-archive:FILE or docker-archive:FILE; oci:image")  # fmt: skip
    parser.add_argument("-t", "--tag", default="latest", metavar="NAME:TAG", help="name of the image")
    parser.add_argument("--base", metavar="BASE",
                        help="scratch (nothing, no C library), oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE, "
                        "rootfs:DIR for a root file system in a directory, or a name in a registry")  # fmt: skip
    add_part(parser)
    parser.add_argument("--plain-http", action="store_true", help="speak HTTP with the base's registry")
    parser.add_argument("--sbom", action="append", default=[], choices=["cyclonedx", "spdx"], dest="sboms",
                        help="attach a bill of materials; may be repeated; needs parity-env[sbom]")  # fmt: skip
    parser.add_argument("--provenance", action="store_true", help="attach where the image comes from (in-toto, SLSA)")
    group = _configure_run(parser)
    group.add_argument("--slim", action="store_true",
                       help="leave out static libraries, bytecode, documentation and tests")  # fmt: skip
    group.add_argument("--layers", type=int, default=40, metavar="COUNT", help="most layers for packages; 40")
    group.add_argument("--compression", choices=["gzip", "zstd", "none"], default="gzip", help="of layers; gzip")


def _configure_run(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """How the image is run."""
    group = parser.add_argument_group("the image", "What is not said here is read from [image] in parity.toml.")
    group.add_argument("--path", metavar="PATH", help="where the environment is in it; /opt/env")
    group.add_argument("--entrypoint", metavar="COMMAND", help="what every container starts with, as a shell writes it")
    group.add_argument("--cmd", metavar="COMMAND", help="what a container runs where nothing else is said")
    group.add_argument("--user", metavar="UID[:GID]", help="who runs it")
    group.add_argument("--workdir", metavar="PATH", help="where it starts")
    group.add_argument("--label", action="append", default=[], metavar="KEY=VALUE",
                       help="label and annotation: org.opencontainers.image.source=URL; may be repeated")  # fmt: skip
    group.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", dest="variables",
                       help="environment variable; may be repeated")  # fmt: skip
    return group


def run(args: argparse.Namespace, services: Services) -> int:
    return {"build": _build, "push": _push, "inspect": _inspect, "dockerfile": _dockerfile}[args.action](args, services)


def _push(args: argparse.Namespace, services: Services) -> int:
    from parity.cli.output import human_size
    from parity.wiring import image_push, imaging

    output = services.output
    with imaging.scratch_place(services) as scratch:
        layout, tag = image_push.locate(args.image, scratch)
        pushed = image_push.push(services, layout, tag, args.reference)
    output.result({"success": True, **asdict(pushed)})
    rows = [[each.title, human_size(each.size), each.how, each.digest[:19]] for each in pushed.blobs]
    output.table(["Blob", "Size", "State", "Digest"], rows)
    total = sum(each.size for each in pushed.blobs)
    output.note(f"{human_size(pushed.uploaded)} of {human_size(total)} sent")
    output.outcome(f"{pushed.reference} {pushed.digest}")
    return 0


def _inspect(args: argparse.Namespace, services: Services) -> int:
    from parity.cli.output import human_size
    from parity.wiring import image_push, imaging

    output = services.output
    with imaging.scratch_place(services) as scratch:
        found = image_push.inspect(services, args.image, scratch)
    output.result(found)
    labels = found["labels"]
    output.line(f"digest       {found['digest']}")
    output.line(f"platform     {found['platform']}")
    output.line(f"fingerprint  {labels.get('dev.parity.fingerprint', '-')}")
    for key in ("entrypoint", "command", "user", "workdir"):
        value = found[key]
        output.line(f"{key:<12} {' '.join(value) if isinstance(value, list) else value or '-'}")
    output.line()
    for each in found["attached"]:
        output.line(f"attached     {each['type']} {each['digest'][:19]}")
    rows = [[each["title"], human_size(each["size"]), each["digest"][:19]] for each in found["layers"]]
    output.table(["Layer", "Size", "Digest"], rows)
    return 0


def _build(args: argparse.Namespace, services: Services) -> int:
    from parity.errors import InputError
    from parity.store import lock_files
    from parity.wiring import imaging

    if args.lock and args.from_prefix:
        raise InputError("name a lock or --from-prefix, not both")
    if args.layers < 2 or args.layers > 100:
        raise InputError("--layers takes a number from 2 to 100", hints=["container engines take 127 in all"])
    lock = None if args.from_prefix else lock_files.locate(Path.cwd(), args.lock)
    table = _table(lock)
    order = imaging.Order(
        lock=lock,
        output=args.output,
        base=args.base or table.base or "scratch",
        tag=args.tag,
        environment=args.environment,
        variant=args.variant,
        prefix=args.path or table.path or imaging.DEFAULT_PREFIX,
        budget=args.layers,
        compression=args.compression,
        sboms=tuple(args.sboms),
        provenance=args.provenance,
        slim=args.slim,
        from_prefix=None if args.from_prefix is None else services.root.named(args.from_prefix),
        wish=_wish(args, table.wish),
    )
    _show(imaging.build(services, order), services)
    return 0


def _dockerfile(args: argparse.Namespace, services: Services) -> int:
    from parity import __version__
    from parity.core import dockerfile
    from parity.store import lock_files
    from parity.wiring import imaging

    path = lock_files.locate(Path.cwd(), args.lock)
    table = _table(path)
    wish = _wish(args, table.wish)
    plan = dockerfile.Plan(
        lock=args.lock or path.name,
        version=__version__,
        environment=args.environment,
        prefix=args.path or table.path or imaging.DEFAULT_PREFIX,
        base=args.base or table.base or "debian:12-slim",
        user=wish.user or "1000:1000",
        workdir=wish.workdir or "/app",
        entrypoint=wish.entrypoint or (),
        command=wish.command or (),
        labels=wish.labels,
        variables=wish.variables,
    )
    text = dockerfile.render(plan)
    services.output.result({"success": True, "dockerfile": text})
    services.output.line(text.rstrip("\n"))
    return 0


def _table(lock: Path | None) -> ImageTable:
    """What `parity.toml` beside the lock, or here, says of images."""
    from parity.store import lock_files

    return lock_files.image_table(lock.parent if lock is not None else Path.cwd())


def _wish(args: argparse.Namespace, table: Wish) -> Wish:
    """What the command line asks for, and `parity.toml` where that does not say."""
    from parity.core.image import Wish

    words, command = _words(args.entrypoint), _words(args.cmd)
    return Wish(
        entrypoint=table.entrypoint if words is None else words,
        command=table.command if command is None else command,
        user=table.user if args.user is None else args.user,
        workdir=table.workdir if args.workdir is None else args.workdir,
        labels={**table.labels, **_pairs(args.label, "--label")},
        variables={**table.variables, **_pairs(args.variables, "--env")},
    )


def _words(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    import shlex

    from parity.errors import InputError

    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise InputError(f"`{text}` cannot be taken apart into words: {error}") from None


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    from parity.errors import InputError

    wrong = [text for text in texts if "=" not in text or text.startswith("=")]
    if wrong:
        raise InputError(f"{option} takes KEY=VALUE, not {', '.join(wrong)}")
    return dict(text.partition("=")[::2] for text in texts)


def _show(built: Built, services: Services) -> None:
    from parity.cli.output import human_size

    output = services.output
    output.result({"success": True, "size": built.size, **asdict(built)})
    rows = [
        [
            layer.title,
            str(len(layer.packages) or ""),
            str(layer.files or ""),
            human_size(layer.size),
            layer.state,
            layer.digest[:19],
        ]
        for layer in built.layers
    ]
    output.table(["Layer", "Packages", "Files", "Size", "State", "Digest"], rows)
    for rule, (files, size) in built.saved.items():
        output.note(f"without {rule}: {files} files, {human_size(size)}")
    if built.unrun:
        output.note(f"link scripts were not run ({', '.join(built.unrun)})")
    if built.fingerprint:
        output.note(f"the environment at {built.prefix} has {built.fingerprint}")
    output.note(
        f"{human_size(built.size)} in {built.seconds:.1f} s; a registry that has the image that was here before needs "
        f"{human_size(built.upload)} more"
    )
    output.outcome(f"{built.output} {built.tag} {built.digest}")
