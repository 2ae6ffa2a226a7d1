"""Turn the gazetteer, which is kept by hand in `places.tsv`, into what the chart reads: run after it was changed.

python console/data/build_places.py
"""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

LANGUAGES = ("en", "tr", "he", "ar", "ru", "az")
SOURCE = Path(__file__).with_name("places.tsv")
OUT = Path("src/clearline/faces/console/chart/places.json")


def main() -> None:
    """Write `places.json`; a line that breaks the form is refused by its number."""
    features, seen = [], set()
    for number, line in enumerate(SOURCE.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#") or not line:
            continue
        parts = line.split("\t")
        names = parts[3:]
        sound = len(names) == len(LANGUAGES) and all(
            n == n.strip() and unicodedata.is_normalized("NFC", n) for n in names
        )
        if not sound or names[0] in seen or parts[0] not in ("1", "2", "3"):
            raise SystemExit(
                f"{SOURCE}, line {number}: expected rank, longitude, latitude and six names, each place once"
            )
        seen.add(names[0])
        features.append(
            {
                "geometry": {"coordinates": [float(parts[1]), float(parts[2])], "type": "Point"},
                "properties": {"rank": int(parts[0]), **dict(zip(LANGUAGES, names, strict=True))},
                "type": "Feature",
            }
        )
    value = {"features": features, "type": "FeatureCollection"}
    OUT.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{OUT}: {len(features)} places")


if __name__ == "__main__":
    main()
