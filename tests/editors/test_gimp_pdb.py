"""The procedure plug-in-style-swap, as scripts call it: arguments, results, refusals."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from styleswap import runtime
from styleswap.client.launch import record_command
from styleswap.v1.controls import CONTROLS

from .gimp_program import Console, Gimp
from .other_version import daemon_of_another_version
from .sandbox import CHECKOUT, Sandbox

pytestmark = pytest.mark.editors

# Scripts break when one of these changes. New arguments go to the end.
ARGUMENTS = [
    ("run-mode", "GimpRunMode"),
    ("image", "GimpImage"),
    ("drawables", "GimpCoreObjectArray"),
    ("style", "gchararray"),
    ("style-drawable", "GimpDrawable"),
    ("output", "gchararray"),
    ("method", "gchararray"),
    ("strength", "gdouble"),
    ("style-scale", "gdouble"),
    ("colours", "gchararray"),
    ("scales", "gdouble"),
    ("patch-size", "gdouble"),
    ("patch-stride", "gdouble"),
    ("matching", "gchararray"),
    ("overlap", "gchararray"),
    ("style-flips", "gboolean"),
    ("style-rotations", "gboolean"),
    ("tile-limit", "gdouble"),
    ("model", "gchararray"),
    ("refine", "gdouble"),
    ("iterations", "gdouble"),
    ("smoothness", "gdouble"),
    ("start", "gchararray"),
    ("tone", "gdouble"),
    ("hue", "gdouble"),
    ("style-2", "gchararray"),
    ("style-2-share", "gdouble"),
    ("transform", "gchararray"),
    ("guide", "gchararray"),
    ("objective", "gchararray"),
    ("style-border", "gchararray"),
    ("variety", "gdouble"),
    ("style-statistics", "gdouble"),
    ("tones", "gchararray"),
    ("detail", "gdouble"),
    ("content-weight", "gdouble"),
    ("octaves", "gdouble"),
    ("descent", "gchararray"),
]

# `image_of` makes an image of layers, the first one at the bottom, without a change to save.
# `run` returns the status and the error's sentence, or the names and pixels of the results.
BEGIN = """
TYPES = {3: Gimp.ImageType.RGB_IMAGE, 4: Gimp.ImageType.RGBA_IMAGE}
FORMATS = {3: "R'G'B' u8", 4: "R'G'B'A u8"}

def box(layer):
    return Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height())

def pixels(layer):
    form = FORMATS[layer.get_bpp()]
    return bytes(layer.get_buffer().get(box(layer), 1.0, form, Gegl.AbyssPolicy.NONE))

def image_of(layers):
    width, height = max(each[1] for each in layers), max(each[2] for each in layers)
    image = Gimp.Image.new(width, height, Gimp.ImageBaseType.RGB)
    for name, width, height, channels, data in layers:
        layer = Gimp.Layer.new(
            image, name, width, height, TYPES[channels], 100, Gimp.LayerMode.NORMAL
        )
        image.insert_layer(layer, None, 0)
        layer.get_buffer().set(box(layer), FORMATS[channels], data)
    image.clean_all()
    return image

def run(image, drawables, style_drawable=None, **values):
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-style-swap")
    config = procedure.create_config()
    config.set_property("image", image)
    named = {layer.get_name(): layer for layer in image.get_layers()}
    config.set_core_object_array("drawables", [named[name] for name in drawables])
    if style_drawable is not None:
        config.set_property("style-drawable", named[style_drawable])
    for name, value in values.items():
        config.set_property(name.replace("_", "-"), value)
    result = procedure.run(config)
    status = result.index(0)
    if status == Gimp.PDBStatusType.SUCCESS:
        results = result.get_core_object_array(1)
        return [status.value_nick, [[layer.get_name(), pixels(layer)] for layer in results]]
    return [status.value_nick, result.index(1)]

def state():
    return [
        [image.is_dirty(), image.get_selected_layers() == [], [
            [layer.get_name(), layer.get_bpp(), layer.get_offsets()[1:], pixels(layer)]
            for layer in image.get_layers()
        ]]
        for image in Gimp.get_images()
    ]

