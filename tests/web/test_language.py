"""Everything that is answered is in the language of who asks: what is refused and what is told by the stream, too."""

from __future__ import annotations

import requests

from tests.web.conftest import DRAFT

DRAFT_NOTICE = {"en": "This is a draft: ", "it": "Questa è una bozza"}


def test_errors_are_in_the_language_asked_for(idle):
    italian = {"Accept-Language": "it-IT,it;q=0.9"}
    for path, english, translated in (
        ("/api/nothere", "There is nothing at this address.", "A questo indirizzo non c'è nulla."),
        ("/api/jobs/nothere", "There is no job “nothere”.", "Il lavoro “nothere” non esiste."),
    ):
        assert idle.get(path).json()["error"]["message"] == english
        assert idle.get(path, headers=italian).json()["error"]["message"] == translated
        assert idle.get(f"{path}?lang=en", headers=italian).json()["error"]["message"] == english
    refused = idle.get("/api/health", headers=italian | {"Host": "evil.example"})
    assert refused.json()["error"]["message"] == "Questo non è un indirizzo di VideoAi."


def test_settings_that_are_wrong_are_named_in_italian(idle):
    found = idle.post("/api/estimate?lang=it", {"settings": {"frames": 400}}).json()["error"]
    assert found["message"].startswith("frames vale “400”")
    assert found["code"] == "bad_settings"


def test_two_who_listen_get_the_same_news_in_their_own_languages(site):
    streams = {language: site.events(params={"lang": language}) for language in DRAFT_NOTICE}
    for stream in streams.values():
        stream.until("snapshot")
    job = site.job()["id"]
    for language, stream in streams.items():
        _, told = stream.until("job", lambda data: data["state"] == "done")
        assert told["notices"][0].startswith(DRAFT_NOTICE[language])
        stream.close()
    assert site.get(f"/api/jobs/{job}?lang=it").json()["notices"][0].startswith(DRAFT_NOTICE["it"])


def test_a_request_leaves_no_language_behind_for_the_next(idle):
    """On one connection, and so most likely in one thread."""
    with requests.Session() as session:
        for language in ("it", "en", "it", "en"):
            url = f"{idle.url}/api/settings"
            assert session.get(url, params={"lang": language}, timeout=30).json()["language"] == language
            found = session.post(f"{idle.url}/api/jobs", json={"settings": DRAFT}, timeout=30).json()
            assert found["error"]["message"] == "You didn't name a photo."
