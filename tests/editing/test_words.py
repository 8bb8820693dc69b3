"""Texts in the user's language, with catalogues compiled by the gettext tools' own library."""

import subprocess
import sys

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from hypothesis import given
from hypothesis import strategies as st

from styleswap.client import Progress, Style
from styleswap.editing import words
from styleswap.editing.words import N_, _, ngettext, with_mnemonics
from styleswap.v1.controls import CONTROLS, by_name

TEXTS = {
    "de": {
        "Strength": "Stärke",
        "Painting": "Malen",
        "Woodcut": "Holzschnitt",
        "{stage}, {duration} left": "{stage}, noch {duration}",
        "about {count} min": "etwa {count} min",
        ("Waiting for {count} other picture", "Waiting for {count} other pictures"): (
            "Wartet auf ein anderes Bild",
            "Wartet auf {count} andere Bilder",
        ),
    },
    # Three forms of numbers, one of them for 1, 21, 31, ...
    "ru": {
        "Strength": "Сила",
        ("Waiting for {count} other picture", "Waiting for {count} other pictures"): (
            "{count} картину",
            "{count} картины",
            "{count} картин",
        ),
    },
    "pt_BR": {"Strength": "Intensidade"},
}


@pytest.fixture(scope="module")
def locale(tmp_path_factory):
    """A folder `locale` with some languages."""
    folder = tmp_path_factory.mktemp("locale")
    for language, texts in TEXTS.items():
        catalogue = Catalog(locale=language)
        for text, translated in texts.items():
            catalogue.add(text, translated)
        path = folder / language / "LC_MESSAGES" / "styleswap.mo"
        path.parent.mkdir(parents=True)
        with path.open("wb") as file:
            write_mo(file, catalogue)
    return folder


def test_the_tooltip_of_a_control_that_does_not_count_says_with_what_it_would(tmp_path):
    def told(name):
        control = by_name(name)
        assert words.help_of(control, True) == control.help
        help_text, only = words.help_of(control, False).split("\n")
        assert help_text == control.help
        return only

    assert told("start") == "Only with Method: Optimise (paper, slow)"
    assert told("tone") == "Only with Matching: Centred"
    assert told("overlap") == "Only with Patch size above 1"
    assert told("smoothness") == "Only with Method: Optimise (paper, slow) or Refine above 0"
    folder = tmp_path / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalogue = Catalog(locale="de")
    for text, translated in {
        "Only with {conditions}": "Nur mit {conditions}",
        "{label}: {choice}": "{label} = {choice}",
        "Matching": "Vergleich",
        "Centred": "Zentriert",
    }.items():
        catalogue.add(text, translated)
    with (folder / "styleswap.mo").open("wb") as file:
        write_mo(file, catalogue)
    words.install(tmp_path / "locale", ["de"])
    assert words.help_of(by_name("hue"), False).endswith("\nNur mit Vergleich = Zentriert")


@pytest.fixture(autouse=True)
def _english_again(tmp_path):
    yield
    words.install(tmp_path, ["en"])


@pytest.fixture
def environment(monkeypatch):
    """Sets the variables of the user's language, and no others."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch.setenv


EARLY = N_("Strength")


def python(code, **options):
    """Runs code in an interpreter of its own; returns the words that it prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, **options
    ).stdout.split()


def test_texts_are_english_at_first():
    code = "from styleswap.editing.words import _; print(_('Strength'))"
    assert python(code, env={"LANG": "de_DE.UTF-8"}) == ["Strength"]


