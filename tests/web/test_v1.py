"""OpenAI's video API: their own client makes, lists, fetches and deletes videos here."""

from __future__ import annotations

import base64
import io
import subprocess
import sys

import av
import openai
import pytest
import requests
from PIL import Image

from tests.conftest import EXAMPLES, ROOT
from tests.web import contract
from videoai.settings import PARAMETERS
from videoai.system import paths
from videoai.web import bearer, owner
from videoai.web.v1 import asked

pytestmark = pytest.mark.filterwarnings("ignore:The Sora API is scheduled:DeprecationWarning")

SMALL = {"width": 256, "height": 256, "frames": 4, "seed": 1}


def client(site, key: str | None = None) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{site.url}/v1", api_key=key or owner.token(), max_retries=0)


def errors(refused: openai.APIStatusError) -> dict[str, object]:
    """Of an answer that is as the OpenAPI file says."""
    error = refused.response.json()["error"]
    assert error.keys() == {"message", "type", "code", "param"}
    return error


@pytest.fixture
def videos(idle):
    with client(idle) as found:
        yield found.videos


def photo() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(file, "PNG")
    return file.getvalue()


def test_their_client_makes_fetches_and_deletes_a_video(site):
    with client(site) as theirs:
        made = theirs.videos.create_and_poll(
            model="draft",
            prompt="a cup of coffee",
            input_reference=EXAMPLES / "coffee.png",
            poll_interval_ms=200,
            extra_body=SMALL | {"focus": [0.5, 0.4], "gentle": True},
        )
        assert (made.status, made.progress, made.error, made.model) == ("completed", 100, None, "draft")
        assert (made.size, made.prompt) == ("256x256", None)
        assert made.completed_at >= made.created_at
        job = site.get(f"/api/jobs/{made.id}").json()
        assert job["title"] == "coffee.png"
        assert job["settings"] | SMALL | {"focus": [0.5, 0.4]} == job["settings"]

        content = theirs.videos.download_content(made.id).read()
        assert content == site.get(f"/api/jobs/{made.id}/video.mp4").content
        with av.open(io.BytesIO(content)) as video:
            assert sum(1 for _ in video.decode(video=0)) == 4
        assert theirs.videos.download_content(made.id, variant="thumbnail").read().startswith(b"\xff\xd8")
        assert theirs.videos.download_content(made.id, variant="spritesheet").read().startswith(b"RIFF")
        part = site.get(f"/v1/videos/{made.id}/content", headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, b"ftyp")
        with pytest.raises(openai.BadRequestError) as refused:
            theirs.videos.download_content(made.id, variant="subtitles")
        assert errors(refused.value)["param"] == "variant"

        deleted = theirs.videos.delete(made.id)
        assert (deleted.id, deleted.deleted) == (made.id, True)
        with pytest.raises(openai.NotFoundError) as gone:
            theirs.videos.retrieve(made.id)
        assert errors(gone.value)["code"] == "job_unknown"
    assert list(paths.outputs().iterdir()) == []


def test_their_client_lists_videos_and_models(idle, videos):
    ids = [idle.job(seed=seed)["id"] for seed in range(5)]
    assert [video.id for video in videos.list(limit=2)] == ids[::-1], "it asks for all pages"
    assert [video.id for video in videos.list(limit=2, order="asc")] == ids
    page = videos.list(limit=2, after=ids[2])
    assert ([video.id for video in page.data], page.has_more) == ([ids[1], ids[0]], False)
    assert {video.status for video in page.data} == {"queued"}
    idle.post(f"/api/jobs/{ids[0]}/cancel")
    cancelled = videos.retrieve(ids[0])
    assert (cancelled.status, cancelled.error.code) == ("failed", "cancelled")
    with client(idle) as theirs:
        assert "svd-xt" in [model.id for model in theirs.models.list()]
        assert theirs.models.retrieve("draft").id == "draft"
        with pytest.raises(openai.NotFoundError):
            theirs.models.retrieve("sora-2")
    for query in ("limit=0", "limit=x", "limit=0000000011000", "order=up"):
        refused = idle.get(f"/v1/videos?{query}")
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, query.partition("=")[0])


