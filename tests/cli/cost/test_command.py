"""`clipit cost` as somebody types it, and the page that shows what it prints."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from cli.exits import Exit
from cli.main import app

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/operations/cost.md").read_text()


def typed(*words: str) -> tuple[int, str]:
    shown = CliRunner().invoke(app, ["cost", *words])
    return shown.exit_code, shown.output


def idle(*words: str) -> float:
    code, text = typed(*words, "--json")
    assert code == Exit.OK, text
    return float(json.loads(text)["idle_usd"])


@pytest.mark.long
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_page_shows_what_the_command_prints(stack: str) -> None:
    code, text = typed("--stack", stack)
    assert code == Exit.OK
    assert f"```text\n{text}```" in PAGE


CHOICES = {
    "`fleets.cpu.minimum` |": {"clip-it:fleets": {"cpu": {"minimum": 1}}},
    "`fleets.cpu.minimum` with": {"clip-it:fleets": {"cpu": {"minimum": 1, "on_demand_base": 1}}},
    "`network.interface_endpoints`": {"clip-it:network": {"interface_endpoints": True}},
    "`network.nat`": {"clip-it:network": {"nat": "one"}},
    "`job_server.firewall`": {"clip-it:job_server": {"firewall": False}},
}


def changed(settings: dict[str, object], change: dict[str, object]) -> None:
    for key, value in change.items():
        inner = settings[key]
        if isinstance(value, dict) and isinstance(inner, dict):
            changed(inner, value)
        else:
            settings[key] = value


SHORT, *WIDE = CHOICES


@pytest.mark.parametrize("row", [SHORT, *(pytest.param(row, marks=pytest.mark.long) for row in WIDE)])
def test_the_page_says_what_a_choice_costs(row: str, tmp_path: Path) -> None:
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| {row}"))
    stated = float(re.findall(r"(-?[\d.]+) USD", line)[0])
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / name, tmp_path)
    stack = yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())
    changed(stack["config"], CHOICES[row])
    (tmp_path / "Pulumi.prod.yaml").write_text(yaml.safe_dump(stack))
    for part in ("components", "handlers", "render_engine", "policy"):
        (tmp_path / part).symlink_to(ROOT / part)
    assert idle("--program", str(tmp_path)) - idle() == pytest.approx(stated, abs=0.011)


def test_a_comparison_lists_what_differs_alone(tmp_path: Path) -> None:
    _, text = typed("--json")
    before = json.loads(text)
    before["idle"]["NAT gateways"] = 1.0
    (tmp_path / "before.json").write_text(json.dumps(before))
    report = tmp_path / "cost.md"
    code, _ = typed("--against", str(tmp_path / "before.json"), "--markdown", str(report))
    assert code == Exit.OK
    assert [line for line in report.read_text().splitlines() if line.startswith("| `")] == [
        "| `NAT gateways` | 113.88 | +112.88 |"
    ]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"idle": 3}', '{"idle": {"a": "b"}}', '{"idle": {"a": []}}']
)
def test_another_file_to_compare_with_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "before.json").write_text(content)
    code, text = typed("--against", str(tmp_path / "before.json"))
    assert code == Exit.USAGE
    assert "--against is not an output of `clipit cost --json`" in text
