"""The console's bundle: made from the sources that stand here, small, and without an address of anybody else."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "console"
BUNDLE = ROOT / "src" / "clearline" / "faces" / "console" / "static"
CHART = ROOT / "src" / "clearline" / "faces" / "console" / "chart"

BUNDLE_GZIP_MAX = 450_000
CHART_GZIP_MAX = 320 * 1024


def gzipped(paths: list[Path]) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in paths)


def test_the_bundle_is_made_from_these_sources() -> None:
    """Whoever changes a source builds anew: `make console`."""
    names = ["index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts"]
    paths = [SOURCES / name for name in names] + [p for p in (SOURCES / "src").rglob("*") if p.is_file()]
    digest = hashlib.sha256()
    for path in sorted(p.relative_to(SOURCES).as_posix() for p in paths):
        digest.update(f"{path}\n{hashlib.sha256((SOURCES / path).read_bytes()).hexdigest()}\n".encode())
    assert (BUNDLE / "sources.sha256").read_text().strip() == digest.hexdigest()


def test_the_bundle_is_small() -> None:
    """Scripts and styles, map library and worker among them, stay under the bound; so does the chart's data."""
    code = [p for p in BUNDLE.rglob("*") if p.suffix in (".js", ".css", ".html")]
    assert len(code) >= 4
    assert gzipped(code) <= BUNDLE_GZIP_MAX
    assert gzipped([*CHART.rglob("*.json")]) <= CHART_GZIP_MAX


def test_the_lock_names_no_registry() -> None:
    """What is installed is named by version and hash, wherever it comes from."""
    assert "://" not in (SOURCES / "package-lock.json").read_text()


def test_the_gazetteer_is_whole() -> None:
    """Every place has a name in each of the six languages, once."""
    places = json.loads((CHART / "places.json").read_text("utf-8"))["features"]
    names = [place["properties"]["en"] for place in places]
    assert len(names) == len(set(names)) >= 140
    for place in places:
        assert all(place["properties"][language] for language in ("en", "tr", "he", "ar", "ru", "az"))


def test_figures_with_units_in_right_to_left_texts_are_islands() -> None:
    """`5 NM` between right-to-left words would be shown as `NM 5`: it stands between isolates (Unicode UAX #9, N1)."""
    for name in ("ar", "he"):
        table = json.loads((SOURCES / "src" / "i18n" / f"{name}.json").read_text("utf-8"))
        for key, text in table.items():
            loose = re.sub("\u2066[^\u2069]*\u2069", "", text)
            assert not re.search(r"(?<![A-Za-z])[\d}]['°.]?\s?[A-Za-z]", loose), (name, key)
