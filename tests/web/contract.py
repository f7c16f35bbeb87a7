"""Whether an answer is what the OpenAPI file says."""

from __future__ import annotations

import functools
import json
import re
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import Flask
from jsonschema import Draft202012Validator
from werkzeug.exceptions import HTTPException

from videoai.web import openapi

DOCUMENT: dict[str, Any] = openapi.document()

_BEFORE_ROUTES = {400, 401, 403, 413, 415, 429, 503}
"""What is refused before it is known what was asked for."""


def template(rule: str) -> str:
    """Flask's /x/<path:name> as OpenAPI writes it: /x/{name}."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


def check(app: Flask, method: str, path: str, answer: requests.Response) -> None:
    """Raises AssertionError if this answer is not in the file, or not of the shape that it has there."""
    try:
        rule, _ = app.url_map.bind("localhost").match(urlsplit(path).path, method, return_rule=True)
    except HTTPException as error:
        assert answer.status_code in (error.code, *_BEFORE_ROUTES)
        _is_error(path, answer)
        return
    operation = DOCUMENT["paths"][template(rule.rule)].get(method.lower())
    if operation is None:  # HEAD and OPTIONS, which go without saying
        return
    found = operation["responses"].get(str(answer.status_code))
    if found is None and answer.status_code in _BEFORE_ROUTES:
        _is_error(path, answer)
        return
    assert found is not None, f"{method} {path}: {answer.status_code} is not in the OpenAPI file"
    if "$ref" in found:
        found = DOCUMENT["components"]["responses"][found["$ref"].rpartition("/")[2]]
    if "content" not in found:
        assert answer.content == b""
        return
    kind = answer.headers["Content-Type"].partition(";")[0]
    assert kind in found["content"], f"{method} {path}: {kind} is not in the OpenAPI file"
    if kind == "application/json":
        validator(json.dumps(found["content"][kind]["schema"])).validate(answer.json())


def _is_error(path: str, answer: requests.Response) -> None:
    shape = "V1Error" if path.startswith("/v1/") else "Error"
    validator(json.dumps({"$ref": f"#/components/schemas/{shape}"})).validate(answer.json())


@functools.cache
def validator(schema: str) -> Draft202012Validator:
    """One for a schema in JSON that may refer to those of the file."""
    return Draft202012Validator(json.loads(schema) | {"components": DOCUMENT["components"]})
