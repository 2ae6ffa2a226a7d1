"""The console: a watch officer's desk in the browser, built from `console/` and served from the package."""
