"""Write what can be generated into the docs: tables of parameters and presets, and every --help (make docs)."""

from __future__ import annotations

import re
from pathlib import Path

import click

from tools import keywords
from videoai.catalogue import CONVERTED_BYTES, EXTRAS, MODELS
from videoai.cli.app import videoai
from videoai.kinds import Flag
from videoai.language import current, shown, speaking
from videoai.options import OPTIONS
from videoai.parameters import Parameter
from videoai.presets import PRESETS
from videoai.settings import PARAMETERS
from videoai.system.units import size

ROOT = Path(__file__).resolve().parent.parent


def parameters_table() -> str:
    """The flags, in the order of the guide: what a video is first, then where it goes."""
    heads = {"en": ("Flag", "Default", "Range", "Description"), "it": ("Parametro", "Default", "Range", "Descrizione")}

    def row(parameter: Parameter) -> str:
        allowed, text = shown([parameter.kind.range_text(), parameter.help])
        return f"| `{parameter.flag}` | {shown(parameter.default_text) or '–'} | {allowed} | {text} |"

    rows = [row(each) for each in (*PARAMETERS.values(), *OPTIONS.values()) if not isinstance(each.kind, Flag)]
    return "\n".join(["| " + " | ".join(heads[current()]) + " |", "| :--- | :--- | :--- | :--- |", *rows])


def presets_table() -> str:
    heads = {
        "en": ("Preset", "Size", "Frames", "Steps", "The video", "Description"),
        "it": ("Preset", "Misura", "Fotogrammi", "Passi", "Il video", "Descrizione"),
    }
    rows = []
    for preset in PRESETS.values():
        width, height = preset.size_for(3, 2)
        values = preset.values
        frames, steps = values.get("frames", 14), values.get("steps", 20)
        times, fps = int(values.get("enlarge", 1)), values.get("smooth", values.get("fps", 6))
        video = f"{times * width}×{times * height}, {fps} fps"
        rows.append(f"| `{preset.name}` | {width}×{height} | {frames} | {steps} | {video} | {shown(preset.help)} |")
    return "\n".join(["| " + " | ".join(heads[current()]) + " |", "| :--- | :--- | :--- | :--- | :--- | :--- |", *rows])


def models_table() -> str:
    heads = {
        "en": ("Model", "Description", "Frames", "Download", "At 8 bits", "At 4 bits", "Licence"),
        "it": ("Modello", "Descrizione", "Fotogrammi", "Download", "A 8 bit", "A 4 bit", "Licenza"),
    }
    rows = []
    for model in MODELS.values():
        if model.licence is None:
            sizes, licence = ["–"] * 3, "MIT"
        else:
            sizes = [shown(size(count)) for count in (model.size, CONVERTED_BYTES[8], CONVERTED_BYTES[4])]
            gate = {"en": "; its terms are accepted there", "it": "; i termini si accettano lì"}[current()]
            licence = f"[{shown(model.licence.name)}]({model.licence.url}){gate if model.gated else ''}"
        rows.append(f"| `{model.id}` | {shown(model.title)} | {model.frames} | {' | '.join(sizes)} | {licence} |")
    for extra in EXTRAS.values():
        licence = f"[{extra.licence.name}]({extra.licence.url})"
        rows.append(f"| `{extra.id}` | {shown(extra.title)} | – | {shown(size(extra.size))} | – | – | {licence} |")
    return "\n".join(
        ["| " + " | ".join(heads[current()]) + " |", "| :--- | :--- | ---: | ---: | ---: | ---: | :--- |", *rows]
    )


def help_texts() -> str:
    """The --help of the command and of each verb."""
    parts = []
    # 98 columns are what click makes of a terminal of 100.
    root = click.Context(videoai, info_name="videoai", terminal_width=98, **videoai.context_settings)

    def add(command: click.Command, context: click.Context) -> None:
        parts.append(f"## {context.command_path}\n\n```\n{command.get_help(context)}\n```")
        for name, below in sorted(command.commands.items()) if isinstance(command, click.Group) else ():
            add(below, click.Context(below, info_name=name, parent=context, terminal_width=98))

    add(videoai, root)
    return "\n\n".join(parts)


BLOCKS = {
    "README.md": {
        "parameters": parameters_table,
        "presets": presets_table,
        "models": models_table,
    },
    "plan.md": {
        "parameters": parameters_table,
        "presets": presets_table,
        "models": models_table,
    },
    "docs/cli.md": {"help": help_texts},
}


def render(path: str) -> str:
    """The file at `path` with its generated blocks made anew. Raises ValueError if a block has no place in it."""
    text = (ROOT / path).read_text("utf-8")
    for name, make in BLOCKS[path].items():
        pattern = re.compile(rf"(<!-- {name}: made by make docs -->).*?(<!-- end of {name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"{path} has no block {name}")
        with speaking("it" if path == "plan.md" else "en"):
            block = make()
        text = pattern.sub(lambda match, block=block: f"{match[1]}\n{block}\n{match[2]}", text)  # type: ignore[misc]
    return text


def main() -> None:
    keywords.main()
    for path in BLOCKS:
        (ROOT / path).write_text(render(path), "utf-8")


if __name__ == "__main__":
    main()