"""

WORK = {"scales": 1, "patch_size": 3, "colours": "matched"}
"""Settings that take little time and differ from the defaults."""


@dataclass(frozen=True)
class Pictures:
    """What is painted, and styles for it, as pixels and as layers."""

    photo: np.ndarray
    other: np.ndarray
    style: np.ndarray

    @staticmethod
    def layer(name: str, pixels: np.ndarray) -> list[Any]:
        height, width, channels = pixels.shape
        return [name, width, height, channels, pixels.tobytes()]

    @property
    def layers(self) -> list[list[Any]]:
        photo, other, style = self.photo, self.other, self.style
        named = {"photo": photo, "other": other, "style": style}
        return [self.layer(name, pixels) for name, pixels in named.items()]


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    random = np.random.default_rng(7)

    def smooth(height: int, width: int) -> np.ndarray:
        coarse = random.integers(0, 256, (height // 8, width // 8, 3), np.uint8)
        return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))

    return Pictures(smooth(48, 64), smooth(56, 40), smooth(48, 72))


@pytest.fixture(scope="module")
def library(gimp: Gimp, pictures: Pictures) -> Iterator[str]:
    """The id of the style in the library, called "Nacht – Blau"; the path is `style file.png`."""
    Image.fromarray(pictures.style).save(gimp.scratch / "style file.png")
    added = gimp.daemon.styles.add(pictures.style, "Nacht – Blau")
    yield added.style.id
    gimp.daemon.styles.remove(added.style)


def run(gimp: Gimp | Console, pictures: Pictures, **values: object) -> Any:
    """Paint "photo" and return what the procedure says."""
    code = BEGIN + "answer = run(image_of(layers), ['photo'], **values)"
    console = gimp.console if isinstance(gimp, Gimp) else gimp.run
    return console(code, layers=pictures.layers, values=values)


def painted(answer: Any, like: np.ndarray) -> np.ndarray:
    """The colours of the only result, which must be opaque where it has alpha."""
    status, results = answer
    assert status == "success", results
    pixels = np.frombuffer(results[0][1], np.uint8).reshape((*like.shape[:2], -1))
    assert (pixels[..., 3:] == 255).all()
    return pixels[..., :3]


def test_arguments_keep_their_names_order_and_types(gimp: Gimp) -> None:
    arguments, results = gimp.console("""
procedure = Gimp.get_pdb().lookup_procedure("plug-in-style-swap")
both = procedure.get_arguments(), procedure.get_return_values()
answer = [[[each.name, each.value_type.name] for each in all_of] for all_of in both]
""")
    assert [tuple(each) for each in arguments] == ARGUMENTS
    assert results == [["results", "GimpCoreObjectArray"]]


def test_it_stands_in_the_menu_of_artistic_filters(gimp: Gimp) -> None:
    answer = gimp.console("""
