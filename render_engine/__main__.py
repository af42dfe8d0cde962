"""`python -m render_engine` is the same command as `clipit-engine`."""

import sys

from render_engine.main import main

if __name__ == "__main__":
    sys.exit(main())
