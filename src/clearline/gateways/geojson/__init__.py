"""The notice file: GeoJSON to drafts and back."""
