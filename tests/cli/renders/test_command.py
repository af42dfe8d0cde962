"""The commands for renders against an API of a few lines."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.exits import Exit
from cli.main import app
from cli.renders import command as renders
from cli.renders import following
from tests.clients.python.clipit_client.documents import ACCEPTED, RENDER, output
from tests.web_server import serving

KEY = "ck_a-key-that-nobody-may-see"
WAITING = {
    "code": "instance_booting",
    "reason": "An instance is starting.",
    "since": "2026-11-24T03:00:00Z",
}


@dataclass
class Api:
    """Answers by method and path; an answer may be a list that is used up from its front."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    url: str = ""

    def answer(self, request: str) -> tuple[int, Any]:
        found = self.answers.get(request.partition("?")[0], (404, {"title": "Not found", "detail": request}))
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply("GET")

        def do_POST(self) -> None:
            self.reply("POST")

        def reply(self, method: str) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            api.asked.append(
                (f"{method} {self.path}", dict(self.headers), json.loads(text) if text else None)
            )
            status, body = api.answer(f"{method} {self.path}")
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    monkeypatch.setattr("clipit_client.retries.FIRST_PAUSE_S", 0.0)
    monkeypatch.setattr(following, "_ASK_S", 0.0)
    with serving(Handler) as server:
        api.url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("CLIPIT_API_URL", api.url)
        monkeypatch.setenv("CLIPIT_API_KEY", KEY)
        yield api


def templates(**types: str) -> tuple[int, Any]:
    """The catalog with one template, `t`, and the types of its fields."""
    properties = {name: {"type": kind} for name, kind in types.items()}
    return (
        200,
        {
            "templates": [
                {"name": "t", "description": "", "fields": {"type": "object", "properties": properties}}
            ]
        },
    )


def posted(api: Api) -> list[Any]:
    """The bodies of all submissions."""
    return [body for request, _, body in api.asked if request == "POST /v1/renders"]


@pytest.fixture
def clipit() -> Callable[..., Result]:
    return lambda *arguments, **options: CliRunner().invoke(app, [str(part) for part in arguments], **options)


def test_submitting_a_composition_posts_it_and_prints_the_id(
    api: Api, clipit: Callable[..., Result], tmp_path: Path
) -> None:
    api.answers["POST /v1/renders"] = (202, ACCEPTED)
    (tmp_path / "c.json").write_text('{"version": 1}')
    result = clipit("submit", tmp_path / "c.json", "--fleet", "gpu", "--idempotency-key", "k-1")
    assert (result.exit_code, result.stdout.strip()) == (Exit.OK, "r_1")
    _, headers, body = api.asked[0]
    assert body == {"composition": {"version": 1}, "fleet": "gpu"}
    assert headers["Idempotency-Key"] == "k-1"
    assert headers["Authorization"] == f"Bearer {KEY}"


def test_submitting_with_json_prints_the_whole_answer_with_its_trace(
    api: Api, clipit: Callable[..., Result], tmp_path: Path
) -> None:
    api.answers["POST /v1/renders"] = (202, ACCEPTED)
    (tmp_path / "c.json").write_text('{"version": 1}')
    result = clipit("submit", tmp_path / "c.json", "--json")
    assert json.loads(result.stdout) == ACCEPTED


@pytest.mark.parametrize(
    "arguments",
    [("c.json",), ("--template", "t", "--field", 'o={"width": 1,\n"width": 2}')],
    ids=["composition", "field"],
)
def test_what_states_a_name_twice_is_refused_as_the_api_would(
    api: Api, clipit: Callable[..., Result], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "c.json").write_text('{"version": 1, "width": 64,\n "width": 128}')
    api.answers["GET /v1/templates"] = templates(o="object")
    given = [str(tmp_path / one) if one == "c.json" else one for one in arguments]
    result = clipit("submit", *given)
    assert result.exit_code == Exit.USAGE
    assert 'the name "width" appears twice in one object' in result.stderr
    assert not posted(api)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"rate": NaN}', "NaN is not a JSON number"),
        ('{"rate": 1e999}', "1e999 is not a JSON number"),
        ('{"rate": %s}' % ("9" * 5000), "a number has too many digits"),
        ("[" * 100_000, "it is nested deeper than 64 levels"),
    ],
    ids=["no number", "beyond floats", "endless number", "deep"],
)
def test_a_file_that_only_looks_like_json_is_refused_before_anything_is_sent(
    api: Api, clipit: Callable[..., Result], tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "c.json").write_text(text)
    result = clipit("submit", tmp_path / "c.json")
    assert result.exit_code == Exit.USAGE
    assert message in " ".join(result.output.replace("│", " ").split())
    assert api.asked == []


