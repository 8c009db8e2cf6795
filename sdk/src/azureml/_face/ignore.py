"""Ignore files as git reads them (by characters, where git goes by bytes): which paths stay out of a snapshot."""

from __future__ import annotations

import re
from pathlib import Path
from typing import List, NamedTuple, Optional, Pattern

FILES = (".amlignore", ".gitignore")
"""Ignore files by precedence: a folder that has the first is judged by it alone."""


class Rule(NamedTuple):
    """One line of an ignore file. ``negated`` brings back what a line before it left out."""

    pattern: Pattern[str]
    negated: bool
    folders_only: bool


class Rules:
    """The rules of one ignore file, for paths relative to ``base`` (``""`` or ``"a/b/"``)."""

    def __init__(self, base: str, text: str) -> None:
        self.base = base
        self._rules = [rule for rule in map(_parse, text.split("\n")) if rule]

    def judge(self, path: str, *, folder: bool) -> Optional[bool]:
        """True leaves ``path`` out, False brings it back, None says nothing. The last line that fits decides."""
        inner = path[len(self.base) :]
        for rule in reversed(self._rules):
            if (folder or not rule.folders_only) and rule.pattern.fullmatch(inner):
                return not rule.negated
        return None


def read_rules(folder: Path, base: str) -> Optional[Rules]:
    """The rules that lie in ``folder`` itself; None when it has no ignore file."""
    for name in FILES:
        file = folder / name
        if file.is_file():
            return Rules(base, file.read_text(encoding="utf-8-sig", errors="surrogateescape"))
    return None


def ignored(chain: List[Rules], path: str, *, folder: bool) -> bool:
    """Whether ``path`` is left out; deeper ignore files, later in ``chain``, go first."""
    for rules in reversed(chain):
        verdict = rules.judge(path, folder=folder)
        if verdict is not None:
            return verdict
    return False


def _parse(line: str) -> Optional[Rule]:
    line = _strip(line.rstrip("\r"))
    if not line or line.startswith("#"):
        return None
    negated = line.startswith("!")
    line = line[1:] if negated else line
    folders_only = line.endswith("/")
    line = line[:-1] if folders_only else line
    if not line:
        return None
    anchored = "/" in line
    expression = _translate(line.removeprefix("/"))
    prefix = "" if anchored else "(?:.*/)?"
    try:
        return Rule(re.compile(prefix + expression, re.DOTALL), negated, folders_only)
    except re.error:
        return None  # git too passes over a pattern that it cannot read


def _strip(line: str) -> str:
    # Trailing spaces count only after a backslash.
    end = len(line)
    while end and line[end - 1] == " ":
        before = line[: end - 1]
        if (len(before) - len(before.rstrip("\\"))) % 2:
            break
        end -= 1
    return line[:end]


def _translate(glob: str) -> str:
    """The regular expression of a git glob: ``*`` and ``?`` stop at ``/``; ``**`` as a whole segment does not."""
    out: List[str] = []
    at = 0
    while at < len(glob):
        if glob[at] == "*":
            stars = len(glob) - at - len(glob[at:].lstrip("*"))
            piece, length = _stars(glob, at, stars)
            out.append(piece)
            at += length
        elif glob[at] == "?":
            out.append("[^/]")
            at += 1
        elif glob[at] == "[":
            piece, at = _bracket(glob, at)
            out.append(piece)
        else:
            if glob[at] == "\\":
                at += 1
                if at == len(glob):
                    return "(?!)"  # a backslash at the end fits nothing
            out.append(re.escape(glob[at]))
            at += 1
    return "".join(out)


def _stars(glob: str, at: int, stars: int) -> tuple[str, int]:
    """What ``stars`` stars at ``at`` stand for, and how many letters of the glob that is."""
    end = at + stars
    whole = stars > 1 and (at == 0 or glob[at - 1] == "/") and glob[end : end + 1] in ("/", "")
    if not whole:
        return "[^/]*", stars
    return (".+", stars) if end == len(glob) else ("(?:.*/)?", stars + 1)


_CLASSES = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "digit": "0-9", "lower": "a-z", "upper": "A-Z", "xdigit": "0-9a-fA-F",
    "space": r" \t\n\r\f\v", "punct": r"!-/:-@\[-`{-~", "blank": r" \t",
}  # fmt: skip


def _bracket(glob: str, at: int) -> tuple[str, int]:
    """The set that begins at ``at``, and where it ends; an unclosed one fits nothing."""
    start = at + 1
    negated = glob[start : start + 1] in ("!", "^")
    start += negated
    items: List[str] = []
    here, before = start, ""  # ``before`` may begin a range
    while True:
        char = glob[here : here + 1]
        named = re.match(r"\[:(\w+):\]", glob[here:])
        if not char:
            return "(?!)", len(glob)
        if char == "]" and here > start:
            break
        if named:
            items.append(_CLASSES.get(named[1], ""))
            here, before = here + len(named[0]), ""
            continue
        ranged = char == "-" and before != "" and glob[here + 1 : here + 2] not in ("]", "")
        here += ranged
        here += glob[here] == "\\"
        char = glob[here : here + 1]
        if not ranged:
            items.append(re.escape(char))
        elif before <= char:  # a range that runs backwards is empty
            items.append(f"{re.escape(before)}-{re.escape(char)}")
        here, before = here + 1, "" if ranged else char
    if not "".join(items):
        return "(?!)", here + 1
    return ("(?!/)[^" if negated else "(?!/)[") + "".join(items) + "]", here + 1
