"""The demonstration: five nodes of a fictional opening day in Syria, 2025, played over the officers' API alone."""