TEXTS = ("2026", "1e3", "true", "null", '"quoted"', "[1]", "NaN", "1e999", "[" * 5000, "9" * 5000, "", "a=b")


@pytest.mark.parametrize("value", TEXTS, ids=lambda value: value[:8] or "empty")
def test_a_field_that_its_template_wants_as_text_is_sent_as_it_is_typed(
    api: Api, clipit: Callable[..., Result], value: str
) -> None:
    api.answers["POST /v1/renders"] = (202, ACCEPTED)
    api.answers["GET /v1/templates"] = templates(title="string")
    assert clipit("submit", "--template", "t", "--field", f"title={value}").exit_code == Exit.OK
    assert posted(api)[0]["fields"] == {"title": value}


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [
        ("integer", "440", 440),
        ("number", "2.5", 2.5),
        ("boolean", "true", True),
        ("array", '[{"text": "Hello"}]', [{"text": "Hello"}]),
        ("object", '{"a": null}', {"a": None}),
    ],
)
def test_a_field_that_its_template_wants_otherwise_is_sent_as_the_json_that_it_is(
    api: Api, clipit: Callable[..., Result], kind: str, value: str, sent: Any
) -> None:
    api.answers["POST /v1/renders"] = (202, ACCEPTED)
    api.answers["GET /v1/templates"] = templates(field=kind)
    assert clipit("submit", "--template", "t", "--field", f"field={value}").exit_code == Exit.OK
    assert posted(api)[0]["fields"] == {"field": sent}


@pytest.mark.parametrize("value", ["loud", "NaN", "1e999", ""])
def test_a_field_that_is_to_be_a_number_and_is_none_is_refused_before_it_is_sent(
    api: Api, clipit: Callable[..., Result], value: str
) -> None:
    api.answers["GET /v1/templates"] = templates(tone_hz="number")
    result = clipit("submit", "--template", "t", "--field", f"tone_hz={value}")
    assert result.exit_code == Exit.USAGE
    assert f"--field tone_hz must be JSON of type number, not {value!r}" in result.stderr
    assert not posted(api)


def test_fields_of_an_unknown_template_are_left_to_the_api(api: Api, clipit: Callable[..., Result]) -> None:
    api.answers["GET /v1/templates"] = templates(title="string")
    api.answers["POST /v1/renders"] = (422, {"title": "There is no template nope"})
    assert clipit("submit", "--template", "nope", "--field", "n=1").exit_code == Exit.REFUSED
    assert posted(api)[0]["fields"] == {"n": "1"}


def test_what_a_command_line_holds_and_is_no_utf_8_reaches_the_api_which_refuses_it(
    api: Api, clipit: Callable[..., Result]
) -> None:
    api.answers["POST /v1/renders"] = (422, {"title": "half a pair"})
    api.answers["GET /v1/templates"] = templates(text="string")
    api.answers["GET /v1/renders"] = (422, {"title": "no such state"})
    byte = "\udcff"
    for arguments in (
        ("submit", "--template", "t", "--field", f"text={byte}", "--fleet", byte, "--webhook-url", byte),
        ("list", "--state", byte),
        ("get", byte),
        ("cancel", byte),
        ("events", byte),
        ("watch", byte),
    ):
        assert clipit(*arguments).exit_code == Exit.REFUSED, arguments
    assert posted(api)[0]["fields"] == {"text": byte}
    assert len(api.asked) == 7


@pytest.mark.parametrize("text", ["[]", '"c"', "7", "null"])
def test_a_file_that_is_no_json_object_is_no_composition(
    api: Api, clipit: Callable[..., Result], tmp_path: Path, text: str
) -> None:
    (tmp_path / "c.json").write_text(text)
    result = clipit("submit", tmp_path / "c.json")
    assert (result.exit_code, api.asked) == (Exit.USAGE, [])
    assert f"holds {text!r}; give a JSON object" in " ".join(result.stderr.split())


