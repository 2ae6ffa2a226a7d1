"""What holds, folded from the entries that a node has."""
