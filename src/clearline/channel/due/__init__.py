"""What is owed and by when: derived from the picture at an instant, never stored."""
