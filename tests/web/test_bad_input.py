"""Whatever is asked, in whatever words: an answer in words, and never a traceback."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException

from videoai.system import paths

ODD = [
    "",
    "\0",
    "..",
    "../../etc/passwd",
    "..\\x",
    "%2e%2e%2f",
    "a" * 5000,
    "\ud800",
    "é",
    "💥",
    "1" * 5000,
    "-1",
    "NaN",
]

BODIES = {
    "deep": b'{"settings": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_001,
    "deep list": b"[" * 90_000,
    "a long number": b'{"width": ' + b"9" * 50_000 + b"}",
    "infinity": b'{"settings": {"motion": 1e999}}',
    "NaN": b'{"settings": {"motion": NaN}}',
    "minus infinity": b'{"settings": {"guidance_min": -Infinity}}',
    "twice": b'{"width": 3, "width": 4}',
    "twice below": b'{"settings": {"steps": 1, "steps": 2}}',
    "half a character": b'{"photo_id": "\\ud800"}',
    "half a name": b'{"\\ud800": 1}',
    "not UTF-8": b'{"photo_id": "\xff\xfe"}',
    "not JSON": b"{",
    "null": b"null",
    "a list": b"[]",
    "a boolean for a number": b'{"width": true}',
    "a list for a word": b'{"settings": {"model": ["draft"]}}',
    "an object for a number": b'{"settings": {"steps": {"a": 1}}}',
    "an address": b'{"settings": {"model": "http://169.254.169.254/"}}',
    "a file": b'{"settings": {"model": "file:///etc/passwd"}}',
    "a path": b'{"settings": {"model": "/etc"}}',
    "ten megabytes": b'{"a": "' + b"a" * 10_000_000 + b'"}',
}


def rules(site) -> list[tuple[str, str]]:
    return [(method, rule.rule) for rule in site.app.url_map.iter_rules() for method in rule.methods]


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("path", ["/api/estimate", "/api/jobs", "/api/forget"])
def test_a_bad_body_is_refused_in_words(idle, path, name):
    answer = idle.ask("POST", path, data=BODIES[name], headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 413, 422), answer.text
    assert answer.json()["error"]["message"]
    assert not paths.jobs().exists()


@pytest.mark.parametrize("name", ["infinity", "twice", "a long number", "half a name", "not UTF-8", "deep list"])
def test_a_body_that_cannot_be_read_is_told_from_one_of_wrong_fields(idle, name):
    answer = idle.ask("POST", "/api/forget", data=BODIES[name], headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_input")
    assert "not a valid JSON object" in answer.text


def test_no_address_is_a_defect(idle):
    """Every route, with odd words in every place: through the app itself, as no client would send them."""
    client = idle.app.test_client()
    all_rules = rules(idle)

    @settings(max_examples=250, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.sampled_from(all_rules),
        st.sampled_from(ODD) | st.text(max_size=20),
        st.dictionaries(st.sampled_from(["lang", "q", "limit", "before", "state", "download"]), st.sampled_from(ODD)),
        st.sampled_from(ODD),
    )
    def attempt(rule, word, query, header):
        method, template = rule
        if template == "/api/events" or (method, template) == ("POST", "/api/examples/<name>"):
            return
        path = re.sub("<[^>]*>", lambda _: word, template)
        headers = {"Host": "localhost", "Accept-Language": header.encode("ascii", "ignore").decode().replace("\0", "")}
        try:
            answer = client.open(path or "/", method=method, query_string=query, headers=headers)
        except (UnicodeError, ValueError, HTTPException):
            return  # the test's own client refuses to send it
        assert answer.status_code < 500, (method, path, query, answer.text)

    attempt()


RATES = {
    "nothing": "",
    "deep": "[" * 100_000,
    "a list": "[]",
    "null": "null",
    "not a table": '{"cpu": 1}',
    "a long number": '{"cpu": {"denoise": 1' + "0" * 400 + "}}",
    "NaN": '{"cpu": {"denoise": NaN}}',
    "less than nothing": '{"cpu": {"denoise": -1, "decode": "x"}}',
    "half a character": "\ud800",
}


@pytest.mark.parametrize("name", RATES)
def test_a_file_of_rates_that_is_none_is_written_anew(own_home, name):
    from videoai.engines.base import Workload
    from videoai.memory import speed

    (paths.home() / "rates.json").write_bytes(RATES[name].encode("utf-8", "surrogatepass"))
    assert speed.MachineSpeed.load("cpu", product=5e11).rate(Workload("denoise")) == 5e11 / 2
    speed.learn("cpu", "denoise", 1e12, 2.0)
    assert json.loads((paths.home() / "rates.json").read_text())["cpu"]["denoise"] == 5e11


@pytest.mark.parametrize("text", ["", "[" * 100_000, "{}", "[1]", '[["a"]]', "1", '[["../x", "y"]]'])
def test_a_list_of_what_was_fetched_that_is_none_is_empty(own_home, text):
    from videoai.models import store

    paths.models().mkdir(parents=True)
    (paths.models() / "fetched.json").write_text(text)
    assert all(remote.repo == "../x" for remote in store.ours())
