"""videoai generate: photos in, videos out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from videoai.cli import completing
from videoai.cli.arguments import print_option
from videoai.cli.flags import CallOption, GroupedCommand, given_of, options
from videoai.errors import BadInput
from videoai.language import say
from videoai.options import OPTIONS
from videoai.settings import PARAMETERS
from videoai.system.offline import close

if TYPE_CHECKING:
    from videoai.batch.wanted import WantedVideo
    from videoai.resolving import Preferences

_EXAMPLES = """\b
Examples:
  videoai photo.jpg --model draft
  videoai photo.jpg --steps 25 --frames 20 --motion 80
  videoai photo.jpg --width 448 --height 256 --frames 10 --steps 15
  videoai holiday/ --model draft --output 'clips/{stem}.mp4'
  videoai photo.jpg --like earlier.mp4 --motion 60
  videoai photo.jpg --seeds 4 --sheet variations
  videoai --jobs videos.csv --dry-run
  videoai - --output - < photo.jpg > clip.mp4

Exits with 0 if every video is done. If some aren't, exits with the code of what went wrong if it is the same for all
of them (2 bad input, 3 model missing, 4 not enough memory), and with 1 if it isn't; after Ctrl-C, with 130.
"""


@click.command(cls=GroupedCommand, epilog=_EXAMPLES)
@click.argument("photos", nargs=-1, metavar="PHOTO…", type=click.Path())
@options([*PARAMETERS.values(), *OPTIONS.values()])
@click.option(
    "--seeds",
    cls=CallOption,
    metavar="N|LIST",
    help="Make each video with N seeds, beginning at --seed, or with the seeds of a list such as 1,7,42.",
)
@click.option(
    "--jobs",
    "list_path",
    cls=CallOption,
    metavar="FILE",
    shell_complete=completing.files,
    help="Make the videos of a list: CSV or JSON Lines, one row a video, a column for each of these options; “-” reads "
    "standard input.",
)
@click.option(
    "--sheet",
    cls=CallOption,
    metavar="PATH",
    shell_complete=completing.files,
    help="Show all the videos on a contact sheet: NAME.html plays them, NAME.jpg is a picture, NAME alone makes both.",
)
@click.option("--dry-run", is_flag=True, help="Only show the memory and time it would take: see estimate.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per video, and nothing else, on stdout.")
@print_option
@click.option("--quiet", "-q", is_flag=True, help="Don't show progress.")
@click.pass_context
def generate(
    ctx: click.Context,
    /,
    photos: tuple[str, ...],
    seeds: str | None,
    list_path: str | None,
    sheet: str | None,
    dry_run: bool,
    as_json: bool,
    printed: str | None,
    quiet: bool,
    **values: object,
) -> int:
    """Make a video of each PHOTO, of each photo in a folder, or of each row of a list.

    The settings come from the preset, or from the video named by --like; options you add override them. Your own
    defaults: “videoai config”.

    PHOTO “-” is standard input, --output “-” standard output, to which the video goes as MP4; “gif:-” is a GIF.
    """
    from videoai.batch.sheet import Sheet
    from videoai.cli.dry_run import show_estimates
    from videoai.cli.making import make_all
    from videoai.cli.running import how_shown
    from videoai.cli.standard_input import with_photo
    from videoai.config.values import read_config

    config = read_config()
    given, run = given_of(PARAMETERS, values), config.options(OPTIONS, given_of(OPTIONS, values))
    with with_photo(photos, taken=list_path == "-") as named:
        call = _call(named, list_path, seeds, given, run, config.preferences())
        sheets = Sheet.named(sheet)
        if run.get("offline"):
            close()
        if dry_run:
            return show_estimates(call.videos, call.list_name, as_json=as_json)
        if call.streamed() and sheets:
            raise BadInput(say("A sheet shows videos that are files."), say("Leave out --sheet, or name a file."))
        how = how_shown(call.streamed(), as_json=as_json, quiet=quiet, printed=printed)
        return make_all(call.videos, call.list_name, sheets, call.overwrite, ctx.obj["check_interrupt"], how)


@dataclass(frozen=True, slots=True)
class Call:
    """What a command line asks for: the videos, the list that they come from, if they do, and whether what is there
    may be replaced, as it says of all of them."""

    videos: list[WantedVideo]
    list_name: str | None = None
    overwrite: bool | None = None

    def streamed(self) -> str | None:
        """What of standard output was asked for, if it was. Raises BadOutput if it is not for the only video."""
        from videoai.outputs import Output

        outputs = [Output(video.request.output) for video in self.videos]
        found = [output for output in outputs if output.is_stream()]
        for output in found:
            output.check(len(outputs))
        return found[0].pattern if found else None


def _call(
    photos: Sequence[str],
    list_path: str | None,
    seeds: str | None,
    given: Mapping[str, object],
    run: Mapping[str, object],
    preferences: Preferences,
) -> Call:
    from videoai.batch.list_file import read_list
    from videoai.batch.listed import Defaults, wanted_of
    from videoai.batch.photos import photos_of
    from videoai.batch.wanted import SEED_LIST, WantedVideo, named, varied
    from videoai.cli.liking import suggesting
    from videoai.options import check_options
    from videoai.parameters import Problems
    from videoai.request import Request

    if not all(photos) or not (photos or list_path):  # an empty one comes of a variable that is not set
        raise BadInput(say("You didn't name a photo."), say("Add its path: videoai photo.jpg --model draft"))
    problems = Problems()
    overwrite = check_options({"overwrite": run.get("overwrite")}, Problems()).get("overwrite")
    some: Any = None if seeds is None else problems.parse("seeds", SEED_LIST, seeds)
    count = some if isinstance(some, int) else len(some or (1,))
    if list_path is None:
        with suggesting(run):
            request = Request.of(given, run, problems, preferences)
        paths = photos_of(photos)
        request.check(len(paths), count)
        return Call(named(list(varied((WantedVideo(path, request) for path in paths), some))), None, overwrite)
    if len(photos) > 1:
        raise BadInput(
            say("With --jobs, you can name one photo at most: the one of rows that name none."),
            say("Put the photos into the list, in a column “photo”."),
        )
    defaults = Defaults(given, run, photos[0] if photos else None, preferences)
    defaults.check(problems)
    found = read_list(list_path)
    return Call(named(list(varied(wanted_of(found, defaults, some), some))), found.name, overwrite)
