"""The three sizes that the page is looked at in, as Playwright's options of a context."""

from __future__ import annotations

from typing import Any

_IPAD = (
    "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 "
    "Mobile/15E148 Safari/604.1"
)

DEVICES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "ipad": {"viewport": {"width": 820, "height": 1180}, "has_touch": True, "user_agent": _IPAD},
    "iphone": {
        "viewport": {"width": 375, "height": 812},
        "has_touch": True,
        "is_mobile": True,
        "user_agent": _IPAD.replace("iPad; CPU OS", "iPhone; CPU iPhone OS"),
    },
}
