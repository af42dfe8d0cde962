"""Documents that return to what they were: moto wants a new version to differ from every earlier one.

The official provider takes that refusal to mean that the latest version has the content already, so here
only the latest is compared.
"""

from moto.ssm.models import SimpleSystemManagerBackend

_update = SimpleSystemManagerBackend.update_document


def _compared_with_latest(
    backend: SimpleSystemManagerBackend, *, content: str, name: str, **rest: object
) -> object:
    documents = backend._get_documents(name)
    latest = documents.get_latest_version()
    earlier = [one for one in documents.versions.values() if one is not latest and one.content == content]
    for one in earlier:
        one.content = ""
    try:
        return _update(backend, content=content, name=name, **rest)
    finally:
        for one in earlier:
            one.content = content


def install() -> None:
    """Let a document have earlier content again."""
    SimpleSystemManagerBackend.update_document = _compared_with_latest
