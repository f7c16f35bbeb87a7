"""videoai estimate, as people and scripts call it."""

import json

import pytest

from tests.conftest import EXAMPLES
from videoai.catalogue import MODELS
from videoai.engines.numbers import SHARES, Numbers
from videoai.engines.processor import Processor
from videoai.kinds import Amount
from videoai.memory import processor
from videoai.models.availability import available_weights
from videoai.request import Request, estimate_for
from videoai.system import paths
from videoai.system.machine import Machine

PHOTO = EXAMPLES / "coffee.png"


@pytest.fixture(autouse=True)
def known_rates(own_home, monkeypatch):
    """So that no test waits for the machine to be measured, and one only for torch to start."""
    monkeypatch.setattr(processor, "_asked", lambda: Processor("cpu", Numbers("fp32"), 5e11))
    paths.home().mkdir(parents=True, exist_ok=True)
    known = {device: {"product": 5e11} for device in ("cpu", "mps", "cuda")}
    (paths.home() / "rates.json").write_text(json.dumps(known))


def test_it_prints_the_stages_and_whether_they_fit(videoai):
    result = videoai("estimate", PHOTO, "--memory-limit", "5.33G")
    assert result.returncode == 0, result.stderr
    for words in ("Denoising", "Decoding the frames", "min", "16-bit weights", "Fits", "5.3 GB available"):
        assert words in result.stdout


def test_json_has_the_shape_that_scripts_rely_on(inside):
    result = inside("estimate", PHOTO, "--memory-limit", "5.33G", "--json")
    found = json.loads(result.stdout)
    assert found["fits"] is True
    assert found["nearest"] == []
    assert found["budget_bytes"] == 5_330_000_000
    assert [stage["name"] for stage in found["stages"]] == ["condition", "denoise", "decode"]
    assert found["peak_bytes"] == max(stage["peak_bytes"] for stage in found["stages"])
    assert {"seconds", "bits", "plan", "settings"} < set(found)


def test_numbers_that_are_far_slower_here_are_told_of_before_the_run(inside, monkeypatch):
    rates = {"fp32": dict.fromkeys(SHARES, 1e11), "fp16": {"product": 1e9}}
    monkeypatch.setattr(processor, "_found", lambda: Processor("cpu", Numbers("fp32", rates), 5e11))
    monkeypatch.setattr(processor, "_asked", processor._found)
    ask = ("estimate", PHOTO, "--memory-limit", "5.33G", "--compute")
    slow = "In fp16 this computer is far slower than in fp32."
    assert f"\n{slow}\n" in inside(*ask, "fp16").stdout
    assert slow not in inside(*ask, "fp32").stdout
    assert json.loads(inside(*ask, "fp16", "--json").stdout)["remark"] == slow


def test_what_is_not_computed_in_every_step_is_said_and_counted(inside):
    """And what each branch keeps takes memory."""
    ask = ("estimate", PHOTO, "--memory-limit", "5.33G")
    whole, reused = (json.loads(inside(*ask, "--reuse", n, "--json").stdout)["stages"][1] for n in (1, 3))
    assert 0.40 < reused["seconds"] / whole["seconds"] < 0.55
    assert 60e6 < reused["peak_bytes"] - whole["peak_bytes"] < 250e6
    assert "the whole network runs in one step out of 3 only" in inside(*ask, "--reuse", 3).stdout


def test_what_does_not_fit_ends_with_4_and_says_what_would(inside):
    flags = ("estimate", PHOTO, "--preset", "native", "--memory-limit", "2GiB")
    result = inside(*flags)
    assert result.returncode == 4
    assert "Does not fit" in result.stdout
    assert "Settings that fit: --frames" in result.stderr
    machine = inside(*flags, "--json")
    assert machine.returncode == 4
    found = json.loads(machine.stdout)
    assert found["fits"] is False
    assert all(set(changes) <= {"frames", "width", "height"} for changes in found["nearest"])
    assert found["nearest"]


