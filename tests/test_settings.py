"""Settings: what is asked for becomes exactly that, or a sentence about everything that is wrong."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videoai.errors import BadSettings
from videoai.finishing.registry import video_clip
from videoai.kinds import Whole
from videoai.language import Text
from videoai.options import OPTIONS
from videoai.presets import PRESETS
from videoai.request import Request
from videoai.resolving import Preferences, finished, resolve
from videoai.settings import PARAMETERS, GenerationSettings

LANDSCAPE, PORTRAIT, SQUARE = (600, 400), (400, 600), (500, 500)

GUIDE = {  # parameter: (default, minimum, maximum), as the guide prints them
    "width": (640, 256, 1024),
    "height": (384, 256, 1024),
    "steps": (20, 5, 50),
    "motion": (100, 1, 255),
    "fps": (6, 2, 30),
    "frames": (14, 4, 25),
}


@pytest.mark.parametrize(("name", "expected"), GUIDE.items())
def test_defaults_and_ranges_are_the_guides(name, expected):
    kind = PARAMETERS[name].kind
    assert (PARAMETERS[name].default(), kind.minimum, kind.maximum) == expected


def test_width_and_height_go_in_multiples_of_64():
    assert PARAMETERS["width"].kind.step == PARAMETERS["height"].kind.step == 64


def test_the_default_is_the_safety_preset():
    settings = resolve({"seed": 1}, LANDSCAPE)
    assert settings == resolve({"seed": 1}, LANDSCAPE, preset="safety") == GenerationSettings(seed=1)
    assert settings.scheduler == "euler-a"


@pytest.mark.parametrize(
    ("photo", "size"),
    [(LANDSCAPE, (640, 384)), (PORTRAIT, (384, 640)), (SQUARE, (512, 512)), ((4, 3), (640, 384)), ((3, 4), (384, 640))],
)
def test_the_size_follows_the_photos_orientation(photo, size):
    settings = resolve({}, photo)
    assert (settings.width, settings.height) == size


@pytest.mark.parametrize(
    ("given", "photo", "size"),
    [
        ({"width": 1024}, LANDSCAPE, (1024, 256)),
        ({"width": "768"}, LANDSCAPE, (768, 320)),
        ({"width": 448}, LANDSCAPE, (448, 256)),
        ({"height": 512}, LANDSCAPE, (448, 512)),
        ({"height": 256}, LANDSCAPE, (448, 256)),
        ({"width": 640}, PORTRAIT, (640, 384)),
        ({"height": 1024}, PORTRAIT, (256, 1024)),
        ({"width": 320}, SQUARE, (320, 320)),
        ({"width": 1024, "height": 1024}, SQUARE, (1024, 1024)),
    ],
)
def test_one_side_alone_gives_no_more_pixels_than_the_preset_has(given, photo, size):
    settings = resolve(given, photo)
    assert (settings.width, settings.height) == size
    assert settings.width * settings.height < 1.1 * 640 * 384 or len(given) == 2


def test_one_side_alone_keeps_the_shape_of_the_video_it_is_to_be_like():
    liked = resolve({"width": 512, "height": 1024}, LANDSCAPE).to_dict()
    found = resolve({"width": 256}, LANDSCAPE, like=liked)
    assert (found.width, found.height) == (256, 512)


def test_one_side_alone_of_the_preferences_does_too():
    found = resolve({}, LANDSCAPE, preferences=Preferences(settings={"width": 1024}))
    assert (found.width, found.height) == (1024, 256)


def test_what_was_not_asked_for_is_said():
    landscape = resolve({"width": 768}, LANDSCAPE)
    assert list(Request({"width": 768}).remarks(landscape)) == [
        "The height is 320, as suits the width 768. To choose it: --height"
    ]
    assert next(Request({"height": 320}).remarks(landscape)).startswith("The width is 768")
    assert list(Request({"width": 768, "height": 320}).remarks(landscape)) == []
    assert list(Request({}).remarks(landscape)) == []


def test_a_side_that_is_wrong_is_still_said_to_be():
    with pytest.raises(BadSettings, match="width is “650”"):
        resolve({"width": "650"}, LANDSCAPE)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("photo", [LANDSCAPE, PORTRAIT, SQUARE, (9000, 1), (1, 9000)])
def test_every_preset_is_valid_for_every_shape(preset, photo):
    settings = resolve({}, photo, preset=preset)
    assert resolve(settings.to_dict(), photo) == settings


GUIDE = {
    "safety": (640, 384, 14, 20, 100, 6),
    "minimum": (448, 256, 10, 15, 100, 6),
    "square": (512, 512, 14, 25, 100, 6),
    "large": (768, 512, 20, 30, 100, 6),
}


@pytest.mark.parametrize(("preset", "values"), GUIDE.items())
def test_the_guides_presets_are_as_it_gives_them(preset, values):
    """Its flags make the model's clip and nothing more."""
    settings = resolve({"seed": 1}, LANDSCAPE, preset=preset)
    names = ("width", "height", "frames", "steps", "motion", "fps")
    assert settings == GenerationSettings(**dict(zip(names, values, strict=True)), seed=1)


