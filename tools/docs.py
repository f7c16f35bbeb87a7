"""Write what can be generated into the docs: tables of parameters and presets, and every --help (make docs)."""

from __future__ import annotations

import re
from pathlib import Path

import click

from videoai.cli.app import videoai
from videoai.models.catalogue import CONVERTED_BYTES, MODELS
from videoai.parameters import Parameter
from videoai.settings import OPTIONS, PARAMETERS, PRESETS

ROOT = Path(__file__).resolve().parent.parent


def parameters_table(language: str) -> str:
    """The flags, in the order of the guide: what a video is first, then where it goes."""
    heads = {"en": ("Flag", "Default", "Range", "What it is"), "it": ("Parametro", "Default", "Range", "Descrizione")}

    def row(parameter: Parameter) -> str:
        text = parameter.help_en if language == "en" else parameter.help_it
        return f"| `{parameter.flag}` | {parameter.default_text} | {parameter.kind.range_text()} | {text} |"

    rows = [row(parameter) for parameter in (*PARAMETERS.values(), *OPTIONS.values())]
    return "\n".join(["| " + " | ".join(heads[language]) + " |", "| :--- | :--- | :--- | :--- |", *rows])


def presets_table(language: str) -> str:
    heads = {
        "en": ("Preset", "Size", "Frames", "Steps", "What it is"),
        "it": ("Preset", "Misura", "Frame", "Passi", "Che cos'è"),
    }
    rows = []
    for preset in PRESETS.values():
        width, height = preset.size_for(3, 2)
        values = preset.values
        text = preset.help_en if language == "en" else preset.help_it
        frames, steps = values.get("frames", 14), values.get("steps", 20)
        rows.append(f"| `{preset.name}` | {width}×{height} | {frames} | {steps} | {text} |")
    return "\n".join(["| " + " | ".join(heads[language]) + " |", "| :--- | :--- | :--- | :--- | :--- |", *rows])


def models_table(language: str) -> str:
    heads = {
        "en": ("Model", "What it is", "Frames", "To fetch", "At 8 bits", "At 4 bits", "Licence"),
        "it": ("Modello", "Che cos'è", "Frame", "Da scaricare", "A 8 bit", "A 4 bit", "Licenza"),
    }
    rows = []
    for model in MODELS.values():
        if model.licence is None:
            sizes, licence = ["–"] * 3, "MIT"
        else:
            sizes = [f"{size / 1e9:.1f} GB" for size in (model.size, CONVERTED_BYTES[8], CONVERTED_BYTES[4])]
            gate = {"en": "; its terms are accepted there", "it": "; i termini si accettano lì"}[language]
            licence = f"[{model.licence.name}]({model.licence.url}){gate if model.gated else ''}"
        rows.append(f"| `{model.id}` | {model.title} | {model.frames} | {' | '.join(sizes)} | {licence} |")
    return "\n".join(
        ["| " + " | ".join(heads[language]) + " |", "| :--- | :--- | ---: | ---: | ---: | ---: | :--- |", *rows]
    )


def help_texts() -> str:
    """The --help of the command and of each verb."""
    parts = []
    root = click.Context(videoai, info_name="videoai", terminal_width=100)

    def add(command: click.Command, context: click.Context) -> None:
        parts.append(f"## {context.command_path}\n\n```\n{command.get_help(context)}\n```")
        for name, below in sorted(command.commands.items()) if isinstance(command, click.Group) else ():
            add(below, click.Context(below, info_name=name, parent=context, terminal_width=100))

    add(videoai, root)
    return "\n\n".join(parts)


BLOCKS = {
    "README.md": {
        "parameters": lambda: parameters_table("en"),
        "presets": lambda: presets_table("en"),
        "models": lambda: models_table("en"),
    },
    "plan.md": {
        "parameters": lambda: parameters_table("it"),
        "presets": lambda: presets_table("it"),
        "models": lambda: models_table("it"),
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
        block = make()
        text = pattern.sub(lambda match, block=block: f"{match[1]}\n{block}\n{match[2]}", text)  # type: ignore[misc]
    return text


def main() -> None:
    for path in BLOCKS:
        (ROOT / path).write_text(render(path), "utf-8")


if __name__ == "__main__":
    main()
