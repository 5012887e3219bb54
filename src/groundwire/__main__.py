"""``python -m groundwire``: the command line."""

from __future__ import annotations

import sys

from groundwire.cli import main

sys.exit(main())
