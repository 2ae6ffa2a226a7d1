"""The phrase book: numbered phrases with typed slots, the same in every language; the code is what travels."""
