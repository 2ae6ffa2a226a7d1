"""Other members' nodes: push and pull over HTTP."""