@pytest.mark.parametrize(
    ("size", "made"),
    [
        ("512x320", "512x320"),
        ("1280x720", "1024x576"),
        ("720x1280", "576x1024"),
        ("1024x1792", "576x1024"),
        ("200x100", "512x256"),
        ("720x480", "704x512"),
    ],
)
def test_a_size_is_that_one_or_the_nearest_and_then_said(videos, size, made):
    video = videos.create(prompt="", model="draft", input_reference=("a.png", photo()), size=size)
    assert video.size == made
    assert len(video.notices) == (size != made)


@pytest.mark.parametrize(
    ("seconds", "more", "settings"),
    [
        ("4", {}, {"frames": 24, "extend": None, "fps": 6}),
        ("8", {}, {"frames": 25, "extend": 1, "fps": 6}),
        ("12", {}, {"frames": 25, "extend": 2, "fps": 6}),
        ("0.1", {}, {"frames": 4, "extend": None, "fps": 6}),
        ("2", {"fps": 10}, {"frames": 20, "extend": None, "fps": 10}),
        ("4", {"frames": 7}, {"frames": 7, "extend": None, "fps": 6}),
    ],
)
def test_seconds_become_frames_and_our_own_fields_say_it_more_exactly(idle, videos, seconds, more, settings):
    video = videos.create(
        prompt="", model="draft", input_reference=("a.png", photo()), seconds=seconds, extra_body=more
    )
    found = idle.get(f"/api/jobs/{video.id}").json()["settings"]
    assert {name: found[name] for name in settings} == settings
    if "frames" not in more and float(seconds) >= 1:
        assert abs(float(video.seconds) - float(seconds)) <= 0.5


def test_json_has_the_photo_in_it_or_its_id(idle, videos):
    url = "data:image/png;base64," + base64.b64encode((EXAMPLES / "coffee.png").read_bytes()).decode()
    assert len(url) > 100_000, "as large as photos are"
    body = {"model": "draft", "input_reference": {"image_url": url}, "focus": [0, 1], "seed": None, **SMALL}
    made = idle.post("/v1/videos", body)
    assert (made.status_code, made.json()["notices"]) == (200, [])
    id = idle.give().json()["id"]
    assert idle.post("/v1/videos", {"model": "draft", "input_reference": {"file_id": id}}).status_code == 200
    # As their client puts an object into a form.
    by_form = videos.create(prompt="x", model="draft", extra_body={"input_reference": {"file_id": id}})
    assert by_form.notices == ["The prompt was not used: the models here make a video of a photo, and take no text."]


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({}, 400, "input_reference"),
        ({"input_reference": {}}, 400, "input_reference"),
        ({"input_reference": {"image_url": "https://example.com/a.jpg"}}, 400, "input_reference"),
        ({"input_reference": {"image_url": "file:///etc/passwd"}}, 400, "input_reference"),
        ({"input_reference": {"image_url": "data:image/png;base64,%%"}}, 400, "input_reference"),
        ({"input_reference": {"image_url": "data:image/png;base64,AAAA"}}, 415, "input_reference"),
        ({"input_reference": {"file_id": "../../secret"}}, 404, "input_reference"),
        ({"input_reference": {"file_id": "x", "image_url": "y"}}, 400, "input_reference"),
        ({"model": "sora-2"}, 422, "model"),
        ({"model": "/etc/passwd"}, 422, "model"),
        ({"size": "big"}, 422, "size"),
        ({"size": "5000x10"}, 422, "size"),
        ({"size": "0x0"}, 422, "size"),
        ({"seconds": "soon"}, 422, "seconds"),
        ({"seconds": "nan"}, 422, "seconds"),
        ({"seconds": 1e9}, 422, "seconds"),
        ({"steps": 0}, 422, None),
        ({"prompt": 1}, 400, None),
        ({"style": "vivid"}, 400, None),
    ],
)
def test_what_is_wrong_is_said_in_their_shape_and_nothing_is_made(idle, body, status, param):
    refused = idle.post("/v1/videos", {"model": "draft", **body})
    error = refused.json()["error"]
    assert (refused.status_code, error["param"]) == (status, param), error
    assert error["type"] == "invalid_request_error"
    assert error["message"].count(".") >= 2, "a sentence and a hint"
    assert idle.get("/v1/videos").json()["data"] == []
    assert list(paths.jobs().glob("*")) == []


