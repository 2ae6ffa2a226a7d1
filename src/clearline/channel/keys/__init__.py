"""Keys over time: root-signed events, what they raise, and successors of compromised logs."""
