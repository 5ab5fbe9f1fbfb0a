"""The files in data/ are the ones that data/README.md describes."""

import hashlib
import re

from conftest import ROOT


def test_every_data_file_has_the_size_and_checksum_that_its_readme_names():
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    named = re.findall(
        r"^## (\S+)\n.*?([\d,]+) bytes, sha256 `(\w{64})`",
        text,
        re.DOTALL | re.MULTILINE,
    )
    found = [
        (
            path.name,
            f"{path.stat().st_size:,}",
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in sorted((ROOT / "data").iterdir())
        if path.name != "README.md"
    ]
    assert found == sorted(named)
    assert len(found) == 2
