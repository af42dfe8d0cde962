"""The player reads runbooks: what to type, and by what a cause is told."""

import pytest

from cli.incidents.pages import Page, PageError, shell

PAGE = Page(
    kind="Fire",
    text="""# Fire

## Diagnosis

```bash
smell kitchen
look <room>
```

## Mitigation

| Likely cause | How to tell | Do |
| --- | --- | --- |
| The toaster | `smoke` | Unplug it |
| A pan, or two | heat | Lid |

```bash
open window --wide
open window --a-little
```
""",
)


def test_the_diagnosis_is_what_can_be_typed_as_it_stands() -> None:
    assert PAGE.diagnosis() == ["smell kitchen"]


def test_a_command_is_found_by_its_beginning_and_what_it_has() -> None:
    assert PAGE.command("open window") == "open window --wide"
    assert PAGE.command("open window", "--a-little") == "open window --a-little"
    with pytest.raises(PageError, match=r"Fire\.md has no command that begins with 'close'"):
        PAGE.command("close")


def test_a_cause_is_a_row_of_the_table() -> None:
    assert PAGE.cause("The toaster") == "| The toaster | `smoke` | Unplug it |"
    assert PAGE.cause("or two").startswith("| A pan")
    with pytest.raises(PageError, match=r"Fire\.md has no cause 'Unplug it'"):
        PAGE.cause("Unplug it")


def test_the_shell_of_the_index_is_opened_for_the_local_stack() -> None:
    opened = shell("gpu", "sweeper")
    assert "export STACK=local FLEET=gpu FUNCTION=sweeper\n" in opened
    assert "activate" not in opened
    assert "insights()" in opened