def test_what_answers_and_is_not_the_api_is_told_with_its_address(
    api: Api, clipit: Callable[..., Result]
) -> None:
    api.answers["GET /v1/renders/r_1"] = (200, b"<html>Sign in to the hotel</html>")
    result = clipit("get", "r_1")
    assert result.exit_code == Exit.FAILED
    assert "This is no Clip-It API" in result.stderr
    assert "Compare CLIPIT_API_URL" in result.stderr


def test_a_video_that_cannot_be_written_is_a_problem_in_words(
    api: Api, clipit: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renders.targets, "prepare", lambda _: None)  # the disk is full only now
    api.answers["GET /v1/renders/r_1"] = (200, {**RENDER, "output": output(f"{api.url}/video", 7)})
    (tmp_path / "file").touch()
    result = clipit("get", "r_1", "--save", tmp_path / "file" / "v.mp4")
    assert result.exit_code == Exit.FAILED
    assert "v.mp4 cannot be written: " in result.stderr


def test_an_empty_template_is_a_template_and_not_a_missing_composition(
    api: Api, clipit: Callable[..., Result]
) -> None:
    clipit("submit", "--template", "")
    assert api.asked[0][2] == {"template": "", "fields": {}}


def test_an_id_that_fits_no_address_is_a_mistake_in_the_use(api: Api, clipit: Callable[..., Result]) -> None:
    result = clipit("get", "r_" + "0" * 100_000)
    assert result.exit_code == Exit.USAGE
    assert "cannot be sent: URL too long" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Give either a composition file"),
        (("--template", "t", "c.json"), "Give either a composition file"),
        (("c.json", "--field", "a=b"), "--field needs --template"),
        (("--template", "t", "--field", "novalue"), "does not have the form name=value"),
        (("--template", "t", "--field", "a=1", "--field", "a=2"), "--field a is given twice"),
        (("absent.json",), "cannot be read"),
    ],
    ids=["neither", "both", "field alone", "field without value", "field twice", "no such file"],
)
def test_a_submission_that_makes_no_sense_is_refused_before_anything_is_sent(
    api: Api, clipit: Callable[..., Result], arguments: tuple[str, ...], message: str
) -> None:
    result = clipit("submit", *arguments)
    assert result.exit_code == Exit.USAGE
    assert message in " ".join(result.output.replace("│", " ").split())
    assert api.asked == []


def test_a_problem_of_the_api_is_shown_with_its_details(
    api: Api, clipit: Callable[..., Result], tmp_path: Path
) -> None:
    problem = {
        "title": "Invalid request",
        "detail": "2 problems",
        "errors": [{"pointer": "/composition/width", "detail": "15 is too small"}],
    }
    api.answers["POST /v1/renders"] = (422, problem)
    (tmp_path / "c.json").write_text("{}")
    result = clipit("submit", tmp_path / "c.json")
    assert result.exit_code == Exit.REFUSED
    assert "/composition/width: 15 is too small" in result.stderr


