"""`python -m bitcortex`."""

import sys

from bitcortex.cli.main import main

sys.exit(main())
