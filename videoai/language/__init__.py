"""What the user reads, in every language: a sentence is written in English where it is said, and shown in another.

    reason = say("There is no job “{id}”.", id=id)   # a str, in English, that knows how it was made
    print(shown(reason))                             # in the language of whoever looks: “Il lavoro … non esiste.”
    json.dumps(kept({"reason": reason}))             # to a pipe or the database, for readers with another language

The translations are in it.json, by the English templates. It is read only when somebody wants that language.
"""

from videoai.language.called import as_called, program
from videoai.language.current import ENGLISH, LANGUAGES, best, current, speaking
from videoai.language.printable import json_text, printable, without_unseen
from videoai.language.text import Text, catalogue, joined, kept, listed, restored, say, several, shown

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "Text",
    "as_called",
    "best",
    "catalogue",
    "current",
    "joined",
    "json_text",
    "kept",
    "listed",
    "printable",
    "program",
    "restored",
    "say",
    "several",
    "shown",
    "speaking",
    "without_unseen",
]
