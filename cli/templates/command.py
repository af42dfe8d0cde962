"""`clipit templates`: put, get, list and delete a tenant's own templates, as its programs do by the API."""

from pathlib import Path
from typing import Annotated

import typer

from cli.exits import MEANINGS
from cli.options import AsJson
from cli.renders.api import from_environment
from cli.renders.submissions import document_of
from cli.renders.tables import document

app = typer.Typer(name="templates", no_args_is_help=True, help="Manage your own templates.", epilog=MEANINGS)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the template.")]


@app.command(epilog=MEANINGS)
def put(
    name: Name,
    definition: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="JSON file with fields, composition and example; - reads standard input."
        ),
    ],
    if_version: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=0, help="Put only if N is the newest version; 0 if there is no such template."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put the next version of a template; the same definition again makes none."""
    content = document_of(definition)
    with from_environment() as client:
        made = client.templates.put(name, content, if_version=if_version)
    print(document(made) if as_json else f"{made.name}@{made.version}")


@app.command(epilog=MEANINGS)
def get(
    reference: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the template; name@version for an older one.")
    ],
) -> None:
    """Print a template as JSON."""
    with from_environment() as client:
        print(document(client.templates.get(reference)))


@app.command("list", epilog=MEANINGS)
def list_templates(as_json: AsJson = False) -> None:
    """List the templates of the catalog, and your own with their newest version."""
    with from_environment() as client:
        for one in client.templates.list():
            reference = one.name if one.version is None else f"{one.name}@{one.version}"
            print(document(one) if as_json else f"{reference:<24} {one.description}".rstrip())


@app.command(epilog=MEANINGS)
def delete(name: Name) -> None:
    """Delete a template with all versions; renders that were submitted with it go on."""
    with from_environment() as client:
        client.templates.delete(name)
    print(f"{name} deleted")
