"""`clipit`: composes the commands; what a command needs is imported when it runs."""

import typer

from cli.demo import command as demo
from cli.exits import MEANINGS
from cli.keys import command as keys
from cli.local import command as local
from cli.policy import command as policy
from cli.preview import command as preview
from cli.redrive import command as redrive
from cli.renders import command as renders
from cli.scaler import command as scaler
from cli.simulate import command as simulate

app = typer.Typer(
    name="clipit",
    help="Clip-It: video rendering as a service, its fleet, its policies, and all of it on this machine.",
    epilog=MEANINGS,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
app.add_typer(demo.app)
app.add_typer(renders.app)
app.add_typer(redrive.app)
app.add_typer(keys.app, name="keys")
app.add_typer(local.app, name="local")
app.add_typer(policy.app, name="policy")
app.add_typer(preview.app)
app.add_typer(scaler.app, name="scaler")
app.add_typer(simulate.app)

if __name__ == "__main__":
    app()
