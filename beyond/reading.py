"""How the scripts of beyond/ read what a user brings. The only place that knows formats.

This is no script of its own: the others import it. Importing it also lets them import the
lessons, from whatever folder they are started.
"""

import argparse
import os
import sys
from pathlib import Path

# Hides TensorFlow's start-up notes. It has to stand before TensorFlow is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# So that the lessons are found.
sys.path.append(str(Path(__file__).resolve().parent.parent))


def make_parser(description):
    """Make the parser of a script's command line, whose help is the script's docstring."""
    return argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def run(main):
    """Run a script's main() for the terminal."""
    # What the terminal cannot print becomes a "?". (IDLE's window has no reconfigure.)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    try:
        main()
    except KeyboardInterrupt:
        print("\nStopped, as you pressed Ctrl-C.", file=sys.stderr)
        sys.exit(130)


def explain(error):
    """Say why a file or folder cannot be opened, from the OSError: without the subject."""
    if isinstance(error, FileNotFoundError):
        return "is not there"
    if isinstance(error, IsADirectoryError):
        return "is a folder"
    if isinstance(error, NotADirectoryError):
        return "is a file, not a folder"
    return "may not be read"
