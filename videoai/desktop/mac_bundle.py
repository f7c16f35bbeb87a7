"""An application folder for a Mac: property list, launcher, icon.

It is written and checked on Linux, and was not tried on a Mac.
"""

from __future__ import annotations

import io
import plistlib
from pathlib import Path

from videoai.desktop import launcher
from videoai.system import paths
from videoai.version import __version__

IDENTIFIER = "videoai.app"
_ICON_SIZES = (16, 32, 64, 128, 256, 512)

_PHOTOS = (
    *("public.jpeg", "public.png", "org.webmproject.webp", "public.heic", "public.heif", "public.avif"),
    *("public.tiff", "com.microsoft.bmp", "com.compuserve.gif", "public.camera-raw-image"),
)


def parts(applications: Path) -> dict[Path, tuple[bytes, bool]]:
    """In the user's own folder for applications: path → content, and whether it is a program."""
    contents = applications / "VideoAi.app" / "Contents"
    return {
        contents / "Info.plist": (plistlib.dumps(_information()), False),
        contents / "PkgInfo": (b"APPL????", False),
        contents / "MacOS" / "VideoAi": (launcher.script("darwin"), True),
        contents / "Resources" / "VideoAi.icns": (_icon(), False),
    }


def _information() -> dict[str, object]:
    """By Apple's “Information Property List Key Reference”."""
    return {
        "CFBundleName": "VideoAi",
        "CFBundleDisplayName": "VideoAi",
        "CFBundleIdentifier": IDENTIFIER,
        "CFBundleVersion": __version__,
        "CFBundleShortVersionString": __version__,
        "CFBundleInfoDictionaryVersion": "6.0",
        "CFBundlePackageType": "APPL",
        "CFBundleExecutable": "VideoAi",
        "CFBundleIconFile": "VideoAi.icns",
        "CFBundleDevelopmentRegion": "en",
        "CFBundleLocalizations": ["en", "it"],
        "LSMinimumSystemVersion": "14.0",
        "LSApplicationCategoryType": "public.app-category.video",
        "NSHighResolutionCapable": True,
        "NSSupportsAutomaticGraphicsSwitching": True,
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": "Photo",
                "CFBundleTypeRole": "Viewer",
                "LSHandlerRank": "Alternate",
                "LSItemContentTypes": list(_PHOTOS),
            }
        ],
    }


def _icon() -> bytes:
    """Apple's icon of several sizes, of the page's own picture."""
    from PIL import Image

    out = io.BytesIO()
    with Image.open(paths.static() / "icon-512.png", formats=("PNG",)) as picture:
        whole = picture.convert("RGBA")
        smaller = [whole.resize((size, size), Image.Resampling.LANCZOS) for size in _ICON_SIZES[:-1]]
        whole.save(out, "ICNS", append_images=smaller)
    return out.getvalue()
