"""`python -m videoai`."""

import sys

from videoai.cli import main

sys.exit(main())
