"""Index, separation, rules and suggestions."""
