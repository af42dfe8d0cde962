"""`python -m handlers.render_agent` runs the agent until it must leave."""

import sys

from handlers.render_agent.entrypoint import main

if __name__ == "__main__":
    sys.exit(main())
