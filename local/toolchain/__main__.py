"""`python -m local.toolchain` prints the path of the Pulumi CLI, and gets the CLI where there is none.

`--json` prints more of it, `--exports` what a shell needs to type Pulumi commands for the local stack.
Progress goes to standard error.
"""

import argparse
import json
import os
import signal
import sys
from dataclasses import asdict

from local.processes import signals
from local.toolchain import pulumi_home
from local.toolchain.pulumi_cli import NoCliError, toolchain


def _say(line: str) -> None:
    sys.stderr.write(f"pulumi: {line}\n")
    sys.stderr.flush()


def main() -> int:
    """Print where the CLI is; exit code 1 with the reasons when there is none, 128 + n after signal n."""
    parser = argparse.ArgumentParser(
        prog="python -m local.toolchain", description="The Pulumi CLI of this machine."
    )
    parser.add_argument("--json", action="store_true", help="path, version and origin as JSON")
    parser.add_argument("--exports", action="store_true", help="shell exports for Pulumi on the local stack")
    chosen = parser.parse_args()
    try:
        with signals.as_exceptions():
            cli = toolchain(_say).cli()
    except NoCliError as error:
        _say(str(error))
        return 1
    except (signals.Interrupted, KeyboardInterrupt) as ended:
        number = ended.number if isinstance(ended, signals.Interrupted) else signal.SIGINT
        _say(f"ended by {signal.Signals(number).name}; nothing was installed")
        return 128 + number
    if chosen.json:
        sys.stdout.write(json.dumps({key: str(value) for key, value in asdict(cli).items()}) + "\n")
    elif chosen.exports:
        sys.stdout.write(pulumi_home.exports(pulumi_home.prepared(cli, pulumi_home.PROJECT_HOME, os.environ)))
    else:
        sys.stdout.write(f"{cli.executable}\n")
    return 0


sys.exit(main())
