import pytest

from pages.site.diagrams import DiagramError, drawn

PAGE = "# Boxes\n\n```mermaid\nflowchart LR\n  server[job server] --> store[(job store)]\n```\n\nAfter.\n"


@pytest.mark.long
def test_a_block_of_mermaid_becomes_a_picture_beside_the_page() -> None:
    result = drawn(PAGE, "boxes")
    assert result.markdown == "# Boxes\n\n![diagram](boxes-diagram-1.svg){ .diagram }\n\nAfter.\n"
    picture = result.pictures["boxes-diagram-1.svg"]
    assert picture.startswith("<svg")
    assert "job server" in picture
    assert "job store" in picture


def test_a_page_without_a_diagram_stays_as_it_is() -> None:
    text = "# Page\n\n```bash\nmake demo\n```\n"
    assert drawn(text, "page").markdown == text


@pytest.mark.long
def test_a_block_that_mermaid_refuses_is_named() -> None:
    with pytest.raises(DiagramError, match=r"boxes: diagram 1: .*Parse error on line 2"):
        drawn("```mermaid\nflowchart LR\n a --> ((\n```\n", "boxes")
