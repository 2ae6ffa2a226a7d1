"""Where entries rest: memory and SQLite."""