def test_three_presets_go_as_far_as_a_video_to_send():
    whole = {name: resolve({}, LANDSCAPE, preset=name) for name, preset in PRESETS.items() if preset.whole}
    clips = {name: video_clip(settings) for name, settings in whole.items()}
    assert {name: (clip.width, clip.height, clip.fps) for name, clip in clips.items()} == {
        "quick": (640, 384, 24),
        "good": (1280, 768, 24),
        "best": (1536, 1024, 30),
    }
    assert [name for name in PRESETS if PRESETS[name].whole] == [*PRESETS][:3]  # where they are looked for


def test_a_preset_does_not_smooth_what_is_as_smooth_already():
    assert resolve({"fps": "24"}, LANDSCAPE, preset="quick").smooth is None
    assert resolve({"fps": 23}, LANDSCAPE, preset="quick").smooth == 24
    with pytest.raises(BadSettings, match="choose more, or off"):
        resolve({"fps": 24, "smooth": 24}, LANDSCAPE, preset="quick")
    with pytest.raises(BadSettings, match="fps is"):
        resolve({"fps": "very"}, LANDSCAPE, preset="quick")


def test_what_is_given_wins_over_the_preset_and_over_another_videos_settings():
    like = resolve({"motion": 50, "steps": 30, "seed": 7}, LANDSCAPE).to_dict()
    settings = resolve({"motion": "60"}, PORTRAIT, like=like)
    assert (settings.motion, settings.steps, settings.seed, settings.width) == (60, 30, 7, 640)
    assert resolve({}, PORTRAIT, like=like, preset="minimum").steps == 15


@pytest.mark.parametrize("model", ["draft", "svd", "svd-xt"])
@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_valid_with_another_model_than_its_own(preset, model):
    chosen = resolve({"model": model}, (1600, 900), preset=preset)
    its_own = PRESETS[preset].values.get("model", model)
    if its_own != model:
        assert (chosen.model, chosen.steps, chosen.scheduler, chosen.guidance_max) == (model, 20, "euler-a", 3.0)
    like = resolve({"model": model}, (1600, 900), like={"model": "animatelcm-svd-xt", "steps": 4, "scheduler": "lcm"})
    assert (like.steps, like.scheduler) == (20, "euler-a")


def test_a_clip_that_goes_on_is_trimmed_and_loops_as_the_whole_that_it_is():
    whole = {"model": "draft", "frames": 4, "extend": 2, "trim": "0.2,1.5", "loop": "crossfade"}
    settings = resolve(whole, LANDSCAPE)
    assert settings.trim == (0.2, 1.5)
    with pytest.raises(BadSettings, match="The loop crossfade takes"):
        resolve({"model": "draft", "frames": 4, "loop": "crossfade"}, LANDSCAPE)
    with pytest.raises(BadSettings, match=r"only 1\.7 s long"):
        resolve(whole | {"trim": "0.2,1.9"}, LANDSCAPE)
    smoother = finished(settings, {"trim": "0,1.9"}, ["trim"], frames=12, fps=6)  # 12 frames that are there
    assert smoother.trim == (0.0, 1.9)
    with pytest.raises(BadSettings, match=r"only 2\.0 s long"):
        finished(settings, {"trim": "0,3"}, ["trim"], frames=12, fps=6)


