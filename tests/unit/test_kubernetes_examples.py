"""Manifests of the examples hold against the schema of Kubernetes, unknown fields refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

jsonschema = pytest.importorskip("jsonschema")

TOP = Path(__file__).parents[2]
SCHEMA = json.loads((TOP / "tests/data/kubernetes-1.37.json").read_text())
MANIFESTS = sorted((TOP / "examples/kubernetes").glob("*.yaml"))
KINDS = {"Pod": "io.k8s.api.core.v1.Pod", "Job": "io.k8s.api.batch.v1.Job"}


def faults(manifest: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{KINDS[manifest['kind']]}"})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(manifest)]


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_manifests_are_valid(path: Path) -> None:
    assert faults(yaml.safe_load(path.read_text())) == []


def test_the_schema_refuses_what_is_wrong() -> None:
    manifest = yaml.safe_load(MANIFESTS[-1].read_text())
    manifest["spec"]["container"] = []
    manifest["spec"]["restartPolicy"] = 3
    assert len(faults(manifest)) == 2


def test_a_pod_a_job_and_an_init_container_are_there() -> None:
    assert {path.stem for path in MANIFESTS} == {"pod", "job", "init-container"}
