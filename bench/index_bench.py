"""Run the index bench alone: `python bench/index_bench.py [10000 100000 …]`; the table goes to standard output."""

from __future__ import annotations

import sys

from clearline.faces.cli.bench_index import report


def main() -> None:
    sizes = [int(text.replace("_", "")) for text in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    sys.stdout.write(report(sizes, say=lambda line: print(line, file=sys.stderr)))


if __name__ == "__main__":
    main()