def test_a_wrong_limit_is_a_sentence(inside):
    result = inside("estimate", PHOTO, "--memory-limit", "lots")
    assert result.returncode == 2
    assert "memory_limit is “lots”, but it must be an amount of memory such as 5.3G" in result.stderr
    assert "5.3G" in result.stderr


def test_the_draft_needs_little(inside):
    result = inside("estimate", PHOTO, "--model", "draft", "--memory-limit", "500M")
    assert result.returncode == 0, result.stderr
    assert "Drawing the frames" in result.stdout


@pytest.mark.usefixtures("one_way")
def test_it_says_what_the_video_will_be(inside):
    asked = ("estimate", PHOTO, "--model", "draft", "--frames", "5", "--loop", "boomerang")
    assert "8 frames, model draft\n" in inside(*asked).stdout, "which has no steps"
    assert json.loads(inside(*asked, "--json").stdout)["video"]["frames"] == 8


def test_it_takes_generates_own_checks(inside):
    result = inside("estimate", PHOTO, "--frames", "400")
    assert result.returncode == 2
    assert "frames" in result.stderr


def test_its_core_needs_no_command_line():
    found = estimate_for(PHOTO, Request({"frames": 10, "precision": "8"}, preset="minimum"), 4 << 30)
    assert found.planned.fits
    assert (found.planned.bits, found.settings.frames) == (8, 10)
    assert found.refusal() is None
    assert estimate_for(PHOTO, Request()).planned.budget_bytes <= Machine.now().budget * 1.1


def test_a_model_that_is_not_here_is_estimated_as_it_will_come():
    assert available_weights("svd-xt").file_bytes == 2
    assert available_weights("animatelcm-svd-xt").file_bytes == 4
    assert set(available_weights("svd").bits) == {16, 8, 4}
    assert all(available_weights(model).streamable for model in MODELS if not MODELS[model].builtin)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("5.3G", 5_300_000_000),
        ("5.3GiB", int(5.3 * 2**30)),
        ("5.3Gi", int(5.3 * 2**30)),
        ("5300M", 5_300_000_000),
        ("5300 MiB", 5300 << 20),
        ("5000 MB", 5_000_000_000),
        ("123456789", 123456789),
        (123456789, 123456789),
        ("1t", 10**12),
        ("1tib", 1 << 40),
        (".5g", 500_000_000),
        (" 7K ", 7000),
        (" 7KiB ", 7 << 10),
        ("5,3G", 5_300_000_000),
        ("5,3 GiB", int(5.3 * 2**30)),
        (",5g", 500_000_000),
        ("0,125G", 125_000_000),
        ("5.3 gb", 5_300_000_000),
        (5e9, 5_000_000_000),
    ],
)
def test_amounts_of_memory(text, count):
    assert Amount().parse(text) == count


@pytest.mark.parametrize(
    "text",
    [
        "",
        "G",
        "5.3X",
        "5 iB",
        "5i",
        "-1G",
        "1e3",
        "5 3G",
        "0",
        None,
        True,
        [],
        "nan",
        "inf",
        "9" * 400,
        "5.3",
        "5,3",
        "5,300M",
        "1,5,3G",
    ],
)
def test_what_is_no_amount(text):
    with pytest.raises(ValueError, match=r"amount|little"):
        Amount().parse(text)


@pytest.mark.parametrize("limit", [1 << 20, 100 << 20, 170 << 20])
@pytest.mark.parametrize("model", ["draft", "svd-xt"])
def test_what_does_not_fit_is_said_of_every_model(model, limit):
    found = estimate_for(PHOTO, Request({"model": model}), limit)
    assert not found.planned.fits
    assert "needs at least" in found.refusal().message
    if model == "draft" and limit > 160 << 20:
        assert estimate_for(PHOTO, Request({"model": model} | found.suggestions[0]), limit).planned.fits


def test_a_draft_that_does_not_fit_is_refused_before_the_run(inside):
    done = inside("generate", PHOTO, "--model", "draft", "--memory-limit", "100M")
    assert done.returncode == 4
    assert "Drawing the frames" in done.stderr
