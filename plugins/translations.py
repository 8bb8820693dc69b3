"""Builds the translations of the plug-ins, and keeps the list of texts to translate.

`plugins/locale/styleswap.pot` lists all texts; `plugins/locale/LANGUAGE/LC_MESSAGES/styleswap.po`
translates them. `python plugins/translations.py` extracts the texts anew and tells each language of
new ones; with `--check` it changes nothing and fails where it would, or where a translation breaks
its text. `--compile FOLDER` writes what a plug-in loads to FOLDER/locale.

`pseudo` makes a language in which whatever is not translated, or has no room, is seen at once.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import itertools
import re
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

REPOSITORY = Path(__file__).resolve().parent.parent
LOCALE = REPOSITORY / "plugins" / "locale"
BUILD = REPOSITORY / "build"
DOMAIN = "styleswap"
_ALWAYS = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
TEMPLATE = LOCALE / f"{DOMAIN}.pot"

PSEUDO = "qps"
"""Code of the pseudo-language; the standard leaves it to such uses."""
PSEUDO_GROWTH = 0.4
"""How much longer its texts are: about what German needs for short ones."""

_ROOMS = ("daemon/styleswap/editing", "plugins/gimp", "plugins/krita")
_KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "N_": None, "ngettext": (1, 2)}
# What the client says while it starts a daemon: ask(message, TEXT).
_CLIENT = "daemon/styleswap/client/launch.py"
_CLIENT_KEYWORDS: dict[str, tuple[int, ...] | None] = {"ask": (2,)}

# Parts of a text that stay as they are: placeholders, tags, entities, a mnemonic with its letter.
_KEPT = re.compile(r"\{[^{}]*\}|%\([^()]*\)\w|%\w|</?\w[^<>]*>|&#?\w+;|_\w")
_ACCENTED = str.maketrans(
    "AaBbCcDdEeGgHhIiJjKkLlNnOoPpRrSsTtUuWwYyZz", "ÅåƁƀÇçÐðÉéĜĝĤĥÎîĴĵĶķĻļÑñÖöÞþŔŕŠšŢţÛûŴŵÝýŽž"
)
_FILLING = "one two three four five six seven eight nine ten ".translate(_ACCENTED)
# Lines of a catalogue's header that change by themselves, or that nobody has filled in.
_LEFT_OUT = (
    rb'^"(POT-Creation-Date|PO-Revision-Date|Generated-By|Report-Msgid-Bugs-To'
    rb"|Project-Id-Version|Last-Translator: FULL NAME|Language-Team: \w+ <LL@li.org>).*\n"
)


class BuildError(Exception):
    """Translations cannot be built; the message says what to do."""


def languages() -> list[str]:
    """Returns the codes of the languages that there are translations for."""
    return sorted(path.parts[-3] for path in LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def po_file(language: str) -> Path:
    """Returns the path of a language's translations."""
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def build(folder: Path = BUILD) -> Path:
    """Writes FOLDER/locale, in place of an older one, with all languages; returns its path.

    Raises:
        BuildError: Babel is not installed, or a translation cannot be read.
    """
    target = folder / "locale"
    shutil.rmtree(target, ignore_errors=True)
    for language in languages():
        _compile(_read(po_file(language), language), target, language)
    target.mkdir(parents=True, exist_ok=True)
    return target


def build_pseudo(folder: Path) -> Path:
    """Writes the pseudo-language, `PSEUDO`, of the texts as they are now to FOLDER/locale."""
    catalogue = _catalogue(PSEUDO)
    for message in extract():
        if message.id:
            made = tuple(map(pseudo, _texts(message.id)))
            catalogue.add(message.id, made if len(made) > 1 else made[0], flags=message.flags)
    target = folder / "locale"
    _compile(catalogue, target, PSEUDO)
    return target


def pseudo(text: str) -> str:
    """Returns a text in the pseudo-language: accented, longer, in brackets."""
    parts = []
    end = 0
    for kept in _KEPT.finditer(text):
        parts += [text[end : kept.start()].translate(_ACCENTED), kept[0]]
        end = kept.end()
    parts.append(text[end:].translate(_ACCENTED))
    more = max(1, round(len(text) * PSEUDO_GROWTH) - 3)
    return f"[{''.join(parts)} {''.join(itertools.islice(itertools.cycle(_FILLING), more))}]"


def extract() -> Catalog:
    """Returns the list of all texts in the sources, the table of controls and the gallery."""
    from babel.messages.extract import extract_from_file

    from styleswap import gallery
    from styleswap.v1.controls import CONTROLS

    catalogue = _catalogue(None)
    files = [path for room in _ROOMS for path in sorted((REPOSITORY / room).rglob("*.py"))]
    for path, keywords in [
        *((path, _KEYWORDS) for path in files),
        (REPOSITORY / _CLIENT, _CLIENT_KEYWORDS),
    ]:
        where = path.relative_to(REPOSITORY).as_posix()
        for _, text, comments, _ in extract_from_file(
            "python", path, keywords, comment_tags=("TRANSLATORS:",), strip_comment_tags=True
        ):
            catalogue.add(text, None, [(where, 1)], auto_comments=comments)
    for control in CONTROLS:
        labels = [control.label, control.help, *(choice.label for choice in control.choices)]
        for label in labels:
            where = "daemon/styleswap/v1/controls.py"
            catalogue.add(label, None, [(where, 1)], auto_comments=[f"control {control.name}"])
    for style in gallery.styles():
        where = "daemon/styleswap/gallery/__init__.py"
        catalogue.add(style.name, None, [(where, 1)], auto_comments=["name of a built-in style"])
    return catalogue