def test_a_model_that_is_not_here_is_no_reason_to_ask_again(idle):
    theirs = openai.OpenAI(base_url=f"{idle.url}/v1", api_key=owner.token(), max_retries=5)
    with theirs, pytest.raises(openai.ConflictError) as refused:
        theirs.videos.create(prompt="", input_reference=("a.png", photo()))
    assert errors(refused.value)["code"] == "model_missing"
    assert len(list(paths.photos().glob("*.jpg"))) == 1, "the photo was sent once"


def test_a_form_with_a_field_that_nobody_knows_is_refused(videos):
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        videos.create(prompt="", input_reference=("a.png", photo()), extra_body={"quality": "high"})
    assert errors(refused.value)["param"] == "quality"


def test_the_owners_own_programs_need_no_token_and_a_wrong_one_is_told_so(idle):
    assert idle.get("/v1/videos").status_code == 200
    with client(idle, "sk-none") as theirs, pytest.raises(openai.AuthenticationError) as refused:
        theirs.videos.list()
    assert errors(refused.value)["code"] == "wrong_token"
    assert "videoai token" in errors(refused.value)["message"]
    wrong = {"Authorization": "Bearer x"}
    assert [idle.get("/api/jobs", headers=wrong).status_code for _ in range(bearer.TRIES + 2)] == [401] * 12


def test_where_the_system_does_not_tell_the_token_does_and_guesses_are_slowed_down(idle, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(bearer, "TOKENS", bearer.TokenCheck(lambda: clock[0]))
    monkeypatch.setattr("videoai.web.listening.has_connection", lambda client, server: None)
    assert idle.get("/v1/videos").status_code == 401
    right, wrong = {"Authorization": f"bearer  {owner.token()}"}, {"Authorization": "Bearer x"}
    assert idle.get("/v1/videos", headers=right).status_code == 200
    assert idle.get("/api/jobs", headers=right).status_code == 200
    big = {"input_reference": ("a.png", photo() + bytes(300_000))}
    refused = idle.ask("POST", "/v1/videos", files=big, headers=wrong)
    assert (refused.status_code, refused.json()["error"]["type"]) == (401, "invalid_request_error")
    assert idle.ask("POST", "/v1/videos", files=big, data={"model": "draft"}, headers=right).status_code == 200
    answers = [idle.get("/v1/videos", headers=wrong) for _ in range(bearer.TRIES + 2)]
    assert {answer.status_code for answer in answers[: bearer.TRIES - 1]} == {401}
    assert answers[-1].status_code == 429
    clock[0] += bearer.TURN_SECONDS
    assert idle.get("/v1/videos", headers=right).status_code == 200, "its turn has come"
    clock[0] += bearer.FORGIVEN_SECONDS
    assert idle.get("/v1/videos", headers=wrong).status_code == 401


def test_the_token_helps_nobody_from_the_network_or_from_another_site(open_site, second_address):
    port = open_site.server.port
    right = {"Authorization": f"Bearer {owner.token()}"}
    there = f"http://{second_address}:{port}"
    for path in ("/v1/videos", "/api/jobs"):
        refused = requests.get(f"{there}{path}", headers=right, timeout=10)
        contract.check(open_site.app, "GET", path, refused)
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "unpaired")
    for other in (
        {"Origin": "https://evil.example"},
        {"Host": f"evil.example:{port}"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        refused = open_site.get("/v1/videos", headers=right | other)
        assert refused.status_code == 403
        assert not [name for name in refused.headers if name.lower().startswith("access-control")]


def test_a_new_token_makes_the_one_before_worthless_and_no_log_has_it(idle, own_home, caplog):
    with client(idle) as theirs:
        theirs.videos.list()
        before = owner.token()
        told = subprocess.run(
            [sys.executable, "-m", "videoai", "token", "--new"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert told.stdout == f"{owner.token()}\n"
        assert told.stderr == ""
        assert owner.token() != before
        with pytest.raises(openai.AuthenticationError):
            theirs.videos.list()
    assert before not in caplog.text
    assert owner.token() not in caplog.text


def test_what_is_asked_for_in_words_of_their_own_stands_in_no_parameters_way():
    assert asked._OWN.keys() & PARAMETERS.keys() == {"model"}
