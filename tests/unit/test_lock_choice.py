"""Which part of a lock a machine takes."""

from __future__ import annotations

import pytest

from parity.core.lock import Lock, Locked, LockedEnvironment, LockPlatform
from parity.core.lock_choice import choose, unmet
from parity.errors import InputError, NotFoundError, UnsatisfiableError
from parity.model import Solution

LAPTOP = (("__archspec", "1", "skylake"), ("__glibc", "2.36", "0"), ("__linux", "6.1", "0"), ("__unix", "0", "0"))
GPU = (*LAPTOP, ("__cuda", "12.4", "0"))
PLAIN = (("__archspec", "1", "x86_64"), ("__glibc", "2.28", "0"), ("__linux", "4.18", "0"), ("__unix", "0", "0"))


def lock_of(*platforms: LockPlatform, name: str = "default") -> Lock:
    locked = tuple(Locked(platform.name, Solution(platform.subdir)) for platform in platforms)
    return Lock(platforms, (LockedEnvironment(name, (), locked),))


def chosen(lock: Lock, virtual: tuple[tuple[str, str, str], ...], variant: str | None = None) -> str:
    return choose(lock, subdir="linux-64", virtual=virtual, variant=variant)[0].name


def test_the_most_demanding_entry_that_the_machine_meets_is_taken() -> None:
    lock = lock_of(
        LockPlatform("linux-64", "linux-64", PLAIN),
        LockPlatform("linux-64-cuda-11", "linux-64", (("__cuda", "11.8", "0"), *PLAIN)),
        LockPlatform("linux-64-cuda-12", "linux-64", (("__cuda", "12.1", "0"), *PLAIN)),
        LockPlatform("linux-64-cuda-13", "linux-64", (("__cuda", "13.0", "0"), *PLAIN)),
    )
    assert chosen(lock, LAPTOP) == "linux-64"
    assert chosen(lock, GPU) == "linux-64-cuda-12"
    assert chosen(lock, GPU, "cuda-11") == "linux-64-cuda-11"
    assert chosen(lock, GPU, "") == "linux-64"


def test_versions_are_compared_as_numbers() -> None:
    lock = lock_of(
        LockPlatform("linux-64-a", "linux-64", (("__cuda", "12.10", "0"),)),
        LockPlatform("linux-64-b", "linux-64", (("__cuda", "12.9", "0"),)),
    )
    assert chosen(lock, (("__cuda", "12.10", "0"),)) == "linux-64-a"
    assert chosen(lock, (("__cuda", "12.9.1", "0"),)) == "linux-64-b"


def test_what_the_machine_lacks_is_named() -> None:
    lock = lock_of(LockPlatform("linux-64-gpu", "linux-64", (("__cuda", "12.4", "0"), ("__glibc", "2.38", "0"))))
    with pytest.raises(UnsatisfiableError) as caught:
        chosen(lock, LAPTOP)
    assert "linux-64-gpu" in caught.value.message
    assert "__cuda >=12.4 is needed, and this machine has no __cuda" in caught.value.message
    assert "__glibc >=2.38 is needed, and this machine has 2.36" in caught.value.message


def test_for_another_machine_it_does_not_matter_what_this_one_lacks() -> None:
    gpu = LockPlatform("linux-64-gpu", "linux-64", (("__cuda", "12.4", "0"),))
    new = LockPlatform("linux-64-new", "linux-64", (("__glibc", "2.99", "0"),))

    def elsewhere(*platforms: LockPlatform, variant: str | None = None) -> str:
        lock = lock_of(*platforms)
        return choose(lock, subdir="linux-64", virtual=LAPTOP, variant=variant, elsewhere=True)[0].name

    assert elsewhere(gpu) == "linux-64-gpu"
    assert elsewhere(gpu, new, variant="new") == "linux-64-new"
    with pytest.raises(InputError, match="gpu, new"):
        elsewhere(gpu, new)
    with pytest.raises(UnsatisfiableError, match="linux-64-gpu of the lock is not for this machine"):
        chosen(lock_of(gpu, new), LAPTOP, "gpu")


def test_a_platform_or_variant_or_environment_that_is_not_there_is_named_with_those_that_are() -> None:
    lock = lock_of(LockPlatform("osx-arm64", "osx-arm64"), LockPlatform("linux-64-cpu", "linux-64"))
    with pytest.raises(NotFoundError, match="for osx-arm64, linux-64, and not for win-64"):
        choose(lock, subdir="win-64", virtual=())
    with pytest.raises(NotFoundError, match="no variant `gpu` for linux-64; it has cpu"):
        choose(lock, subdir="linux-64", virtual=(), variant="gpu")
    with pytest.raises(NotFoundError, match="no environment `test`; it has default"):
        choose(lock, environment="test", subdir="linux-64", virtual=())


def test_the_only_environment_needs_no_name() -> None:
    lock = lock_of(LockPlatform("linux-64", "linux-64"), name="train")
    assert choose(lock, subdir="linux-64", virtual=())[1].name == "train"


def test_variants_that_ask_the_same_are_not_guessed_at_unless_one_is_plain() -> None:
    twins = (LockPlatform("linux-64-serve", "linux-64", PLAIN), LockPlatform("linux-64-train", "linux-64", PLAIN))
    with pytest.raises(InputError, match="serve, train"):
        chosen(lock_of(*twins), LAPTOP)
    assert chosen(lock_of(LockPlatform("linux-64", "linux-64", PLAIN), *twins), LAPTOP) == "linux-64"


@pytest.mark.parametrize(
    ("machine", "required", "runs"),
    [
        ("skylake", "x86_64", True),
        ("skylake", "x86_64_v3", True),
        ("skylake", "x86_64_v4", False),
        ("zen4", "x86_64_v4", True),
        ("x86_64_v4", "x86_64_v3", True),
        ("x86_64", "x86_64_v2", False),
        ("haswell", "haswell", True),
        ("haswell", "zen2", False),
    ],
)
def test_the_cpu_is_compared_by_its_level(machine: str, required: str, runs: bool) -> None:
    assert (not unmet([("__archspec", "1", required)], [("__archspec", "1", machine)])) is runs
