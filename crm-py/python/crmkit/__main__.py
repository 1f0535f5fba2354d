"""Scores a file of leads at the shell: ``python -m crmkit score leads.csv``."""

import sys

from crmkit._shell import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
