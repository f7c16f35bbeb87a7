"""The OpenAPI file: complete, true, and of the same parameters as the table. That answers keep to it is checked with
each request of these tests (contract.py)."""

from __future__ import annotations

import json
import re

from jsonschema import Draft202012Validator

from tests.conftest import ROOT
from tests.web.contract import DOCUMENT, template
from videoai import __version__
from videoai.catalogue import MODELS
from videoai.kinds import Choice, Number, Span, Whole
from videoai.presets import PRESETS
from videoai.settings import PARAMETERS
from videoai.web.parameter_table import REMOTE


def test_every_route_is_in_it_and_every_one_in_it_is_there(idle):
    routes = {
        (template(rule.rule), method.lower())
        for rule in idle.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert described == routes


def test_it_is_served(idle):
    assert idle.get("/api/openapi.json").json() == DOCUMENT
    assert DOCUMENT["info"]["version"] == __version__


def test_every_parameter_is_in_it_with_its_range():
    for name in ("Given", "Settings"):
        schema = DOCUMENT["components"]["schemas"][name]
        assert list(schema["properties"]) == list(PARAMETERS)
    for name, parameter in PARAMETERS.items():
        row, kind = DOCUMENT["components"]["schemas"]["Given"]["properties"][name], parameter.kind
        assert parameter.help in row["description"]
        if isinstance(kind, Whole):
            least = min(model.min_steps for model in MODELS.values()) if name == "steps" else kind.minimum
            assert (row["minimum"], row["maximum"], row.get("multipleOf", 1)) == (least, kind.maximum, kind.step)
        elif isinstance(kind, Number):
            assert (row["minimum"], row["maximum"]) == (kind.minimum, kind.maximum)
        elif isinstance(kind, Choice):
            assert row["enum"] == list(kind.options)
        elif isinstance(kind, Span):
            assert (row["items"]["minimum"], row["items"]["maximum"]) == (kind.minimum, kind.maximum)
    assert DOCUMENT["components"]["schemas"]["Given"]["properties"]["model"]["enum"] == list(MODELS)
    assert DOCUMENT["components"]["schemas"]["PresetName"]["examples"] == list(PRESETS)


def test_its_schemas_are_schemas_and_all_are_used():
    text = str(DOCUMENT)
    for name, schema in DOCUMENT["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert f"#/components/schemas/{name}'" in text or name == "Snapshot", f"{name} is used by nobody"


def test_every_parameter_of_a_path_is_described():
    for path, methods in DOCUMENT["paths"].items():
        for operation in methods.values():
            named = {each.get("name") for each in operation.get("parameters", []) if each.get("in") == "path"}
            assert named == set(re.findall(r"{(\w+)}", path)), path


def test_no_range_and_no_choice_of_the_table_stands_in_the_file_by_hand():
    """What the table says is put in where it is served."""
    written = json.loads((ROOT / "videoai" / "web" / "openapi.json").read_text("utf-8"))
    made = {"Given", "Settings", "PresetName", "Precision", "Shape", "Group"}
    assert not made & written["components"]["schemas"].keys()
    text = json.dumps(written)
    for words in [*(list(row.kind.options) for row in PARAMETERS.values() if isinstance(row.kind, Choice)), [*PRESETS]]:
        assert json.dumps(words) not in text
    for name in (*PARAMETERS, "preset", "gentle", "force"):
        assert name not in written["components"]["schemas"]["JobRequest"]["properties"]


def test_what_may_be_asked_of_a_run_is_in_the_requests_for_jobs():
    for name, option in REMOTE.items():
        assert DOCUMENT["components"]["schemas"]["JobForm"]["properties"][name]["description"] == option.help
        assert "null" in DOCUMENT["components"]["schemas"]["JobRequest"]["properties"][name]["type"]
