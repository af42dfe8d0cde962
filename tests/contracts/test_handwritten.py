"""No file that people write in YAML or JSON states a key twice: the last would hold in silence."""

from pathlib import Path

import pytest
from guardrails.pack import handwritten

ROOT = Path(__file__).parents[2]
FOLDERS = (".", "components/documents", "handlers/jobs", "handlers/jobs/templates", "policy", "policy/levels")
READERS = {".yaml": handwritten.of_yaml, ".json": handwritten.of_json}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_of_a_folder_states_each_key_once(folder: str) -> None:
    files = [path for path in sorted((ROOT / folder).iterdir()) if path.suffix in READERS]
    assert files, f"{folder} holds no such file: this test would prove nothing"
    for path in files:
        READERS[path.suffix](path.read_text(encoding="utf-8"))
