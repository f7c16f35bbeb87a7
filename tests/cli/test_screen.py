"""What is printed where nobody looks at it."""

from __future__ import annotations

from rich.table import Table

from videoai.cli.screen import tell_table


def test_a_pipe_shortens_and_folds_no_path(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "5")
    path = "/home/ann/" + "a folder of many words/" * 8 + "clip.mp4"
    table = Table("Job", "Video", box=None)
    table.add_row("1", path)
    tell_table(table)
    assert path in capsys.readouterr().out
