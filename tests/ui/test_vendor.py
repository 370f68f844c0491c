"""Files of others that we serve: each named with version, licence and hash, none besides."""

import hashlib
import json
from pathlib import Path

from django.conf import settings

VENDOR = Path(settings.BASE_DIR) / "static" / "vendor"
PACKAGES = json.loads((VENDOR / "manifest.json").read_text())["packages"]


def test_every_file_is_the_one_that_the_manifest_names() -> None:
    for package in PACKAGES:
        for entry in package["files"]:
            digest = hashlib.sha256((VENDOR / entry["file"]).read_bytes()).hexdigest()
            assert digest == entry["sha256"], (
                f"{entry['file']} is not what the manifest says: mend the file, or the manifest with its version"
            )


def test_nothing_is_served_that_the_manifest_does_not_name() -> None:
    named = {entry["file"] for package in PACKAGES for entry in package["files"]}
    assert {path.name for path in VENDOR.iterdir() if path.is_file()} - named == {"manifest.json"}


def test_every_package_has_version_licence_and_its_text() -> None:
    for package in PACKAGES:
        assert package["version"]
        assert package["licence"] in {"0BSD", "MIT", "Apache-2.0", "OFL-1.1"}
        assert len((VENDOR / package["licence_text"]).read_text()) > 300
