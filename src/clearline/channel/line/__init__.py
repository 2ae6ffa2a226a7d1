"""The line to each member: its states, its clocks, what is sealed for third hands, what travels ahead of its log."""
