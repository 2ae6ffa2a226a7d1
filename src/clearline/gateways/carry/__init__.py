"""The carried file: what is due to a member, sealed to it, for a stick or a one-way link (`docs/adr/0007`)."""
