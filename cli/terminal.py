"""Text of others on a terminal: nothing in it moves the cursor, changes a color or hides a line."""


def printable(text: str) -> str:
    """Show the text with a replacement character for each that is no visible one."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
