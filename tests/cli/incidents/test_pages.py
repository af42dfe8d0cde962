"""The player reads runbooks: what to type, and by what a cause is told."""

import pytest

from cli.incidents.pages import Page, PageError, shell

PAGE = Page(
    kind="Fire",
    text="""# Fire

## Diagnosis

```bash
smell kitchen  # prints smoke|gas
look <room>  # prints a \\w+
door=$(nearest door)
call brigade  # not played: they would come
count pans  # prints \\d, or nothing
shut door  # prints nothing
wait
```

## Mitigation

| Likely cause | How to tell | Do |
| --- | --- | --- |
| The toaster | `smoke` | Unplug it |
| A pan, or two | heat | Lid |

```bash
open window --wide
open window --a-little  # prints a-jar
```
""",
)


def test_the_commands_of_a_section_are_typed_without_what_the_page_says_of_them() -> None:
    assert [line.text for line in PAGE.lines("Diagnosis")] == [
        "smell kitchen",
        "look <room>",
        "door=$(nearest door)",
        "call brigade",
        "count pans",
        "shut door",
        "wait",
    ]
    assert len(PAGE.lines()) == 9
    assert PAGE.lines("Prevention") == []


@pytest.mark.parametrize(
    ("line", "printed", "mismatch"),
    [
        ("smell kitchen", "a smell of gas\n", ""),
        ("smell kitchen", "roses\n", "'smell kitchen' printed 'roses', where the page says 'smoke|gas'"),
        ("smell kitchen", "\n", "'smell kitchen' printed nothing"),
        ("count pans", "\n", ""),
        ("count pans", "many\n", "'count pans' printed 'many', where the page says '\\\\d'"),
        ("shut door", "", ""),
        ("shut door", "squeak", "'shut door' printed 'squeak', where the page says nothing"),
        ("door=", "no door", "'door=$(nearest door)' printed 'no door', where the page says nothing"),
        ("wait", "", "'wait': the page does not say what it prints"),
    ],
)
def test_what_is_printed_is_compared_with_what_the_page_says(line: str, printed: str, mismatch: str) -> None:
    assert PAGE.command(line).mismatch(printed) == mismatch


def test_a_command_that_no_incident_types_says_why() -> None:
    assert PAGE.command("call").not_played == "they would come"


def test_a_placeholder_is_filled_by_what_the_incident_knows() -> None:
    look = PAGE.command("look").filled({"room": "cellar"})
    assert look.text == "look cellar"
    assert look.mismatch("a mess") == ""
    with pytest.raises(PageError, match="No incident knows <room> of 'look <room>'"):
        PAGE.command("look").filled({})


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("Rings when `A` `B`, sum over 300 s, is less than 1 (calls) in 1 of 1 periods; no data is bad.", 5),
        ("Rings when `A` `B`, maximum over 60 s, is less than 1 (hosts) in 3 of 3 periods; no data ...", 3),
        ("The page waits 2 minutes for `FunctionErrors`, and stays silent while that rings.", 2),
        ("It is an event: it rings once and has no state.", 0),
    ],
)
def test_a_page_says_within_how_many_minutes_its_alarm_rings(text: str, minutes: int) -> None:
    assert Page(kind="Fire", text=text).minutes() == minutes


def test_a_command_is_found_by_its_beginning_and_what_it_has() -> None:
    assert PAGE.command("open window").text == "open window --wide"
    assert PAGE.command("open window", "--a-little").prints == "a-jar"
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
