"""Evidence of cheating that travels, and what a node that lost state may still do."""
