"""What takes how much of the disk, and letting go of what nobody needs."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from videoai.system import paths
from videoai.system.machine import free_disk
from videoai.upkeep import disk
from videoai.web.request_body import json_of


def routes() -> Blueprint:
    """/api/disk"""
    api = Blueprint("disk", __name__)

    @api.get("/api/disk")
    def show() -> Response:
        shares = [{"id": share.id, "bytes": share.bytes} for share in disk.shares()]
        return jsonify(shares=shares, free_bytes=free_disk(paths.home()))

    @api.post("/api/disk/free")
    def free() -> Response:
        json_of(request, {})
        freed, left = disk.free()
        return jsonify(freed_bytes=freed, left=len(left))

    return api