def outdated() -> dict[Path, bytes]:
    """Returns what the template and the languages' files ought to hold, where they do not."""
    template = extract()
    wanted = {TEMPLATE: _written(template)}
    for language in languages():
        path = po_file(language)
        catalogue = _read(path, language)
        catalogue.update(template, no_fuzzy_matching=True)
        wanted[path] = _written(catalogue)
    return {
        path: text
        for path, text in wanted.items()
        if not path.exists() or path.read_bytes() != text
    }


def faults(catalogue: Catalog) -> list[str]:
    """Returns a sentence for each translation that breaks its text.

    A translation has the placeholders and tags of its text, as many mnemonics, the same white space
    at its ends, and ends in three dots where the text does.
    """
    return [
        f"{catalogue.locale}: {text!r} is translated as {translated!r}: {fault}"
        for text, translated in _pairs(catalogue)
        if (fault := _fault(text, translated))
    ]


def untranslated(catalogue: Catalog) -> list[str]:
    """Returns the texts that a catalogue does not translate."""
    return [
        _texts(message.id)[0]
        for message in catalogue
        if message.id and not all(_texts(message.string))
    ]


def _fault(text: str, translated: str) -> str:
    """Returns what is wrong with a translation; "" where nothing is."""
    try:
        translated.format_map(dict.fromkeys(re.findall(r"\{(\w+)\}", text), 1))
    except (LookupError, ValueError, AttributeError):
        return "its placeholders are other ones"
    alike: list[tuple[str, Callable[[str], object]]] = [
        ("its placeholders or tags are other ones", lambda each: Counter(_kept(each))),
        ("it has another number of mnemonics", lambda each: len(re.findall(r"_\w", each))),
        ("white space at its ends differs", lambda each: (each[:1].isspace(), each[-1:].isspace())),
        ("three dots at the end differ", lambda each: each.endswith(("...", "…"))),
    ]
    return next((fault for fault, look in alike if look(text) != look(translated)), "")


def _kept(text: str) -> list[str]:
    return [part for part in _KEPT.findall(text) if not part.startswith("_")]


def _pairs(catalogue: Catalog) -> Iterator[tuple[str, str]]:
    """Yields each text with each of its translations."""
    for message in catalogue:
        if not message.id:
            continue
        text = _texts(message.id)[-1]
        for translated in filter(None, _texts(message.string)):
            yield text, translated


def _texts(value: object) -> tuple[str, ...]:
    """Returns the forms of a text or translation: one, or one for each number."""
    return tuple(map(str, value)) if isinstance(value, (tuple, list)) else (str(value or ""),)


def _catalogue(language: str | None) -> Catalog:
    try:
        from babel.messages.catalog import Catalog
    except ImportError as error:
        raise BuildError(
            "Translations are built with Babel, which is not installed; run: "
            "pip install --editable '.[editors]'"
        ) from error
    # Babel knows no pseudo-languages; their rules of plurals are those of English.
    known = None if language == PSEUDO else language
    return Catalog(
        locale=known,
        domain=DOMAIN,
        header_comment="# Translations of Style Swap's plug-ins; under the licence of Style Swap.",
        project="Style Swap",
        fuzzy=False,
    )


def _read(path: Path, language: str) -> Catalog:
    _catalogue(language)  # says what to do where Babel is missing
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open("rb") as file:
            return read_po(file, locale=language, domain=DOMAIN, abort_invalid=True)
    except (PoFileError, ValueError) as error:
        raise BuildError(f"{path}: {error}") from error


def _compile(catalogue: Catalog, locale: Path, language: str) -> None:
    from babel.messages.mofile import write_mo

    # By default the moment of building, by which the same texts would be other bytes.
    catalogue.creation_date = _ALWAYS
    path = locale / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_mo(file, catalogue)


def _written(catalogue: Catalog) -> bytes:
    """Returns a catalogue as its file, without what changes by itself: dates, lines, versions."""
    from babel.messages.pofile import write_po

    file = io.BytesIO()
    write_po(file, catalogue, width=96, include_lineno=False, sort_by_file=True)
    return re.sub(_LEFT_OUT, b"", file.getvalue(), flags=re.MULTILINE)


def _say(lines: Iterable[object]) -> None:
    for line in lines:
        print(line, file=sys.stderr)


def check() -> int:
    """Says what is out of date or wrong; returns the exit code."""
    stale = [path.relative_to(REPOSITORY) for path in outdated()]
    _say(f"{path} is out of date; run: make texts" for path in stale)
    catalogues = {language: _read(po_file(language), language) for language in languages()}
    wrong = [fault for catalogue in catalogues.values() for fault in faults(catalogue)]
    _say(wrong)
    for language, catalogue in catalogues.items():
        if missing := untranslated(catalogue):
            _say([f"{language}: {len(missing)} texts are not translated (no error)"])
    return 1 if stale or wrong else 0


def main() -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(description="Keeps the translations of the plug-ins.")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="change nothing; fail where needed")
    choice.add_argument("--compile", type=Path, metavar="FOLDER", help="write FOLDER/locale")
    choice.add_argument("--pseudo", type=Path, metavar="FOLDER", help="the pseudo-language alone")
    options = parser.parse_args()
    try:
        if options.check:
            return check()
        if options.compile or options.pseudo:
            folder = build(options.compile) if options.compile else build_pseudo(options.pseudo)
            print(folder)
            return 0
        for path, text in outdated().items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
            print(path.relative_to(REPOSITORY))
    except BuildError as error:
        _say([error])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
