"""The outward bell: tells somebody to look at the console, and nothing else."""
