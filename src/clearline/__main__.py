"""Run `python -m clearline` as the `clearline` command."""

from clearline.faces.cli import main

if __name__ == "__main__":
    main()
