"""The bundle: a record as one file, for a stick, a reviewer or an archive (`docs/adr/0002-the-bytes.md`)."""