def test_modules_imported_before_are_translated(locale):
    assert _(EARLY) == "Strength"
    words.install(locale, ["de"])
    assert _(EARLY) == "Stärke"


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({"LANG": "de_AT.UTF-8"}, "Stärke"),
        ({"LC_MESSAGES": "ru_RU.UTF-8", "LANG": "de_DE.UTF-8"}, "Сила"),
        ({"LC_ALL": "de", "LC_MESSAGES": "ru_RU.UTF-8"}, "Stärke"),
        ({"LANGUAGE": "pt_BR", "LC_ALL": "de_DE"}, "Intensidade"),
        ({"LANGUAGE": "fr:ru:de", "LANG": "en_GB.UTF-8"}, "Сила"),
        ({"LANGUAGE": "", "LANG": "de_DE.UTF-8"}, "Stärke"),
        # English needs no catalogue, and does not give way to what is wanted less.
        ({"LANGUAGE": "en_GB:de", "LANG": "de_DE.UTF-8"}, "Strength"),
        ({"LANG": "C.UTF-8"}, "Strength"),
        ({"LANG": "fr_FR.UTF-8"}, "Strength"),
        ({}, "Strength"),
    ],
)
def test_the_environment_says_which_language(locale, environment, variables, text):
    for name, value in variables.items():
        environment(name, value)
    words.install(locale)
    assert _("Strength") == text


def test_what_is_not_translated_is_english(locale):
    words.install(locale, ["ru", "de"])
    assert _("Strength") == "Сила"
    assert _("Painting") == "Malen"
    assert _("Cancel") == "Cancel"
    assert _("") == ""


@pytest.mark.parametrize(
    "content", [b"", b"PO", b"\xde\x12\x04\x95" + b"\xff" * 40, b"\xde\x12\x04\x95\0\0"]
)
def test_a_broken_catalogue_is_english(tmp_path, locale, content):
    words.install(locale, ["de"])
    path = tmp_path / "de" / "LC_MESSAGES" / "styleswap.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    words.install(tmp_path, ["de"])
    assert _("Strength") == "Strength"


def test_a_folder_that_is_not_there_is_english(tmp_path):
    words.install(tmp_path / "nowhere", ["de"])
    assert _("Strength") == "Strength"


def test_plurals(locale):
    text = "Waiting for {count} other picture", "Waiting for {count} other pictures"
    assert ngettext(*text, 1) == text[0]
    assert ngettext(*text, 0) == text[1]
    words.install(locale, ["ru"])
    assert [ngettext(*text, count).format(count=count) for count in (1, 3, 5, 21)] == [
        "1 картину",
        "3 картины",
        "5 картин",
        "21 картину",
    ]


def test_controls(locale):
    words.install(locale, ["de"])
    texts = words.control_texts()
    assert list(texts) == [control.name for control in CONTROLS]
    assert texts["strength"].label == "Stärke"
    assert texts["colours"].choices["luminance"] == "Luminance only"
    for control in CONTROLS:
        assert texts[control.name].help == control.help
        assert list(texts[control.name].choices) == [choice.nick for choice in control.choices]


def test_names_of_styles(locale):
    words.install(locale, ["de"])
    assert words.style_name(Style("builtin/woodcut", "Woodcut", 9, 9, True)) == "Holzschnitt"
    # A user's own style keeps the name that the user gave it.
    assert words.style_name(Style("sha256:1", "Woodcut", 9, 9, False)) == "Woodcut"


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress("queued", 0, None, 0), "Waiting"),
        (Progress("queued", 0, None, 1), "Waiting for 1 other picture"),
        (Progress("queued", 0, None, 4), "Waiting for 4 other pictures"),
        (Progress("loading", 0, None, 0), "Loading the model"),
        (Progress("painting", 0.5, None, 0), "Painting"),
        (Progress("painting", 0.5, 171.0, 0), "Painting, about 3 min left"),
    ],
)
def test_stages(progress, text):
    assert words.progress_text(progress) == text
    assert text.startswith(words.stage_text(progress))


def test_every_stage_has_words_of_its_own():
    stages = ("queued", "loading", "encoding", "matching", "painting", "refining")
    assert len({words.stage_text(Progress(stage, 0, None, 0)) for stage in stages}) == 6


