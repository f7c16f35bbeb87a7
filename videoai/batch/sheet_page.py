"""A contact sheet as a page that plays all its videos in step: one file, beside the videos, that asks nobody for
anything.

The page has their first frames in it and names the files relative to itself, so that a folder with all of them can be
moved. Names may be anybody's: each is escaped where it stands, and the page runs no script but its own, whatever
comes into it.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from videoai.batch.sheet_clip import Caption, SheetClip, captions, heading
from videoai.finishing.registry import video_clip
from videoai.formats import MOVIES, PICTURES
from videoai.language import current, printable, say, shown

_TEMPLATE = Path(__file__).with_name("sheet.html")
_POSTER_SIDE = 640

_WORDS = {
    "videos": say("Videos"),
    "playback": say("Playback"),
    "play": say("Play"),
    "pause": say("Pause"),
    "place": say("Position"),
    "speed": say("Speed"),
    "keys": say("Space plays and pauses, ← and → go one frame on, 1 to 9 enlarge a video, Esc shows all."),
    "missing": say("The video is not beside this page any more, or this browser cannot play it."),
}


def page(clips: Sequence[SheetClip], folder: Path) -> str:
    """The page, to be written into `folder`, an absolute path."""
    above, count = heading(clips), len(clips)
    columns = next((columns for most, columns in _COLUMNS if count <= most), 4)
    numbers = {
        "columns": str(columns),
        "rows": str(min(-(-count // columns), 2)),
        "ratio": f"{min(clip.width / clip.height for clip in clips):.4f}",
        "narrow": str(1 if count < 3 else 2),
    }
    template = _filled(_TEMPLATE.read_text("utf-8"), numbers)
    cards = [_card(clip, caption, folder) for clip, caption in zip(clips, captions(clips), strict=True)]
    texts = {name: _text(text) for name, text in _WORDS.items()} | {
        "language": current(),
        "title": _text(above.first),
        "about": _BETWEEN.join(map(_text, above.second)),
        "cards": "\n".join(cards),
        "policy": _policy(template),
    }
    return _filled(template, texts)


_COLUMNS = ((1, 1), (2, 2), (3, 3), (4, 2), (6, 3))
"""For at most so many videos; four of more."""
_BETWEEN = " · "


def _filled(template: str, values: Mapping[str, str]) -> str:
    """With each [[name]] that is known replaced, once: what is put in is not looked at again."""
    return re.sub(r"\[\[(\w+)\]\]", lambda found: values.get(found[1], found[0]), template)


def _policy(template: str) -> str:
    """What a browser shall let the page do: its own style and script, its pictures, and the videos beside it."""
    allowed = {}
    for name in ("style", "script"):
        (content,) = re.findall(f"<{name}>(.*?)</{name}>", template, re.DOTALL)
        allowed[name] = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{allowed['style']}'; script-src 'sha256-{allowed['script']}'; "
        "img-src data: file: 'self'; media-src file: 'self'; base-uri 'none'; form-action 'none'"
    )


def _card(clip: SheetClip, caption: Caption, folder: Path) -> str:
    first = _text(caption.first)
    enlarge = _text(say("Enlarge: {name}", name=caption.first))
    below = _BETWEEN.join(map(_text, caption.second))
    address = html.escape(_address(clip.video, folder))
    return (
        f'<figure><button type="button" class="frame" aria-pressed="false" aria-label="{enlarge}">'
        f"{_shown(clip, address)}</button><figcaption><strong>{first}</strong>"
        f"{f'<span>{below}</span>' if below else ''}"
        f'<a href="{address}">{_text(clip.video.name)}</a></figcaption></figure>'
    )


def _shown(clip: SheetClip, address: str) -> str:
    """What plays: a movie in step with the others, a moving picture by itself, frames as the first of them."""
    poster, size = _poster(clip), f'width="{clip.width}" height="{clip.height}"'
    ending = clip.video.suffix.lower()
    if ending in MOVIES:
        fps = float(video_clip(clip.settings).fps)
        shown_first = f' poster="{poster}"' if poster else ""
        return (
            f'<video src="{address}"{shown_first} {size} data-fps="{fps:g}" muted playsinline preload="auto"></video>'
        )
    return f'<img src="{address if ending in PICTURES else poster}" {size} alt="">'


def _poster(clip: SheetClip) -> str:
    if not clip.pictures:
        return ""
    picture, file = clip.pictures[0].copy(), io.BytesIO()
    picture.thumbnail((_POSTER_SIDE, _POSTER_SIDE))
    picture.save(file, "JPEG", quality=80, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


def _address(path: Path, folder: Path) -> str:
    """The file as seen from the page. Every byte that is no plain letter is escaped, a colon among them, before which
    a browser would see a protocol."""
    return "./" + quote(os.fsencode(os.path.relpath(path.absolute(), folder)))


def _text(text: str) -> str:
    return html.escape(printable(shown(text)))