def test_a_seed_is_drawn_when_absent_and_is_in_range():
    seeds = {resolve({}, SQUARE).seed for _ in range(20)}
    assert len(seeds) > 1
    assert all(0 <= seed <= 999_999_999 for seed in seeds)


def test_fewer_than_5_steps_only_where_the_model_is_made_for_it():
    assert resolve({"model": "animatelcm-svd-xt", "steps": 2}, SQUARE).steps == 2
    assert resolve({"model": "animatelcm-svd-xt"}, SQUARE).steps == 4
    assert resolve({}, SQUARE, preset="fast").steps == 4
    with pytest.raises(BadSettings, match="from 5 to 50"):
        resolve({"steps": 4}, SQUARE)


def test_all_wrong_values_are_named_at_once_with_range_and_nearest():
    wrong = {
        "width": "650",
        "steps": "many",
        "motion": 0,
        "fps": 2.5,
        "focus": "2,0.5",
        "scheduler": "eulr",
        "colour": 1,
    }
    with pytest.raises(BadSettings) as caught:
        Request.of(wrong, {"preset": "saftey", "encoder": "gpu"})
    message = caught.value.message
    assert (
        "width is “650”, but it must be a whole number from 256 to 1024 in steps of 64; the nearest is 640." in message
    )
    assert "motion is “0”, but it must be a whole number from 1 to 255; the nearest is 1." in message
    assert "the nearest is safety" in message
    assert "There is no parameter “colour”" in message
    for name in (*wrong, "preset", "encoder"):
        assert name in message
    assert caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("guidance_max", "2,5", 2.5),
        ("noise_aug", "0,025", 0.025),
        ("noise_aug", ",5", 0.5),
        ("focus", "0,5,0,25", (0.5, 0.25)),
        ("focus", "0,5 0,25", (0.5, 0.25)),
        ("focus", "0,5; 0,25", (0.5, 0.25)),
        ("focus", "0,5, 0,25", (0.5, 0.25)),
        ("focus", "0.5 ,0.25", (0.5, 0.25)),
        ("focus", "1,0", (1, 0)),
        ("guidance_interval", "0,5,30,0", (0.5, 30)),
        ("guidance_interval", "0,5 30", (0.5, 30)),
        ("guidance_interval", "1,30", (1, 30)),
    ],
)
def test_a_decimal_comma_is_understood_where_only_one_thing_can_be_meant(name, raw, value):
    assert getattr(resolve({name: raw}, SQUARE), name) == value


@pytest.mark.parametrize(
    ("name", "raw"),
    [("seed", "1,000"), ("steps", "20,5"), ("focus", "0,5,1"), ("focus", "0,5"), ("guidance_max", "1,2,3")],
)
def test_a_comma_that_could_mean_two_things_is_refused(name, raw):
    with pytest.raises(BadSettings, match=name):
        resolve({name: raw}, SQUARE)


@pytest.mark.parametrize("raw", ["-1", -1, "random", "Random", " -1 "])
def test_a_random_seed_can_be_asked_for_as_in_other_programs(raw):
    drawn = {resolve({"seed": raw}, SQUARE).seed for _ in range(4)}
    assert len(drawn) > 1
    assert all(0 <= seed < 1_000_000_000 for seed in drawn)


@pytest.mark.parametrize("raw", [-2, "-10", "rand", -1.5, True, None, "-1.0"])
def test_no_other_seed_out_of_range_is_taken(raw):
    with pytest.raises(BadSettings, match=r"0 to 999999999, or random"):
        resolve({"seed": raw}, SQUARE)


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("stabilityai/stable-video-diffusion-img2vid-xt", "svd-xt"),
        ("https://huggingface.co/stabilityai/stable-video-diffusion-img2vid-xt-1-1/tree/main", "svd-xt-1.1"),
        ("stabilityai/stable-video-diffusion-img2vid", "svd"),
        ("wangfuyun/AnimateLCM-SVD-xt", "animatelcm-svd-xt"),
        ("AnimateLCM-SVD-xt.safetensors", "animatelcm-svd-xt"),
        ("SVD-XT", "svd-xt"),
        ("svd_xt", "svd-xt"),
        ("svdxt11", "svd-xt-1.1"),
        ("svd_xt_1_1", "svd-xt-1.1"),
        ("Draft", "draft"),
        ("drafft", "draft"),
    ],
)
def test_a_models_name_elsewhere_leads_to_the_one_here(name, id):
    with pytest.raises(BadSettings, match=f"the nearest is {re.escape(id)}\\."):
        resolve({"model": name}, SQUARE)


