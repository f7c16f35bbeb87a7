"""Where things live on this machine. Nothing here creates anything."""

from __future__ import annotations

import os
from pathlib import Path


def expanded(path: str | Path) -> Path:
    """A path that somebody gave, with the home folder for a “~”. Raises BadInput if that is nobody's."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        from videoai.errors import BadInput
        from videoai.language import say

        name = Path(path).parts[0]
        raise BadInput(
            say("There is no home folder for “{name}” in {path}.", name=name, path=path),
            say("Write ./{name} for a file or folder with that name.", name=name),
        ) from error


def home() -> Path:
    """The program's own data: $VIDEOAI_HOME, or the platform's folder for such things."""
    chosen = os.environ.get("VIDEOAI_HOME")
    if chosen:
        return expanded(chosen).absolute()
    import platformdirs  # where it is needed: what stands on this module is loaded in every process

    try:
        return platformdirs.user_data_path("VideoAi", appauthor=False)
    except RuntimeError as error:
        raise _homeless("VIDEOAI_HOME") from error


def outputs() -> Path:
    """Where videos go that were not given a place: $VIDEOAI_OUTPUTS, or VideoAi among the user's pictures."""
    chosen = os.environ.get("VIDEOAI_OUTPUTS")
    if chosen:
        return expanded(chosen).absolute()
    import platformdirs

    try:
        return platformdirs.user_pictures_path() / "VideoAi"
    except RuntimeError as error:
        raise _homeless("VIDEOAI_OUTPUTS") from error


def config() -> Path:
    """The platform's folder for what the user decides: see config/document.py."""
    import platformdirs

    try:
        return platformdirs.user_config_path("VideoAi", appauthor=False)
    except RuntimeError as error:
        raise _homeless("VIDEOAI_CONFIG") from error


def user_home() -> Path | None:
    """The user's home folder; None if there is none, as in a container whose user has no name."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def _homeless(variable: str) -> Exception:
    from videoai.errors import BadInput
    from videoai.language import say

    return BadInput(
        say("You have no home folder here: HOME is not set, and the system does not know one."),
        say("Set {variable} to a folder you can write to.", variable=variable),
    )


def accelerator_lock() -> Path:
    """The file whose lock says that a video is being made."""
    return home() / "accelerator.lock"


def models() -> Path:
    """Where converted and imported models are. What is fetched is in the Hugging Face cache: see models/cache.py."""
    return home() / "models"


def database() -> Path:
    """The jobs, waiting and done: see history/store.py."""
    return home() / "videoai.sqlite3"


def jobs() -> Path:
    """The folders of the jobs."""
    return home() / "jobs"


def job_folder(id: str) -> Path:
    """What belongs to one job: its photo, its saved state, its preview. `id` is one that the store gave."""
    return jobs() / id


def photos() -> Path:
    """The photos that were given to the web app: see web/photos.py."""
    return home() / "photos"


def temporary() -> Path:
    """What is only needed for a moment: see temporary.py."""
    return home() / "temporary"


def depths() -> Path:
    """What has been found of the depth of photos: see engines/draft/remembered.py."""
    return home() / "depths"


def devices() -> Path:
    """The phones that may use the web app: see web/paired_devices.py."""
    return home() / "devices.json"


def window() -> Path:
    """Of the program's own window: where it stood, what its page keeps, how other starts reach it. See desktop/."""
    return home() / "window"


def own_presets() -> Path:
    """The settings that the user keeps under a name: see own_presets.py."""
    return home() / "presets.json"


def examples() -> Path:
    """The photos to try the program with."""
    return _shipped("examples")


def static() -> Path:
    """The page of the web app."""
    return _shipped("static")


def docs() -> Path:
    """The documentation, which a checkout has and an installed package has not."""
    return _PACKAGE.parent / "docs"


def files_in(folder: Path) -> list[Path]:
    """What is in a folder, in order; nothing if there is none, or it cannot be looked at."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


_PACKAGE = Path(__file__).resolve().parents[1]


def _shipped(name: str) -> Path:
    """A folder that lies beside the package in a checkout, and inside it where it is installed (setup.py)."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
