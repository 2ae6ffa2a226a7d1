"""Units, instants, windows, altitude bands, footprints, volumes and the geodesy between them."""