def test_a_name_in_the_current_folder_is_a_path_unless_it_is_an_id(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("svd", "tiny", "svd_xt.safetensors"):
        (tmp_path / name).mkdir()
    assert resolve({"model": "svd"}, SQUARE).model == "svd"
    assert resolve({"model": "tiny"}, SQUARE).model == "tiny"
    assert resolve({"model": "svd_xt.safetensors"}, SQUARE).model == "svd_xt.safetensors"
    for name in ("svd_xt", "tin", "", "\0"):
        with pytest.raises(BadSettings):
            resolve({"model": name}, SQUARE)


@pytest.mark.parametrize("name", ["./svd-xt", "~/svd-xt", "/models/svd_xt.safetensors", "foo/bar", {}, "x" * 10_000])
def test_a_path_that_is_not_there_is_not_taken_for_another_model(name):
    with pytest.raises(BadSettings, match="the path of a model") as caught:
        resolve({"model": name}, SQUARE)
    assert "nearest" not in caught.value.message


@pytest.mark.parametrize(
    "raw", [True, None, "", "1e999", "nan", float("inf"), "9" * 5000, [], {}, "20.5", "２０a", b"20", "0x14"]
)
def test_strange_values_are_refused_in_a_short_line(raw):
    with pytest.raises(BadSettings) as caught:
        resolve({"steps": raw}, SQUARE)
    assert len(caught.value.message) < 300
    assert "\n" not in caught.value.message


@given(st.integers(-(10**12), 10**12), st.sampled_from([n for n, p in PARAMETERS.items() if isinstance(p.kind, Whole)]))
def test_the_nearest_value_is_valid_and_no_valid_one_is_nearer(raw, name):
    kind = PARAMETERS[name].kind
    nearest = kind.nearest(raw)
    assert kind.parse(nearest) == nearest
    assert abs(nearest - raw) <= min(
        abs(other - raw)
        for other in (nearest - kind.step, nearest + kind.step, nearest)
        if kind.minimum <= other <= kind.maximum
    )


valid = st.fixed_dictionaries(
    {},
    optional={
        name: st.integers(0, (p.kind.maximum - p.kind.minimum) // p.kind.step).map(
            lambda i, k=p.kind: k.minimum + i * k.step
        )
        for name, p in PARAMETERS.items()
        if isinstance(p.kind, Whole)
    }
    | {
        "focus": st.tuples(st.floats(0, 1), st.floats(0, 1)),
        "fit": st.sampled_from(["crop", "pad"]),
        "model": st.sampled_from(["draft", "svd-xt"]),
    },
).filter(
    lambda values: (
        values.get("reuse", 1) <= values.get("steps", 20) and values.get("smooth", 999) > values.get("fps", 6)
    )
)


@given(valid, st.tuples(st.integers(1, 10_000), st.integers(1, 10_000)))
def test_valid_settings_survive_text_and_json(given_values, photo):
    settings = resolve(given_values, photo)
    for name, value in given_values.items():
        assert getattr(settings, name) == value
    as_text = {n: ",".join(map(str, v)) if isinstance(v, tuple) else str(v) for n, v in given_values.items()}
    assert resolve(as_text | {"seed": settings.seed}, photo) == settings
    assert resolve(json.loads(json.dumps(settings.to_dict())), photo) == settings


@given(
    st.dictionaries(st.sampled_from([*PARAMETERS, "odd"]), st.one_of(st.text(), st.floats(), st.integers(), st.none()))
)
def test_any_input_gives_settings_in_range_or_bad_settings(values):
    try:
        settings = resolve(values, SQUARE)
    except BadSettings as error:
        assert error.message
        assert error.hint
    else:
        assert resolve(settings.to_dict(), SQUARE) == settings


@pytest.mark.parametrize(
    ("given", "preset", "sentence"),
    [
        ({"reuse": 8, "steps": 5}, None, "reuse is 8, but there are only 5 steps."),
        ({"reuse": "10", "steps": "9"}, "native", "reuse is 10, but there are only 9 steps."),
        (
            {"reuse": 2, "scheduler": "lcm"},
            None,
            "The LCM sampler needs every step whole, so reuse can only be 1, not 2.",
        ),
        ({"reuse": 3}, "fast", "The LCM sampler needs every step whole, so reuse can only be 1, not 3."),
        ({"reuse": 2, "model": "animatelcm-svd-xt"}, None, "The LCM sampler needs every step whole"),
        ({"reuse": 11}, None, "reuse is “11”, but it must be a whole number from 1 to 10; the nearest is 10."),
    ],
)
def test_reuse_is_refused_where_it_makes_no_sense(given, preset, sentence):
    """Before any photo is looked at, and so before anything is fetched."""
    for ask in (lambda: Request.of(given, {"preset": preset}), lambda: resolve(given, SQUARE, preset=preset)):
        with pytest.raises(BadSettings) as caught:
            ask()
        assert sentence in caught.value.message
        assert caught.value.hint


@pytest.mark.parametrize("given", [{"reuse": 5, "steps": 5}, {"reuse": 1, "model": "animatelcm-svd-xt"}, {"reuse": 3}])
def test_reuse_is_taken_where_it_does(given):
    assert resolve(given, SQUARE).reuse == given["reuse"]


def test_every_parameter_is_described_in_both_languages():
    for parameter in (*PARAMETERS.values(), *OPTIONS.values()):
        assert isinstance(parameter.help, Text)
        assert parameter.help.in_language("it") != parameter.help


LCM = {"model": "animatelcm-svd-xt"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"scheduler": "lcm"},
            "svd-xt is not made for the LCM sampler: choose another one, or the model animatelcm-svd-xt",
        ),
        ({"scheduler": "lcm", "model": "svd"}, "svd is not made for the LCM sampler"),
        (LCM | {"steps": 41}, "at most 40 steps, not 41"),
        (
            LCM | {"sigmas": "ays"},
            r"The LCM sampler has noise levels of its own, so it cannot use those of Align Your Steps \(ays\)",
        ),
    ],
)
def test_what_the_lcm_sampler_cannot_do_is_said_at_once(given, words):
    """Before anything is asked of the network, or of a photo."""
    with pytest.raises(BadSettings, match=words) as caught:
        Request.of(given, {})
    assert caught.value.hint
    with pytest.raises(BadSettings, match=words):
        resolve(given, SQUARE)