procedure = Gimp.get_pdb().lookup_procedure("plug-in-style-swap")
answer = [procedure.get_menu_label(), procedure.get_menu_paths(), procedure.get_image_types()]
""")
    assert answer == ["St_yle Swap...", ["<Image>/Filters/Artistic"], "RGB*, GRAY*, INDEXED*"]


@pytest.mark.parametrize("given", ["id", "builtin", "name", "path", "drawable"])
def test_pixels_are_those_of_the_client(
    gimp: Gimp, pictures: Pictures, library: str, given: str
) -> None:
    values: dict[str, str] = {
        "id": {"style": library},
        "builtin": {"style": "builtin/woodcut"},
        "name": {"style": "nacht – blau"},
        "path": {"style": "/scratch/style file.png"},
        "drawable": {"style_drawable": "style", "style": "builtin/woodcut"},
    }[given]
    answer = run(gimp, pictures, **values, **WORK)
    style = "builtin/woodcut" if given == "builtin" else pictures.style
    expected = gimp.daemon.stylize(pictures.photo, style, **WORK)
    np.testing.assert_array_equal(painted(answer, pictures.photo), expected)
    names = {"builtin": "Woodcut", "path": "style file", "drawable": "style"}
    assert answer[1][0][0] == f"{names.get(given, 'Nacht – Blau')} – photo"


def test_every_setting_reaches_the_daemon(gimp: Gimp, pictures: Pictures) -> None:
    settings = {
        "method": "optimise",
        "strength": 0.7,
        "style_scale": 0.75,
        "colours": "luminance",
        "scales": 2,
        "patch_size": 5,
        "patch_stride": 2,
        "matching": "plain",
        "overlap": "average",
        "style_flips": True,
        "style_rotations": True,
        "tile_limit": 1024,
        "model": "embedded",
        "refine": 3,
        "iterations": 2,
        "smoothness": 0.2,
        "start": "network",
        "tone": 0.2,
        "hue": 0.6,
        "style_border": "keep",
        "variety": 0.8,
        "style_statistics": 0.3,
        "tones": "own",
        "detail": 0.7,
        "objective": "gram",
        "content_weight": 0.3,
        "octaves": 2,
        "descent": "pixels",
    }
    assert settings.keys() | {"transform"} == {c.name for c in CONTROLS if len(c.choices) != 1}
    for chosen in (settings, {"transform": "distribution"}):
        answer = run(gimp, pictures, style="builtin/woodcut", **chosen)
        expected = gimp.daemon.stylize(pictures.photo, "builtin/woodcut", **chosen)
        np.testing.assert_array_equal(painted(answer, pictures.photo), expected)


def test_several_layers_give_one_result_each(gimp: Gimp, pictures: Pictures) -> None:
    answer = gimp.console(
        BEGIN + "answer = run(image_of(layers), ['other', 'photo'], 'style', **values)",
        layers=pictures.layers,
        values=WORK,
    )
    assert answer[0] == "success"
    for (_, data), content in zip(answer[1], (pictures.other, pictures.photo), strict=True):
        expected = gimp.daemon.stylize(content, pictures.style, **WORK)
        pixels = np.frombuffer(data, np.uint8).reshape((*content.shape[:2], -1))
        np.testing.assert_array_equal(pixels[..., :3], expected)


def test_script_fu(gimp: Gimp, pictures: Pictures, library: str) -> None:
    script = """
