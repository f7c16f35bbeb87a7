"""The desktop entry and the icons, where freedesktop.org's specifications have them."""

from __future__ import annotations

from pathlib import Path

from videoai.desktop import launcher
from videoai.language import LANGUAGES, say, shown, speaking
from videoai.system import paths

FOLDER = "videoai-application"
_SIZES = (192, 512)

MIME_TYPES = (
    *("image/jpeg", "image/png", "image/webp", "image/heic", "image/heif", "image/avif", "image/tiff", "image/bmp"),
    *("image/gif",),
)


def parts(data: Path) -> dict[Path, tuple[bytes, bool]]:
    """Below the user's folder for data: path → content, and whether it is a program."""
    script = data / FOLDER / "start"
    icons, static = data / "icons" / "hicolor", paths.static()
    found = {
        data / "applications" / "videoai.desktop": (_entry(script).encode(), False),
        script: (launcher.script("linux"), True),
        icons / "scalable" / "apps" / "videoai.svg": ((static / "icon.svg").read_bytes(), False),
    }
    for size in _SIZES:
        picture = (static / f"icon-{size}.png").read_bytes()
        found[icons / f"{size}x{size}" / "apps" / "videoai.png"] = (picture, False)
    return found


def _entry(script: Path) -> str:
    """By the Desktop Entry Specification 1.4."""
    lines = ["[Desktop Entry]", "Type=Application", "Version=1.4", "Name=VideoAi"]
    lines += _in_all_languages("GenericName", say("Video maker"))
    lines += _in_all_languages("Comment", say("Turn a photo into a short video on your own computer"))
    lines += [
        f"Exec={_quoted(str(script))} %F",
        "Icon=videoai",
        "Terminal=false",
        "Categories=AudioVideo;Video;",
        f"MimeType={';'.join(MIME_TYPES)};",
        "StartupNotify=true",
        "StartupWMClass=videoai",
    ]
    return "\n".join(lines) + "\n"


def _in_all_languages(key: str, text: str) -> list[str]:
    lines = []
    for language in LANGUAGES:
        with speaking(language):
            lines.append(f"{key}={shown(text)}" if language == "en" else f"{key}[{language}]={shown(text)}")
    return lines


def _quoted(path: str) -> str:
    """As Exec wants an argument: quoted for itself, then its backslashes once more for the file."""
    for sign in '\\"`$':
        path = path.replace(sign, f"\\{sign}")
    return '"' + path.replace("\\", "\\\\").replace("%", "%%") + '"'