def test_all_that_is_wrong_with_lcm_is_named_at_once():
    with pytest.raises(BadSettings) as caught:
        Request.of({"scheduler": "lcm", "steps": 50, "sigmas": "ays", "motion": 0}, {})
    for words in ("not made for the LCM sampler", "at most 40", "noise levels of its own", "motion is"):
        assert words in caught.value.message


def test_lcm_is_taken_where_nobody_can_tell_that_it_will_not_do(tmp_path):
    assert resolve({"scheduler": "lcm", "model": str(tmp_path), "steps": 40}, SQUARE).scheduler == "lcm"
    assert resolve({"scheduler": "lcm", "model": "draft", "steps": 50}, SQUARE).model == "draft"
    assert resolve(LCM | {"steps": 40, "sigmas": "karras"}, SQUARE).steps == 40
    assert resolve(LCM | {"scheduler": "euler", "sigmas": "ays", "steps": 50}, SQUARE).sigmas == "ays"


def test_noise_levels_that_only_a_preset_or_another_video_has_give_way_to_those_of_lcm():
    settings = resolve(LCM, SQUARE, preset="balanced")
    assert (settings.scheduler, settings.sigmas) == ("lcm", "karras")
    assert resolve(settings.to_dict(), SQUARE) == settings
    like = resolve({"sigmas": "ays"}, SQUARE).to_dict()
    assert resolve(LCM, SQUARE, like=like).sigmas == "karras"


def test_like_a_clip_that_was_only_finished_takes_the_shape_from_the_photo():
    found = resolve({}, (300, 400), like={"smooth": 60, "enlarge": "2"})
    plain = resolve({"seed": found.seed}, (300, 400))
    assert found == replace(plain, smooth=60, enlarge="2")
    assert found.height > found.width
    assert resolve({}, (300, 400), like={"smooth": 60}, preset="minimum").width < plain.width
