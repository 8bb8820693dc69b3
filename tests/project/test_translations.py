"""The list of texts, the translations that are there, and the pseudo-language."""

import gettext
import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from styleswap import gallery
from styleswap.editing import words
from styleswap.v1.controls import CONTROLS

REPOSITORY = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location(
    "translations", REPOSITORY / "plugins" / "translations.py"
)
translations = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(translations)


@pytest.fixture(scope="module")
def texts():
    """All texts of the sources."""
    return {message.id for message in translations.extract() if message.id}


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the locale folder that may be changed, and is up to date."""
    folder = tmp_path / "locale"
    shutil.copytree(translations.LOCALE, folder)
    monkeypatch.setattr(translations, "LOCALE", folder)
    monkeypatch.setattr(translations, "TEMPLATE", folder / "styleswap.pot")
    for path, text in translations.outdated().items():
        path.write_bytes(text)
    return folder


def test_all_kinds_of_texts_are_found(texts):
    assert "Painting" in texts
    assert ("Waiting for {count} other picture", "Waiting for {count} other pictures") in texts
    assert "St_yle Swap..." in texts  # of GIMP
    assert "Add file…" in texts  # of Krita
    assert "Starting the Style Swap daemon ..." in texts
    for control in CONTROLS:
        assert {control.label, control.help} <= texts
        assert {choice.label for choice in control.choices} <= texts
    assert {style.name for style in gallery.styles()} <= texts


def test_what_people_see_in_the_dialog_is_a_text(texts):
    """No text of the sources is handed to `_` in pieces that cannot be found."""
    rooms = [REPOSITORY / "plugins" / editor for editor in ("gimp", "krita")]
    sources = [path for room in rooms for path in room.rglob("*.py")]
    assert all(any(path.is_relative_to(room) for path in sources) for room in rooms)
    for path in sources:
        calls = re.findall(r"\b_\(\s*(f?)[\"'rb]", path.read_text())
        assert "f" not in calls, f"{path}: a text with values cannot be translated"


def test_the_template_and_the_languages_are_up_to_date():
    assert translations.outdated().keys() == set()


@pytest.mark.parametrize("language", translations.languages())
def test_languages_are_whole_and_sound(language):
    with translations.po_file(language).open("rb") as file:
        catalogue = read_po(file, locale=language)
    assert translations.faults(catalogue) == []
    assert translations.untranslated(catalogue) == []


@pytest.mark.parametrize("language", translations.languages())
def test_the_gettext_tools_agree(language):
    if shutil.which("msgfmt") is None:
        pytest.skip("the gettext tools are not installed")
    command = ["msgfmt", "--check-format", "--check-domain", "-o", "/dev/null"]
    done = subprocess.run(
        [*command, translations.po_file(language)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_new_text_makes_the_files_stale(copy):
    assert translations.outdated() == {}
    template = copy / "styleswap.pot"
    text = template.read_text()
    template.write_text(text.replace('msgid "Painting"', 'msgid "Paining"'))
    assert translations.outdated() == {template: text.encode()}


def test_updating_keeps_translations(copy):
    path = copy / "fr" / "LC_MESSAGES" / "styleswap.po"
    path.parent.mkdir(parents=True)
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    path.write_text(header + 'msgid "Painting"\nmsgstr "Peinture"\n', encoding="utf-8")
    new = translations.outdated()[path]
    path.write_bytes(new)
    assert translations.outdated() == {}
    with path.open("rb") as file:
        catalogue = read_po(file, locale="fr")
    assert catalogue["Painting"].string == "Peinture"
    assert "Strength" in translations.untranslated(catalogue)
    assert "Painting" not in translations.untranslated(catalogue)


@pytest.mark.parametrize(
    ("text", "translated", "fault"),
    [
        ("{a} of {b}", "{b}: {a}", ""),
        ("{a} of {b}", "{a}", "placeholders"),
        ("{a} of {b}", "{a} {b} {c}", "placeholders"),
        ("{a}", "{a", "placeholders"),
        ("{a}", "{a} {0}", "placeholders"),
        ("{a}", "{a.__class__}", "placeholders"),
        ("<b>a</b>", "<b>a</b>", ""),
        ("<b>a</b>", "a", "tags"),
        ("_Open", "Ö_ffnen", ""),
        ("_Open", "Öffnen", "mnemonics"),
        ("Open", "Ö_ffnen", "mnemonics"),
        ("Open...", "Öffnen …", ""),
        ("Open...", "Öffnen", "dots"),
        ("Open ", "Öffnen", "white space"),
    ],
)
def test_translations_that_break_their_text(text, translated, fault):
    catalogue = Catalog(locale="de")
    catalogue.add(text, translated)
    found = translations.faults(catalogue)
    assert bool(found) == bool(fault)
    assert all(fault in sentence for sentence in found)


def test_every_form_of_a_number_is_looked_at():
    catalogue = Catalog(locale="de")
    catalogue.add(("{n} day", "{n} days"), ("{n} Tag", "Tage"))
    assert len(translations.faults(catalogue)) == 1
    catalogue = Catalog(locale="de")
    catalogue.add(("{n} day", "{n} days"), ("{n} Tag", ""))
    assert translations.untranslated(catalogue) == ["{n} day"]


def test_compiled_languages_are_what_the_plug_in_loads(copy, tmp_path):
    path = copy / "fr" / "LC_MESSAGES" / "styleswap.po"
    path.parent.mkdir(parents=True)
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    path.write_text(header + 'msgid "Painting"\nmsgstr "Peinture"\n', encoding="utf-8")
    stale = tmp_path / "built" / "locale" / "xx" / "LC_MESSAGES"
    stale.mkdir(parents=True)
    folder = translations.build(tmp_path / "built")
    assert {each.name for each in folder.iterdir()} == set(translations.languages())
    assert gettext.translation("styleswap", folder, ["fr"]).gettext("Painting") == "Peinture"
    first = (folder / "fr" / "LC_MESSAGES" / "styleswap.mo").read_bytes()
    assert translations.build(tmp_path / "built") == folder
    assert (folder / "fr" / "LC_MESSAGES" / "styleswap.mo").read_bytes() == first
    # Nor does it matter when they were built: `doctor` compares files with fresh ones.
    header = gettext.translation("styleswap", folder, ["fr"]).info()
    assert header["pot-creation-date"] == "2026-01-01 00:00+0000"
    assert not re.search(r"\d", header["po-revision-date"])


@pytest.mark.parametrize("content", [b'msgid "a"\nnonsense\n', b'msgid "a"\nmsgstr "\xff"\n'])
def test_a_damaged_language_is_named(copy, tmp_path, content):
    path = copy / "fr" / "LC_MESSAGES" / "styleswap.po"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(translations.BuildError, match=re.escape(str(path))):
        translations.build(tmp_path / "built")


@pytest.mark.parametrize("text", ["OK", "Give the preset a name of 1 to {count} characters."])
def test_pseudo_texts_are_longer_and_bracketed(text):
    made = translations.pseudo(text)
    assert made.startswith("[")
    assert made.endswith("]")
    assert 1.4 * len(text) <= len(made) <= 1.5 * len(text) + 4
    assert made != text


def test_pseudo_texts_keep_what_programs_read():
    made = translations.pseudo("<b>_Open</b> {name} of %d &amp; more...")
    assert all(part in made for part in ("<b>_O", "</b>", "{name}", "%d", "&amp;", "..."))
    assert not re.search(r"\b(of|more|pen)\b", made)


def test_the_pseudo_language_translates_everything(texts, tmp_path):
    words.install(translations.build_pseudo(tmp_path), [translations.PSEUDO])
    try:
        for text in texts:
            found = words.ngettext(*text, 3) if isinstance(text, tuple) else words._(text)
            assert found.startswith("["), text
        catalogue = Catalog()
        for text in texts:
            if isinstance(text, str):
                catalogue.add(text, words._(text).strip("[]"))
        problems = translations.faults(catalogue)
        assert not [each for each in problems if "placeholders" in each or "mnemonics" in each]
    finally:
        words.install(tmp_path, ["en"])
