"""What can be said: one module per kind, and its canonical bytes."""