@pytest.mark.parametrize("variable", ["CLIPIT_API_URL", "CLIPIT_API_KEY"])
def test_a_missing_variable_is_named(
    api: Api, clipit: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv(variable)
    result = clipit("get", "r_1")
    assert result.exit_code == Exit.USAGE
    assert variable in result.stderr


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "http://[::1",
        "ftp://api",
        "http://",
        "https://a b:x",
        f"http://{'a' * 70}.x",
        "http://api:99999",
    ],
)
def test_an_address_that_is_none_is_refused_by_name(
    api: Api, clipit: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("CLIPIT_API_URL", url)
    result = clipit("get", "r_1")
    assert result.exit_code == Exit.USAGE
    assert f"CLIPIT_API_URL is {url!r}: expected an address" in result.stderr


def test_a_password_in_the_address_is_refused_and_not_told(
    api: Api, clipit: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPIT_API_URL", api.url.replace("http://", "http://me:hunter22@"))
    result = clipit("get", "r_1")
    assert result.exit_code == Exit.USAGE
    assert "CLIPIT_API_URL has a user name or password" in result.stderr
    assert "hunter22" not in result.output
    assert api.asked == []


@pytest.mark.parametrize("key", ["ck_schlüssel", "ck_two\nlines", " ck_spaced", "ck_two words"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_told(
    api: Api, clipit: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("CLIPIT_API_KEY", key)
    result = clipit("get", "r_1")
    assert result.exit_code == Exit.USAGE
    assert "CLIPIT_API_KEY holds" in result.stderr
    assert "ck_" not in result.output
    assert api.asked == []


def test_an_idempotency_key_that_no_header_can_carry_is_refused(
    api: Api, clipit: Callable[..., Result]
) -> None:
    result = clipit("submit", "--template", "t", "--idempotency-key", "ä")
    assert result.exit_code == Exit.USAGE
    assert "--idempotency-key holds what no HTTP header can carry" in result.stderr


def test_an_empty_idempotency_key_is_sent_for_the_api_to_refuse(
    api: Api, clipit: Callable[..., Result]
) -> None:
    """It comes from a variable that is not set; without it every repetition would be another render."""
    api.answers["POST /v1/renders"] = (422, {"title": "The request cannot be accepted"})
    assert clipit("submit", "--template", "t", "--idempotency-key", "").exit_code == Exit.REFUSED
    assert api.asked[-1][1]["Idempotency-Key"] == ""


def test_an_id_names_a_render_and_no_other_place(api: Api, clipit: Callable[..., Result]) -> None:
    api.answers["GET /healthz"] = (200, {"status": "ok"})
    api.answers["GET /v1/renders/..%2F..%2Fhealthz"] = (404, {"title": "Not found"})
    assert clipit("get", "../../healthz").exit_code == Exit.REFUSED


@pytest.mark.parametrize("command", ["get", "watch"])
def test_a_place_where_no_video_can_be_kept_is_refused_before_anything_is_asked(
    api: Api, clipit: Callable[..., Result], tmp_path: Path, command: str
) -> None:
    assert clipit(command, "r_1", "--save", tmp_path).exit_code == Exit.USAGE
    assert clipit("submit", "--template", "t", "--watch", "--save", tmp_path).exit_code == Exit.USAGE
    assert api.asked == []


def test_a_video_is_kept_only_by_who_waits_for_it(
    api: Api, clipit: Callable[..., Result], tmp_path: Path
) -> None:
    result = clipit("submit", "--template", "t", "--save", tmp_path / "v.mp4")
    assert result.exit_code == Exit.USAGE
    assert "add --watch" in " ".join(result.output.replace("│", " ").split())
    assert api.asked == []


def test_submitting_and_watching_prints_the_id_first(api: Api, clipit: Callable[..., Result]) -> None:
    api.answers["POST /v1/renders"] = (202, ACCEPTED)
    api.answers["GET /v1/renders/r_1"] = (200, RENDER)
    lines = clipit("submit", "--template", "t", "--watch").stdout.splitlines()
    assert lines == ["r_1", "succeeded"]
    as_json = clipit("submit", "--template", "t", "--watch", "--json").stdout.splitlines()
    assert [json.loads(line)["id"] for line in as_json] == ["r_1", "r_1"]


def test_whoever_stops_watching_is_told_that_the_render_goes_on(
    api: Api, clipit: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    api.answers["POST /v1/renders"] = (202, ACCEPTED)
    monkeypatch.setattr(renders, "follow", interrupted)
    result = clipit("submit", "--template", "t", "--watch")
    assert (result.exit_code, result.stdout) == (Exit.INTERRUPTED, "r_1\n")
    assert result.stderr.startswith("clipit: interrupted; the render r_1 continues: `clipit watch r_1`")


def test_an_api_that_does_not_answer_is_told_apart(
    clipit: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIPIT_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("CLIPIT_API_KEY", KEY)
    result = clipit("get", "r_1")
    assert result.exit_code == Exit.UNREACHABLE
    assert "does not answer" in result.stderr


def test_a_render_is_shown_as_facts_or_as_the_apis_json(api: Api, clipit: Callable[..., Result]) -> None:
    api.answers["GET /v1/renders/r_1"] = (200, RENDER)
    assert "state     succeeded" in clipit("get", "r_1").stdout
    assert json.loads(clipit("get", "r_1", "--json").stdout) == RENDER


def test_the_video_of_a_render_is_kept_and_the_key_is_not_sent_to_the_link(
    api: Api, clipit: Callable[..., Result], tmp_path: Path
) -> None:
    api.answers["GET /v1/renders/r_1"] = (200, {**RENDER, "output": output(f"{api.url}/bucket/video", 7)})
    api.answers["GET /bucket/video"] = (200, b"a video")
    assert clipit("get", "r_1", "--save", tmp_path / "v.mp4").exit_code == 0
    assert (tmp_path / "v.mp4").read_bytes() == b"a video"
    assert "Authorization" not in api.asked[-1][1]


def test_a_render_without_a_video_keeps_nothing(
    api: Api, clipit: Callable[..., Result], tmp_path: Path
) -> None:
    api.answers["GET /v1/renders/r_1"] = (200, {**RENDER, "state": "failed"})
    result = clipit("get", "r_1", "--save", tmp_path / "v.mp4")
    assert result.exit_code == Exit.FAILED
    assert not (tmp_path / "v.mp4").exists()


def test_watching_tells_each_change_once_and_ends_with_the_render(
    api: Api, clipit: Callable[..., Result]
) -> None:
    waiting = {"waiting": WAITING}
    api.answers["GET /v1/renders/r_1"] = [
        (200, {**RENDER, "state": "queued", **waiting}),
        (200, {**RENDER, "state": "queued", **waiting}),
        (200, RENDER),
    ]
    result = clipit("watch", "r_1")
    assert result.stdout.splitlines() == ["queued: An instance is starting. (instance_booting)", "succeeded"]
    assert result.exit_code == Exit.OK


def test_watching_a_render_that_fails_is_a_failure(api: Api, clipit: Callable[..., Result]) -> None:
    failure = {"code": "engine_crashed", "detail": "signal 11"}
    api.answers["GET /v1/renders/r_1"] = (200, {**RENDER, "state": "failed", "failure": failure})
    result = clipit("watch", "r_1")
    assert (result.exit_code, result.stdout.strip()) == (Exit.FAILED, "failed: engine_crashed: signal 11")


def test_watching_ends_when_the_patience_does(api: Api, clipit: Callable[..., Result]) -> None:
    api.answers["GET /v1/renders/r_1"] = (200, {**RENDER, "state": "rendering"})
    result = clipit("watch", "r_1", "--timeout", "1")
    assert result.exit_code == Exit.TOO_LATE
    assert "it continues" in result.stderr


def test_a_list_goes_through_the_pages_until_the_limit(api: Api, clipit: Callable[..., Result]) -> None:
    api.answers["GET /v1/renders"] = [
        (200, {"renders": [{**RENDER, "id": "r_3"}, {**RENDER, "id": "r_2"}], "next_cursor": "c"}),
        (200, {"renders": [RENDER], "next_cursor": None}),
    ]
    result = clipit("list", "--limit", "3", "--state", "succeeded")
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["r_3", "r_2", "r_1"]
    assert [request for request, _, _ in api.asked] == [
        "GET /v1/renders?state=succeeded&limit=3",
        "GET /v1/renders?state=succeeded&limit=1&cursor=c",
    ]


def test_a_list_ends_with_its_last_page_and_not_with_an_empty_one(
    api: Api, clipit: Callable[..., Result]
) -> None:
    """A page of one state looks at a number of renders, and none of them may be in it."""
    api.answers["GET /v1/renders"] = [
        (200, {"renders": [], "next_cursor": "a"}),
        (200, {"renders": [], "next_cursor": "b"}),
        (200, {"renders": [RENDER], "next_cursor": "c"}),
        (200, {"renders": [], "next_cursor": None}),
    ]
    result = clipit("list", "--state", "succeeded")
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["r_1"]
    assert len(api.asked) == 4


def test_a_list_whose_cursor_leads_nowhere_ends_with_an_error(
    api: Api, clipit: Callable[..., Result]
) -> None:
    api.answers["GET /v1/renders"] = (200, {"renders": [], "next_cursor": "a"})
    result = clipit("list")
    assert result.exit_code == Exit.FAILED
    assert "the same next_cursor came twice" in result.stderr


def test_cancelling_says_what_it_came_to(api: Api, clipit: Callable[..., Result]) -> None:
    api.answers["POST /v1/renders/r_1/cancel"] = (200, {**RENDER, "state": "rendering"})
    assert "asked to stop" in clipit("cancel", "r_1").stdout


def test_deliveries_are_listed_in_order(api: Api, clipit: Callable[..., Result]) -> None:
    failed = {"number": 1, "at": "2026-01-02T03:04:05Z", "delivered": False, "error": "answered 500"}
    again = {"webhook_id": "msg_r_1_1", "redelivery": "d_1"}
    delivered = {"number": 2, "at": "2026-01-02T03:05:05Z", "delivered": True, "error": None, **again}
    api.answers["GET /v1/renders/r_1/deliveries"] = (200, {"deliveries": [failed, delivered]})
    assert clipit("deliveries", "r_1").stdout.splitlines() == [
        "   1  2026-01-02T03:04:05Z  failed: answered 500",
        "   2  2026-01-02T03:05:05Z  delivered  (d_1)",
    ]
    assert json.loads(clipit("deliveries", "r_1", "--json").stdout.splitlines()[1]) == delivered


def test_a_webhook_is_delivered_again_and_the_tries_are_named(
    api: Api, clipit: Callable[..., Result]
) -> None:
    asked = {"id": "d_1", "deliveries": "/v1/renders/r_1/deliveries"}
    api.answers["POST /v1/renders/r_1/redeliver"] = (202, asked)
    result = clipit("redeliver", "r_1")
    assert (result.stdout, result.stderr) == ("d_1\n", "`clipit deliveries r_1` shows its tries.\n")
    assert json.loads(clipit("redeliver", "r_1", "--json").stdout) == asked


def test_events_are_listed_in_order(api: Api, clipit: Callable[..., Result]) -> None:
    about = {"kind": "submitted", "actor": "api", "detail": "d", "trace_id": "t"}
    event = {"number": 1, "at": "2026-11-24T03:00:00Z", **about}
    api.answers["GET /v1/renders/r_1/events"] = (200, {"events": [event, {**event, "number": 2}]})
    result = clipit("events", "r_1", "--json")
    assert [json.loads(line)["number"] for line in result.stdout.splitlines()] == [1, 2]


def test_the_key_is_in_no_output(api: Api, clipit: Callable[..., Result]) -> None:
    for command in ("get", "watch", "cancel", "events"):
        assert KEY not in clipit(command, "r_absent").output


USAGE = {
    "day": "2026-11-24",
    "succeeded": 41,
    "failed": 1,
    "cancelled": 0,
    "machine_s": 1834.25,
    "video_s": 1290.0,
}


def test_usage_shows_a_row_for_each_day(api: Api, clipit: Callable[..., Result]) -> None:
    api.answers["GET /v1/usage"] = (200, {"days": [USAGE]})
    result = clipit("usage", "--until", "2026-11-30")
    assert api.asked[0][0] == "GET /v1/usage?from=2026-11-01&to=2026-11-30"
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["day", "succeeded", "failed", "cancelled", "machine", "s", "video", "s"],
        ["2026-11-24", "41", "1", "0", "1834.2", "1290.0"],
    ]
    assert json.loads(clipit("usage", "--json").stdout) == USAGE


def test_usage_without_renders_says_so(api: Api, clipit: Callable[..., Result]) -> None:
    api.answers["GET /v1/usage"] = (200, {"days": []})
    result = clipit("usage", "--from", "2026-11-01", "--until", "2026-11-02")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no render ended from 2026-11-01 to 2026-11-02" in result.stderr


def test_output_and_priority_are_sent_as_they_are_given(
    api: Api, clipit: Callable[..., Result], tmp_path: Path
) -> None:
    api.answers["POST /v1/renders"] = (202, ACCEPTED)
    (tmp_path / "c.json").write_text("{}")
    words = ("--format", "webm", "--quality", "low", "--poster-at", "1.5", "--priority", "bulk")
    assert clipit("submit", tmp_path / "c.json", *words).exit_code == Exit.OK
    assert clipit("submit", tmp_path / "c.json").exit_code == Exit.OK
    first, plain = posted(api)
    assert first["output"] == {"format": "webm", "quality": "low", "poster_at_s": 1.5}
    assert first["priority"] == "bulk"
    assert "output" not in plain
    assert clipit("submit", tmp_path / "c.json", "--format", "avi").exit_code == Exit.USAGE