def test_stages_translated(locale):
    words.install(locale, ["de"])
    assert words.progress_text(Progress("painting", 0.5, 171.0, 0)) == "Malen, noch etwa 3 min"
    assert words.stage_text(Progress("queued", 0, None, 1)) == "Wartet auf ein anderes Bild"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "about 1 s"),
        (0.2, "about 1 s"),
        (4.4, "about 4 s"),
        (9.7, "about 10 s"),
        (12.4, "about 10 s"),
        (12.6, "about 15 s"),
        (57, "about 55 s"),
        (58, "about 1 min"),
        (89, "about 1 min"),
        (91, "about 2 min"),
        (59 * 60, "about 59 min"),
        (59.6 * 60, "about 1 h"),
        (5400, "about 1 h 30 min"),
        (9.9 * 3600, "about 10 h"),
        (90_000, "about 25 h"),
    ],
)
def test_durations(seconds, text):
    assert words.duration(seconds) == text


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_longer_time_never_reads_shorter(one, other):
    def told(seconds):
        parts = words.duration(seconds).split()[1:]
        units = {"s": 1, "min": 60, "h": 3600}
        return sum(int(n) * units[unit] for n, unit in zip(parts[::2], parts[1::2], strict=True))

    short, long = sorted((one, other))
    assert told(short) <= told(long)
    assert abs(told(long) - long) <= max(1, 0.5 * long)


def test_mnemonics_prefer_first_letters():
    labels = ["Strength", "Style scale", "Colours", "Cancel", "OK"]
    assert with_mnemonics(labels) == ["_Strength", "S_tyle scale", "_Colours", "C_ancel", "_OK"]


def test_earlier_mnemonics_give_way_only_where_a_later_label_has_no_other_letter():
    assert with_mnemonics(["ab", "ba", "a"]) == ["_ab", "_ba", "a"]
    assert with_mnemonics(["abc", "bd", "a"]) == ["ab_c", "_bd", "_a"]


def test_letters_that_are_taken():
    assert with_mnemonics(["Open", "Close"], taken={"O", "c"}) == ["O_pen", "C_lose"]


def test_marks_in_labels_are_doubled():
    assert with_mnemonics(["a_b"]) == ["_a__b"]
    assert with_mnemonics(["a_b"], taken="a") == ["a___b"]
    assert with_mnemonics(["R&D_1", "Rd"], mark="&") == ["&R&&D_1", "R&d"]


def test_scripts():
    assert with_mnemonics(["Сила", "Стиль"]) == ["_Сила", "С_тиль"]
    assert with_mnemonics(["強度", "Größe", "色"]) == ["強度(_A)", "_Größe", "色(_B)"]
    assert with_mnemonics(["ß", ""]) == ["ß(_A)", ""]


def letter(label, plain):
    """The letter behind the mark of a label; checks that nothing else was changed."""
    marks = [place for place, sign in enumerate(label) if sign == "_"]
    if not marks:
        assert label == plain
        return None
    assert len(marks) == 1
    assert label.replace("_", "") in (plain, f"{plain}({label[marks[0] + 1]})")
    return label[marks[0] + 1].lower()


@given(st.lists(st.text(st.sampled_from("abcdeAB é強ж1"), max_size=6), max_size=9))
def test_mnemonics_are_unique_and_as_many_as_can_be(labels):
    found = with_mnemonics(labels)
    letters = [letter(label, plain) for label, plain in zip(found, labels, strict=True)]
    used = [each for each in letters if each]
    assert len(used) == len(set(used))
    assert found == with_mnemonics(labels)
    # Nobody without a letter could have had one that is left.
    for label, chosen in zip(labels, letters, strict=True):
        if chosen is None:
            assert {sign.lower() for sign in label if sign.isalpha() and sign != "強"} <= set(used)


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_basic_controls_have_mnemonics_beside_the_buttons(locale, language):
    """The advanced ones that are shown as far as letters go: there are more than letters."""
    words.install(locale, [language])
    texts = words.control_texts()
    always = [texts[c.name].label for c in CONTROLS if c.group == "basic"]
    always += ["OK", "Cancel", "Reset", "Help"]
    shown = [c for c in CONTROLS if len(c.choices) != 1]
    advanced = [texts[c.name].label for c in shown if c.group == "advanced"]
    found = with_mnemonics([*always, *advanced])
    assert all("_" in label for label in found[: len(always)])
    assert sum("_" in label for label in found) >= 20


def test_importing_takes_no_client():
    """The menu entry is made from these words, whatever is wrong with the rest."""
    code = "import sys; from styleswap.editing import words; print(*sys.modules)"
    assert not {"styleswap.client", "grpclib", "google.protobuf"} & set(python(code))
