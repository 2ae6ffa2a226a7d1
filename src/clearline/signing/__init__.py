"""Keys, signed notes, envelopes."""
