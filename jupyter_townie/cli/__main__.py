from __future__ import annotations

import sys

from jupyter_townie.cli import main

sys.exit(main())
