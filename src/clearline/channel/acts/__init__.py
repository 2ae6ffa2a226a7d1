"""What officers do beyond notices and areas: each act checked against the picture, signed, and given its place."""
