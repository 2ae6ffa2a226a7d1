"""One folder per foreign tongue."""
