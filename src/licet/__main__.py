"""``python -m licet`` is the command line."""

from licet.cli.main import main

main()