(plug-in-style-swap #:run-mode RUN-NONINTERACTIVE #:image {image} #:drawables (vector {photo})
                    #:style "{style}" #:output "in-place" #:scales 1 #:colours "matched")
(plug-in-style-swap #:run-mode RUN-NONINTERACTIVE #:image {image} #:drawables (vector {other})
                    #:style-drawable {painting} #:output "in-place" #:scales 1
                    #:colours "matched" #:style-flips TRUE)
"""
    answer = gimp.console(
        BEGIN
        + """
image = image_of(layers)
painting, other, photo = image.get_layers()
ids = {"image": image, "photo": photo, "other": other, "painting": painting}
code = code.format(style=style, **{name: each.get_id() for name, each in ids.items()})
call("plug-in-script-fu-eval", script=code)
answer = [pixels(photo), pixels(other)]
""",
        layers=pictures.layers,
        code=script,
        style=library,
    )
    contents = [(pictures.photo, {}), (pictures.other, {"style_flips": True})]
    for data, (content, more) in zip(answer, contents, strict=True):
        expected = gimp.daemon.stylize(content, pictures.style, **WORK, **more)
        pixels = np.frombuffer(data, np.uint8).reshape(content.shape)
        np.testing.assert_array_equal(pixels, expected)


# Written down once and for all, one value for each argument up to style-2-share: what comes later
# has its default in such a call.
BY_POSITION = (
    'RUN-NONINTERACTIVE {image} (vector {photo}) "builtin/woodcut" -1 "in-place" "feed-forward" '
    '0.7 0.75 "luminance" 1 5 2 "plain" "average" TRUE TRUE 1024 "embedded" 3 2 0.2 "network" 0.2 '
    '0.6 "builtin/mosaic" 30'
)


def test_an_old_call_by_position_paints_what_it_painted(gimp: Gimp, pictures: Pictures) -> None:
    answer = gimp.console(
        BEGIN
        + """
image = image_of(layers)
painting, other, photo = image.get_layers()
arguments = line.format(image=image.get_id(), photo=photo.get_id())
call("plug-in-script-fu-eval", script=f"(plug-in-style-swap {arguments})")
answer = [pixels(photo), run(image_of(layers), ["photo"], output="in-place", **values)]
""",
        layers=pictures.layers,
        line=BY_POSITION,
        values={
            "style": "builtin/woodcut",
            "strength": 0.7,
            "style_scale": 0.75,
            "colours": "luminance",
            "scales": 1,
            "patch_size": 5,
            "patch_stride": 2,
            "matching": "plain",
            "overlap": "average",
            "style_flips": True,
            "style_rotations": True,
            "tile_limit": 1024,
            "refine": 3,
            "smoothness": 0.2,
            "style_2": "builtin/mosaic",
            "style_2_share": 30,
        },
    )
    by_position, by_name = answer
    assert by_name[0] == "success", by_name
    assert by_position == by_name[1][0][1]
    assert by_position != pictures.photo.tobytes()


def test_script_fu_is_told_what_is_wrong(gimp: Gimp, pictures: Pictures) -> None:
    script = """
(plug-in-style-swap #:run-mode RUN-NONINTERACTIVE #:image {0} #:drawables (vector {1}) {2})
"""
    answer = gimp.console(
        BEGIN
        + """
image = image_of(layers)
before, answer = state(), []
for arguments in cases:
    code = line.format(image.get_id(), image.get_layers()[-1].get_id(), arguments)
    try:
        call("plug-in-script-fu-eval", script=code)
    except RuntimeError as error:
        answer.append(str(error))
assert state() == before
""",
        layers=pictures.layers,
        line=script,
        cases=["#:strength 1.5", "#:scales 2.5", '#:colours "blue"', '#:style "wodcut"'],
    )
    assert len(answer) == 4
    for said, words in zip(
        answer,
        [
            "strength = 1.5: must be a number from 0 to 1",
            "scales = 2.5: must be an integer from 0 to 8",
            "colours = 'blue': must be one of style, content",
            "Did you mean builtin/woodcut",
        ],
        strict=True,
    ):
        assert words in said


CLEAR = np.zeros((40, 50, 4), np.uint8)
BAD = [
    ("no drawable", {"drawables": []}, "No layer is selected; select"),
    ("transparent", {"drawables": ["clear"]}, "clear is fully transparent"),
    ("one of two transparent", {"drawables": ["photo", "clear"]}, "clear is fully transparent"),
    ("itself", {"style_drawable": "photo"}, "photo cannot be painted in its own style"),
    ("transparent style", {"style_drawable": "clear"}, "transparent"),
    ("dot as style", {"style_drawable": "dot"}, "too small"),
    ("no picture", {"style": "/scratch/letter.png"}, "not an image"),
    ("damaged picture", {"style": "/scratch/half.jpg"}, "ends too early"),
    ("no file", {"style": "/scratch/nothing.png"}, "There is no file /scratch/nothing.png"),
    ("folder", {"style": "/scratch"}, "There is no file /scratch"),
    ("unknown id", {"style": "builtin/wodcut"}, "Did you mean builtin/woodcut"),
    ("unknown name", {"style": "wodcut"}, "Did you mean builtin/woodcut"),
    ("unknown hash", {"style": "sha256:" + "0" * 64}, "There is no style"),
    ("no style", {"style": ""}, "No style is given: choose"),
    ("null style", {"style": None}, "No style is given: choose"),
    ("number", {"strength": -0.1}, "strength = -0.1: must be a number from 0 to 1."),
    ("large number", {"style_scale": 1e30}, "must be a number from 0.25 to 4."),
    ("even size", {"patch_size": 4}, "patch_size = 4: must be an integer"),
    ("broken integer", {"scales": 1.5}, "scales = 1.5: must be an integer from 0 to 8."),
    ("huge integer", {"tile_limit": 2**40}, "must be an integer from 0 to 4096"),
    ("contradiction", {"patch_stride": 5}, "must be at most patch_size"),
    ("choice", {"colours": "blue"}, "colours = 'blue': must be one of style,"),
    ("null choice", {"matching": None}, "must be one of centred, plain."),
    ("output", {"output": "file"}, "output = 'file': must be one of new-layer"),
    ("model", {"model": "vgg99"}, "There is no model 'vgg99'; choose one of: embedded"),
]


@pytest.mark.parametrize(("values", "words"), [each[1:] for each in BAD], ids=[b[0] for b in BAD])
def test_bad_input_is_refused_and_nothing_changes(
    gimp: Gimp, pictures: Pictures, values: dict[str, object], words: str
) -> None:
    (gimp.scratch / "letter.png").write_text("This is a letter.\n" * 40)
    Image.fromarray(pictures.style).save(gimp.scratch / "half.jpg")
    whole = (gimp.scratch / "half.jpg").read_bytes()
    (gimp.scratch / "half.jpg").write_bytes(whole[: len(whole) // 2])
    gimp.daemon.health()
    layers = [
        *pictures.layers,
        Pictures.layer("clear", CLEAR),
        Pictures.layer("dot", np.full((1, 1, 3), 90, np.uint8)),
    ]
    answer, changed = gimp.console(
        BEGIN
        + """
image = image_of(layers)
before = state()
answer = run(image, **{"drawables": ["photo"], **values}), state() != before
""",
        layers=layers,
        values=values,
    )
    assert answer[0] in ("execution-error", "calling-error")
    assert words in answer[1]
    assert "\n" not in answer[1]
    assert not changed


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_what_is_no_number_is_refused(gimp: Gimp, pictures: Pictures, value: str) -> None:
    answer, changed = gimp.console(
        BEGIN
        + """
image = image_of(layers)
before = state()
answer = run(image, ["photo"], strength=float(value)), state() != before
""",
        layers=pictures.layers,
        value=value,
    )
    assert answer[0] == "calling-error"
    assert "strength" in answer[1]
    assert not changed


def test_without_an_image(gimp: Gimp) -> None:
    status, said = gimp.console("""
procedure = Gimp.get_pdb().lookup_procedure("plug-in-style-swap")
result = procedure.run(procedure.create_config())
answer = [result.index(0).value_nick, result.index(1)]
""")
    assert status == "calling-error"
    assert "image" in said


def test_a_single_pixel_is_painted(gimp: Gimp, pictures: Pictures) -> None:
    dot = np.array([[[200, 40, 90]]], np.uint8)
    answer = gimp.console(
        BEGIN + "answer = run(image_of(layers), ['dot'], **values)",
        layers=[Pictures.layer("dot", dot), Pictures.layer("clear", CLEAR)],
        values=WORK,
    )
    expected = gimp.daemon.stylize(dot, "builtin/woodcut", **WORK)
    np.testing.assert_array_equal(painted(answer, dot), expected)


def test_without_a_window_nobody_can_be_asked(gimp: Gimp, pictures: Pictures) -> None:
    answer = gimp.console(
        BEGIN + "answer = run(image_of(layers), ['photo'], run_mode=Gimp.RunMode.INTERACTIVE)",
        layers=pictures.layers,
    )
    assert answer[0] == "execution-error"
    assert "without windows" in answer[1]
    assert "RUN-NONINTERACTIVE" in answer[1]


# Daemons that cannot be had, and daemons that go.


@pytest.fixture(scope="module")
def bare(gimp: Gimp) -> Iterator[tuple[Console, Path]]:
    """A GIMP whose home folder of Style Swap is empty, and that folder."""
    home = gimp.scratch / "bare"
    with gimp.another_console(**{runtime.HOME_VARIABLE: "/scratch/bare"}) as console:
        yield console, home


def refused(console: Console, pictures: Pictures, run_mode: str = "NONINTERACTIVE") -> str:
    """The sentence of a failed run that changed nothing."""
    answer, changed = console.run(
        BEGIN
        + """
image = image_of(layers)
before = state()
answer = run(image, ["photo"], run_mode=getattr(Gimp.RunMode, run_mode)), state() != before
""",
        layers=pictures.layers,
        run_mode=run_mode,
    )
    assert answer[0] == "execution-error"
    assert not changed
    return answer[1]


@pytest.mark.parametrize("run_mode", ["NONINTERACTIVE", "WITH_LAST_VALS"])
def test_no_daemon_and_no_command(
    bare: tuple[Console, Path], pictures: Pictures, run_mode: str
) -> None:
    console, home = bare
    said = refused(console, pictures, run_mode)
    assert "is not running" in said
    assert "Open a terminal and run: styleswap serve" in said
    assert not (home / "gimp.log").exists()


def test_a_command_that_is_gone(bare: tuple[Console, Path], pictures: Pictures) -> None:
    console, home = bare
    record_command(home, ["/opt/gone/styleswap", "serve"])
    said = refused(console, pictures)
    assert "cannot be started with /opt/gone/styleswap serve: No such file or directory" in said
    assert "Install Style Swap again." in said


def test_a_daemon_that_fails_at_its_start(bare: tuple[Console, Path], pictures: Pictures) -> None:
    console, home = bare
    record_command(home, ["/bin/sh", "-c", "echo no torch here; exit 9"])
    said = refused(console, pictures)
    assert "ended at once with exit code 9. styleswap doctor says what is wrong." in said
    assert "no torch here" in said


def test_a_daemon_of_another_version(bare: tuple[Console, Path], pictures: Pictures) -> None:
    console, home = bare
    with daemon_of_another_version(home):
        said = refused(console, pictures)
    assert "The Style Swap daemon 9.9 speaks revisions 2 to 5" in said
    assert "Update this program's Style Swap client or plug-in." in said


class Flatpak(Sandbox):
    """The sandbox with the file by which a Flatpak is known."""

    def command(self, *arguments: Any, **more: Any) -> list[str]:
        marker = self.scratch / "flatpak-info"
        marker.write_text("[Application]\nname=org.gimp.GIMP\n")
        line = super().command(*arguments, **more)
        place = line.index("--ro-bind")
        assert line[place + 1 : place + 3] == [str(self.root), "/"]
        # A mount point cannot be made in the root itself, which is read-only.
        parts = ["--tmpfs", "/", "--ro-bind", str(marker), "/.flatpak-info"]
        for entry in sorted(self.root.iterdir()):
            if entry.is_symlink():
                parts += ["--symlink", str(entry.readlink()), f"/{entry.name}"]
            elif entry.name in ("usr", "etc", "var", "opt"):
                parts += ["--ro-bind", str(entry), f"/{entry.name}"]
        return [*line[:place], *parts, *line[place + 3 :]]


def test_a_sandbox_is_told_the_command(gimp: Gimp, pictures: Pictures) -> None:
    home = gimp.scratch / "flatpak home"
    record_command(home, ["/opt/my folder/styleswap", "serve"])
    variables = {**gimp.variables, runtime.HOME_VARIABLE: "/scratch/flatpak home"}
    console = Console(Flatpak(gimp.sandbox.root, gimp.scratch), variables)
    try:
        said = refused(console, pictures)
    finally:
        console.close()
    assert "a program in a Flatpak cannot start it" in said
    assert "Open a terminal and run: '/opt/my folder/styleswap' serve" in said


def test_a_daemon_is_started(gimp: Gimp, pictures: Pictures) -> None:
    gimp.starter.stop(gimp.home)
    answer = run(gimp, pictures, **WORK)
    expected = gimp.daemon.stylize(pictures.photo, "builtin/woodcut", **WORK)
    np.testing.assert_array_equal(painted(answer, pictures.photo), expected)


def in_background(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """Start `work` in a thread; its result will stand in the list."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    return thread, results


def test_a_daemon_that_is_killed_half_way(gimp: Gimp, pictures: Pictures) -> None:
    assert gimp.daemon.health()
    slow = {"scales": 1, "patch_size": 3, "style_flips": True, "style_rotations": True}
    large = np.asarray(Image.fromarray(pictures.photo).resize((640, 480)))
    layers = [Pictures.layer("photo", large), Pictures.layer("other", pictures.other)]
    code = """
image = image_of(layers)
before = state()
answer = run(image, ["other", "photo"], style="builtin/woodcut", **values), state() != before
"""
    thread, results = in_background(lambda: gimp.console(BEGIN + code, layers=layers, values=slow))
    deadline = time.monotonic() + 60
    while gimp.daemon.info().queue_length == 0:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.3)  # well inside
    gimp.starter.kill(gimp.home)
    thread.join()
    ((answer, changed),) = results
    assert answer[0] == "execution-error"
    assert "broke in the middle of the request. Try again" in answer[1]
    assert not changed
    # The next run starts another daemon.
    assert run(gimp, pictures, **WORK)[0] == "success"


def test_two_gimps_at_once(gimp: Gimp, pictures: Pictures) -> None:
    with gimp.another_console() as second:
        thread, results = in_background(lambda: run(second, pictures, **WORK, strength=0.5))
        first = run(gimp, pictures, **WORK)
        thread.join()
    for answer, strength in ((first, 1.0), (results[0], 0.5)):
        expected = gimp.daemon.stylize(pictures.photo, "builtin/woodcut", **WORK, strength=strength)
        np.testing.assert_array_equal(painted(answer, pictures.photo), expected)


def test_a_failure_that_no_sentence_foresees_goes_to_the_log(
    gimp: Gimp, pictures: Pictures
) -> None:
    placing = gimp.profile / "plug-ins" / "style-swap" / "placing.py"
    aside = placing.rename(placing.with_suffix(".aside"))
    log = gimp.home / "gimp.log"
    log.write_bytes(b"old\n" * (1 << 19))  # full: is begun anew
    try:
        answer = run(gimp, pictures, **WORK)
    finally:
        aside.rename(placing)
    assert answer[0] == "execution-error"
    assert "ModuleNotFoundError" in answer[1]
    assert "/scratch/home/gimp.log tells more" in answer[1]
    written = log.read_text()
    assert "old" not in written
    assert "Traceback" in written
    assert "No module named 'placing'" in written


def test_a_broken_copy_of_the_client_says_so(gimp: Gimp, pictures: Pictures) -> None:
    vendored = gimp.profile / "plug-ins" / "style-swap" / "styleswap_vendor"
    aside = vendored.rename(vendored.with_name("aside"))
    try:
        with gimp.another_console() as console:
            answer = run(console, pictures)
    finally:
        aside.rename(vendored)
    assert answer[0] == "execution-error"
    assert "is incomplete" in answer[1]
    assert "Open a terminal and run: styleswap install gimp" in answer[1]


# Examples.


@pytest.fixture
def folder(gimp: Gimp, pictures: Pictures) -> Iterator[Path]:
    """A folder `photos` with two pictures and a letter, in an empty one."""
    work = gimp.scratch / "folder"
    photos = work / "photos"
    photos.mkdir(parents=True)
    Image.fromarray(pictures.photo).save(photos / "a.day.png")
    Image.fromarray(pictures.other).save(photos / "night.png")
    yield work
    for path in sorted(work.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    work.rmdir()


def check_folder(gimp: Gimp, pictures: Pictures, painted: Path) -> None:
    contents = {"a.day.png": pictures.photo, "night.png": pictures.other}
    assert sorted(path.name for path in painted.iterdir()) == sorted(contents)
    for name, content in contents.items():
        expected = gimp.daemon.stylize(content, "builtin/woodcut")
        result = np.asarray(Image.open(painted / name).convert("RGB"))
        np.testing.assert_array_equal(result, expected)


def example(gimp: Gimp, interpreter: str, code: str) -> Any:
    """Run GIMP as the example's first lines say, in the folder."""
    start = ["gimp-console", "-i", "--no-data", "--no-fonts", "--quit"]
    command = [*start, f"--batch-interpreter={interpreter}", "-b", code]
    return gimp.sandbox.run(["sh", "-c", 'cd folder && exec "$0" "$@"', *command], gimp.variables)


def test_example_in_python(gimp: Gimp, pictures: Pictures, folder: Path) -> None:
    (folder / "photos" / "letter.png").write_text("This is a letter.")
    code = "exec(open('/checkout/docs/examples/gimp_folder.py').read()); "
    code += "paint('photos', 'painted', 'builtin/woodcut')"
    done = example(gimp, "python-fu-eval", code)
    assert done.returncode == 0, done.stdout
    assert "letter.png: GIMP cannot read this file." in done.stdout
    check_folder(gimp, pictures, folder / "painted")


def test_example_in_script_fu(gimp: Gimp, pictures: Pictures, folder: Path) -> None:
    (folder / "painted").mkdir()
    code = '(load "/checkout/docs/examples/gimp_folder.scm") '
    code += '(paint "photos/*.png" "painted" "builtin/woodcut")'
    done = example(gimp, "plug-in-script-fu-eval", code)
    assert done.returncode == 0, done.stdout
    check_folder(gimp, pictures, folder / "painted")


def test_the_examples_say_how_to_call_them() -> None:
    for name, call in (
        ("gimp_folder.py", "paint('photos', 'painted', 'builtin/woodcut')"),
        ("gimp_folder.scm", '(paint "photos/*.jpg" "painted" "builtin/woodcut")'),
    ):
        assert call in (CHECKOUT / "docs" / "examples" / name).read_text()
