"""What people and programs touch: command line, API and page."""
