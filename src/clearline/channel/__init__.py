"""The steps of a member's node, and the ports that they need."""
