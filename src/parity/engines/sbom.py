"""Bills of materials by the libraries that their makers keep: CycloneDX 1.6 and SPDX 2.3, as JSON.

The libraries come with the extra `parity-env[sbom]`. Same packages, same bytes: what should be unique is made of
hashes, and the time is given.
"""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote
from uuid import UUID

from parity.core.urls import strip_credentials
from parity.errors import NotFoundError
from parity.model import CondaPackage

if TYPE_CHECKING:
    from datetime import datetime

    from parity.model import Package, Solution

Form = Literal["cyclonedx", "spdx"]
MEDIA_TYPES: dict[Form, str] = {"cyclonedx": "application/vnd.cyclonedx+json", "spdx": "application/spdx+json"}


def render(form: Form, name: str, solution: Solution, moment: datetime) -> bytes:
    """The bill of materials of an environment.

    Args:
        form: whose format.
        name: of what it is about.
        solution: the packages.
        moment: when it was made, UTC.

    Raises:
        NotFoundError: the library is not installed.
    """
    try:
        return (_cyclonedx if form == "cyclonedx" else _spdx)(name, solution, moment)
    except ImportError as error:
        raise NotFoundError(
            f"a bill of materials needs a library that is not installed: {error.name}",
            hints=["install `parity-env[sbom]`"],
        ) from None


def purl(package: Package) -> str:
    """The package URL of a package (the purl specification, types conda and pypi)."""
    head = f"{quote(package.name)}@{quote(package.version)}"
    if not isinstance(package, CondaPackage):
        return f"pkg:pypi/{head}"
    channel = strip_credentials(package.channel).rstrip("/").rpartition("/")[2]
    kind = "conda" if package.fn.endswith(".conda") else "tar.bz2"
    more = {"build": package.build, "channel": channel, "subdir": package.subdir, "type": kind}
    return f"pkg:conda/{head}?" + "&".join(f"{key}={quote(value)}" for key, value in more.items() if value)


def _identity(name: str, solution: Solution) -> str:
    text = "\n".join([name, *sorted(f"{purl(package)} {package.sha256}" for package in solution)])
    return hashlib.sha256(text.encode()).hexdigest()


def _cyclonedx(name: str, solution: Solution, moment: datetime) -> bytes:
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6
    from packageurl import PackageURL

    licenses = LicenseFactory()

    def component(package: Package) -> Any:
        text = package.license if isinstance(package, CondaPackage) else None
        reference = ExternalReferenceType.DISTRIBUTION
        return Component(
            name=package.name,
            version=package.version,
            type=ComponentType.LIBRARY,
            purl=PackageURL.from_string(purl(package)),
            bom_ref=purl(package),
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=package.sha256)] if package.sha256 else [],
            licenses=[licenses.make_from_string(text)] if text else [],
            external_references=[ExternalReference(type=reference, url=XsUri(strip_credentials(package.url)))],
        )

    components = [component(package) for package in solution]
    root = Component(name=name, type=ComponentType.CONTAINER, bom_ref=name)
    bom = Bom(
        components=components,
        serial_number=UUID(_identity(name, solution)[:32]),
        metadata=BomMetaData(timestamp=moment, component=root),
    )
    bom.register_dependency(root, components)
    return _canonical(JsonV1Dot6(bom).output_as_string())


def _spdx(name: str, solution: Solution, moment: datetime) -> bytes:
    from license_expression import ExpressionError
    from spdx_tools.common.spdx_licensing import spdx_licensing
    from spdx_tools.spdx.model import actor, checksum, document, package, relationship
    from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion
    from spdx_tools.spdx.validation.uri_validators import validate_download_location
    from spdx_tools.spdx.writer.json.json_writer import write_document_to_stream

    def declared(one: Package) -> Any:
        text = one.license if isinstance(one, CondaPackage) else None
        try:
            return spdx_licensing.parse(text, validate=True, strict=True) if text else SpdxNoAssertion()
        except (ExpressionError, LookupError, AssertionError):  # the last two for some unpaired brackets
            return SpdxNoAssertion()

    def described(one: Package) -> Any:
        url = strip_credentials(one.url)
        category = package.ExternalPackageRefCategory.PACKAGE_MANAGER
        hashes = [checksum.Checksum(checksum.ChecksumAlgorithm.SHA256, one.sha256)] if one.sha256 else []
        return package.Package(
            spdx_id=f"SPDXRef-{one.source}-" + "".join(sign if sign.isalnum() else "-" for sign in one.name),
            name=one.name,
            version=one.version,
            download_location=SpdxNoAssertion() if validate_download_location(url) else url,
            files_analyzed=False,
            checksums=hashes,
            license_concluded=SpdxNoAssertion(),
            license_declared=declared(one),
            copyright_text=SpdxNoAssertion(),
            external_references=[package.ExternalPackageRef(category, "purl", purl(one))],
        )

    packages = [described(one) for one in solution]
    made = document.CreationInfo(
        "SPDX-2.3",
        "SPDXRef-DOCUMENT",
        name,
        f"https://parity.invalid/spdx/{_identity(name, solution)}",
        [actor.Actor(actor.ActorType.TOOL, "parity")],
        moment.replace(tzinfo=None),
    )
    kind = relationship.RelationshipType.DESCRIBES
    tells = [relationship.Relationship("SPDXRef-DOCUMENT", kind, one.spdx_id) for one in packages]
    out = io.StringIO()
    write_document_to_stream(document.Document(made, packages=packages, relationships=tells), out, validate=False)
    return _canonical(out.getvalue())


def _canonical(text: str) -> bytes:
    return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")).encode()
