"""An engine that renders for a while without computing; what it leaves is no video that plays."""

import json
import sys
import time
from pathlib import Path

SECONDS, STEPS = 20.0, 40


def say(**fields: object) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def main() -> None:
    words = [word for word in sys.argv[1:] if word != "--again"]
    if words[0] == "version":
        say(event="version", engine="slow")
        return
    for step in range(STEPS):
        say(event="progress", percent=step * 100 // STEPS, stage="waiting")
        time.sleep(SECONDS / STEPS)
    Path(words[words.index("--output") + 1]).write_bytes(b"video")
    say(event="result", duration_s=1, width=2, height=2, bytes=5)


if __name__ == "__main__":
    main()
