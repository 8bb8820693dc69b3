"""What of a layer goes to the daemon, in the real GIMP, against LittleCMS, NumPy and GIMP."""

import numpy as np
import pytest
from tests.icc import ADOBE_RGB, tables_profile

from .colour_files import COLOUR_FILES, STEPS, ColourFile

pytestmark = pytest.mark.editors
BEGIN = "from gimp_layers import *\n"
CHANNELS = {"gray": 1, "gray-alpha": 2, "rgb": 3, "rgba": 4}
FULL = {"uint8": 255, "uint16": 65535, "float32": 1}


def values(told):
    """(H, W, C) array of what was sent, as numbers of its depth."""
    width, height = told["size"]
    shape = (height, width, CHANNELS[told["layout"]])
    return np.frombuffer(told["data"], told["depth"]).reshape(shape)


def encode_srgb(linear):
    curved = 1.055 * np.abs(linear) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, linear * 12.92, curved)


def srgb(told):
    """The colours that were sent, 255 being full, with the curve of sRGB."""
    colours = values(told).astype(float) / FULL[told["depth"]]
    return 255 * (encode_srgb(colours) if told["linear"] else colours)


@pytest.mark.parametrize("file", COLOUR_FILES, ids=lambda file: file.name)
def test_patches_of_a_file_arrive_in_srgb(gimp, file: ColourFile):
    path = gimp.scratch / f"{file.name}.{'png' if file.indexed else 'tif'}"
    file.write(path)
    told = gimp.console(
        BEGIN + "answer = told(open_sources(image := load(path), image.get_layers())[0])",
        path=f"/scratch/{path.name}",
    )
    expected = file.to_srgb(file.patches)
    sent = srgb(told)[0]
    assert told["layout"] == ("gray" if file.gray else "rgb")
    assert told["depth"] == ("float32" if file.wide or file.narrow else file.depth)
    difference = np.abs(sent - expected[:, : sent.shape[1]])
    assert difference.max() <= STEPS
    # Floating point does not clip what sRGB has no number for.
    assert (sent.min() < -10) == file.wide
    # What is lost is said.
    said = " ".join(told["notices"])
    assert ("beyond sRGB" in said, "duller" in said) == (file.wide, file.narrow)
    assert ("palette" in said) == file.indexed


def test_an_indexed_image_with_a_profile_is_sent_as_gimp_shows_it(gimp):
    file = ColourFile("indexed-adobe", ADOBE_RGB, indexed=True)
    file.write(gimp.scratch / "indexed-adobe.png")
    told, shown = gimp.console(
        BEGIN
        + """
image = load("/scratch/indexed-adobe.png")
seen = new_image(216, 1)
shown = read(Gimp.Layer.new_from_visible(image, seen, ""), "R'G'B' u8")
answer = [told(open_sources(image, image.get_layers())[0]), shown]
"""
    )
    assert told["data"] == shown
    assert len(told["notices"]) == 1


PRECISIONS = {
    f"{kind}_{curve}": (depth, curve == "LINEAR")
    for kind, depth in {
        "U8": "uint8",
        "U16": "uint16",
        "U32": "float32",
        "HALF": "float32",
        "FLOAT": "float32",
        "DOUBLE": "float32",
    }.items()
    for curve in ("LINEAR", "NON_LINEAR", "PERCEPTUAL")
}


def test_each_precision_keeps_its_steps_and_its_light(gimp):
    answers = gimp.console(
        BEGIN
        + """
answer = {}
for base in ("RGB", "GRAY"):
    for precision in precisions:
        image = new_image(256, 1, base, precision)
        layer = new_layer(image, size=(256, 1))
        # The file's own numbers: no conversion on the way in.
        curve = "" if precision.endswith("_LINEAR") and "NON" not in precision else "'"
        name = "".join(letter + curve for letter in ("RGB" if base == "RGB" else "Y"))
        write(layer, data if base == "RGB" else gray, name + "A u8")
        answer[base + precision] = told(open_sources(image, [layer])[0])
        image.delete()
""",
        precisions=list(PRECISIONS),
        data=bytes(value for at in range(256) for value in (at, 255 - at, at // 2, at or 1)),
        gray=bytes(value for at in range(256) for value in (at, at or 1)),
    )
    at = np.arange(256)
    colours = np.stack([at, 255 - at, at // 2, np.maximum(at, 1)], axis=-1)
    for precision, (depth, linear) in PRECISIONS.items():
        for base, expected in {"RGB": colours, "GRAY": colours[:, [0, 3]]}.items():
            told = answers[base + precision]
            assert (told["depth"], told["linear"]) == (depth, linear), precision
            assert told["layout"] == {"RGB": "rgba", "GRAY": "gray-alpha"}[base]
            sent = values(told)[0] / FULL[depth] * 255
            tolerance = 0 if depth == "uint8" else 0.07 if "HALF" in precision else 0.002
            assert np.abs(sent - expected).max() <= tolerance, precision


def test_beyond_white_and_below_black_in_floating_point(gimp):
    answer = gimp.console(
        BEGIN
        + """
image = new_image(3, 1, precision="FLOAT_LINEAR")
layer = new_layer(image, size=(3, 1), alpha=False)
write(layer, numbers, "RGB float")
answer = told(open_sources(image, [layer])[0])
""",
        numbers=np.array([4.0, 0.5, -0.25] * 3, np.float32).tobytes(),
    )
    np.testing.assert_allclose(values(answer)[0, 1], [4, 0.5, -0.25], atol=1e-6)


def test_a_layer_with_filters_is_sent_as_gimp_shows_it_without_its_mask(gimp):
    answer = gimp.console(
        BEGIN
        + """
image = new_image()
layer = new_layer(image, at=(-7, 5), fill=(200, 100, 50, 128))
write(layer, bytes([1, 2, 3, 4]), rect=(39, 29, 1, 1))
add_filter(layer, "gegl:invert-gamma")
add_filter(layer, "gegl:pixelize", visible=False, **{"size-x": 40, "size-y": 40})
add_mask(layer, 90)
layer.set_opacity(30)
layer.set_mode(Gimp.LayerMode.MULTIPLY)
for lock in ("position", "content", "alpha", "visibility"):
    getattr(layer, "set_lock_" + lock)(True)
layer.set_visible(False)
image.clean_all()
before = state(image)
source = open_sources(image, [layer])[0]
answer = [told(source), before == state(image), layer.get_mask() is not None]
""",
    )
    told, untouched, mask = answer
    assert told["area"] == told["kept"] == [0, 0, 40, 30]
    sent = values(told)
    assert sent[0, 0].tolist() == [55, 155, 205, 128]
    assert sent[29, 39].tolist() == [254, 253, 252, 4]
    assert untouched
    assert mask


def test_a_filter_that_paints_beyond_the_layer(gimp):
    answer = gimp.console(
        BEGIN
        + """
answer = []
for group in (False, True):
    image = new_image(200, 150)
    parent = new_group(image) if group else None
    layer = new_layer(image, at=(80, 60), group=parent)
    drawable = parent or layer
    shadow = {"x": 9.0, "y": -12.0, "radius": 3.0}
    add_filter(drawable, "gegl:dropshadow", **shadow)
    shown = Gimp.Layer.new_from_visible(image, image, "")
    masked = None
    told_source = told(open_sources(image, [drawable])[0])
    add_mask(drawable, 255)
    masked = told(open_sources(image, [drawable])[0])["area"]
    answer.append([told_source, read(shown), masked])
"""
    )
    for told, shown, masked in answer:
        whole = np.frombuffer(shown, np.uint8).reshape(150, 200, 4)
        rows, columns = np.nonzero(whole[..., 3])
        left, top = columns.min(), rows.min()
        width, height = columns.max() + 1 - left, rows.max() + 1 - top
        assert width > 45
        assert height > 38
        # The layer lies at (80, 60).
        assert told["area"] == [left - 80, top - 60, width, height]
        expected = whole[top : top + height, left : left + width]
        visible = expected[..., 3] > 0
        assert (values(told)[visible] == expected[visible]).all()
        assert (values(told)[..., 3] == expected[..., 3]).all()
        # Nothing is seen outside of a mask.
        assert masked == [0, 0, 40, 30]


def test_a_group_is_what_is_in_it(gimp):
    told, passing = gimp.console(
        BEGIN
        + """
image = new_image()
new_layer(image, "below", size=(100, 80), fill=(9, 9, 9, 255))
group = new_group(image)
red = new_layer(image, "red", at=(-10, 5), group=group, fill=(255, 0, 0, 255))
green = new_layer(image, "green", at=(10, 15), group=group, fill=(0, 255, 0, 255))
add_filter(red, "gegl:invert-gamma")
add_mask(green, 0)
write(green.get_mask(), bytes([255] * 200), "Y u8", (0, 0, 20, 10))
add_filter(group, "gegl:invert-gamma")
group.set_opacity(40)
add_mask(group, 10)
answer = [told(open_sources(image, [group])[0])]
group.set_mode(Gimp.LayerMode.PASS_THROUGH)
answer.append(told(open_sources(image, [group])[0]))
"""
    )
    assert told["area"] == [0, 0, 60, 40]
    sent = values(told)
    expected = np.zeros((40, 60, 4), int)
    expected[:30, :40] = [255, 0, 0, 255]  # red, inverted twice
    expected[10:20, 20:40] = [255, 0, 255, 255]  # green where its mask shows it, inverted once
    assert (sent[..., 3] == expected[..., 3]).all()
    assert (sent[expected[..., 3] > 0] == expected[expected[..., 3] > 0]).all()
    assert passing == told


def test_the_selections_bounds_and_context_around_them(gimp):
    told = gimp.console(
        BEGIN
        + """
image = new_image(2000, 1000)
layer = new_layer(image, size=(1500, 900), at=(-100, -50))
select(image, (300, 200, 400, 100))
write(layer, bytes([1, 2, 3, 255]), rect=(400, 250, 1, 1))
answer = told(open_sources(image, [layer])[0])
"""
    )
    assert told["kept"] == [400, 250, 400, 100]
    # A quarter of the longer side.
    assert told["area"] == [300, 150, 600, 300]
    sent = values(told)
    assert sent.shape == (300, 600, 4)
    assert sent[100, 100].tolist() == [1, 2, 3, 255]
    assert (sent[100, 101] == [200, 100, 50, 255]).all()


@pytest.mark.parametrize(
    ("rect", "kept"),
    [
        ((10, 10, 5, 5), [30, 20, 5, 5]),
        ((-20, -10, 30, 20), [20, 10, 10, 10]),
        ((200, 200, 9, 9), [0, 0, 140, 120]),
    ],
    ids=["inside", "cut by the canvas", "outside of the image: none"],
)
def test_a_layer_larger_than_the_canvas(gimp, rect, kept):
    told = gimp.console(
        BEGIN
        + """
image = new_image(100, 80)
layer = new_layer(image, size=(140, 120), at=(-20, -10))
select(image, rect)
answer = told(open_sources(image, [layer])[0])
""",
        rect=rect,
    )
    assert told["kept"] == kept


def test_what_cannot_be_painted_is_refused_and_nothing_changes(gimp):
    answers, untouched = gimp.console(
        BEGIN
        + """
image = new_image()
away = new_layer(image, "away", at=(50, 40))
clear = new_layer(image, "clear", fill=(200, 100, 50, 0))
dot = new_layer(image, "dot", fill=(200, 100, 50, 0))
write(dot, bytes([1, 2, 3, 1]), rect=(20, 20, 1, 1))
mask = add_mask(dot, 255)
select(image, (0, 0, 10, 10))
image.clean_all()
before = state(image)
answers = [refusal(open_sources, image, [each]) for each in (away, clear, dot, mask)]
untouched = before == state(image)
select(image, (18, 18, 10, 10))
answers.append(refusal(open_sources, image, [dot]))
Gimp.Selection.none(image)
Gimp.edit_copy([away])
Gimp.edit_paste(away, False)
answers.append(refusal(open_sources, image, [away]))
answer = [answers, untouched]
"""
    )
    outside, clear, dot, mask, dot_inside, floating = answers
    assert "outside of the layer away" in outside
    assert "clear is fully transparent" in clear
    assert "dot is fully transparent here" in dot
    assert "mask" in mask
    assert dot_inside is None
    assert "floating selection" in floating
    assert untouched


def test_the_smallest_layer(gimp):
    told = gimp.console(
        BEGIN
        + """
image = new_image()
answer = told(open_sources(image, [new_layer(image, size=(1, 1))])[0])
"""
    )
    assert values(told).tolist() == [[[200, 100, 50, 255]]]


@pytest.mark.parametrize("precision", ["U8_NON_LINEAR", "FLOAT_LINEAR"])
def test_a_reduced_copy_is_the_mean_weighted_by_alpha(gimp, precision):
    generator = np.random.default_rng(1)
    picture = generator.integers(0, 256, (96, 160, 4), np.uint8)
    picture[40:, :, 3] = 255
    picture[:16, :, 3] = 0
    answer = gimp.console(
        BEGIN
        + """
image = new_image(precision=precision)
layer = new_layer(image, size=(160, 96), at=(-30, 3))
write(layer, data, "RGBA u8" if precision == "FLOAT_LINEAR" else "R'G'B'A u8")
source = open_sources(image, [layer])[0]
answer = []
for each in (source.reduced(40), source.reduced(160), source.reduced(999), source.whole(),
             picture_of(layer, 40), picture_of(layer)):
    answer.append({"size": [each.width, each.height], "layout": each.layout, "depth": each.depth,
                   "linear": each.linear, "data": bytes(each.data)})
""",
        data=picture.tobytes(),
        precision=precision,
    )
    reduced, same, larger, whole, style_reduced, style = answer
    assert reduced["size"] == [40, 24]
    # Means of 4 x 4 pixels.
    alpha = picture[..., 3:] / 255
    parts = (picture[..., :3] * alpha).reshape(24, 4, 40, 4, 3).mean((1, 3))
    covered = alpha.reshape(24, 4, 40, 4, 1).mean((1, 3))
    copy = values(reduced) / FULL[reduced["depth"]]
    np.testing.assert_allclose(copy[..., 3:], covered, atol=1.01 / 255)
    seen = covered[..., 0] > 0
    expected = parts[seen] / covered[seen]
    np.testing.assert_allclose(copy[..., :3][seen] * 255, expected, atol=1.5)
    assert style_reduced["size"] == [40, 24]
    assert same == larger == whole == style
    full = values(whole) / FULL[whole["depth"]] * 255
    np.testing.assert_allclose(full, picture, atol=0.01)


def test_a_reduced_copy_of_an_odd_size_has_no_border(gimp):
    answer = gimp.console(
        BEGIN
        + """
image = new_image(1000, 700)
layer = new_layer(image, size=(997, 613), alpha=False, fill=(40, 80, 120, 255))
select(image, (301, 203, 555, 333))
each = open_sources(image, [layer])[0].reduced(128)
answer = {"size": [each.width, each.height], "layout": each.layout, "depth": each.depth,
          "data": bytes(each.data)}
"""
    )
    copy = values(answer)
    assert copy.shape == (84, 128, 3)
    assert (copy == [40, 80, 120]).all()


def test_a_thumbnail_has_the_colours_of_the_layer(gimp):
    width, height, data, tiny = gimp.console(
        BEGIN
        + """
image = new_image(precision="U16_NON_LINEAR")
layer = new_layer(image, size=(500, 250), at=(-30, 3), fill=(9, 9, 9, 255))
write(layer, bytes([200, 100, 50, 255]) * (250 * 250), rect=(250, 0, 250, 250))
add_filter(layer, "gegl:invert-gamma")
picture = picture_of(layer, 50)
line = new_layer(image, size=(500, 1))
answer = [picture.width, picture.height, bytes(picture.data), picture_of(line, 50).height]
"""
    )
    assert (width, height, tiny) == (50, 25, 1)
    thumbnail = np.frombuffer(data, np.uint16).reshape(25, 50, 4) / 257
    assert np.abs(thumbnail[:, :24] - [246, 246, 246, 255]).max() < 1
    assert np.abs(thumbnail[:, 26:] - [55, 155, 205, 255]).max() < 1


def test_channels_and_layers_of_other_images_are_pictures_too(gimp):
    answer = gimp.console(
        BEGIN
        + """
image = new_image(20, 10)
layer = new_layer(image)
mask = add_mask(layer, 77)
image.set_color_profile(Gimp.ColorProfile.new_from_icc_profile(icc))
gray = new_image(20, 10, "GRAY")
answer = [[each.width, each.height, each.layout, bytes(each.data[:2])] for each in
          (picture_of(mask), picture_of(new_layer(gray, size=(5, 4), alpha=False)))]
""",
        icc=tables_profile(),
    )
    assert answer[0][:3] == [40, 30, "gray"]
    assert answer[1][:3] == [5, 4, "gray"]


def test_a_large_layer_is_read_in_bands_and_kept_out_of_memory(gimp):
    equal, grown = gimp.console(
        BEGIN
        + """
import resource
image = new_image(6000, 4000)
layer = Gimp.Layer.new(image, "large", 6000, 4000, Gimp.ImageType.RGBA_IMAGE, 100, 28)
image.insert_layer(layer, None, 0)
layer.fill(Gimp.FillType.WHITE)
write(layer, bytes(range(1, 5)) * 6000, rect=(0, 3999, 6000, 1))
source = open_sources(image, [layer])[0]
result = source.new_result()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for y in range(0, 4000, 40):
    data = source.read_rows(y, y + 40)
    result.write_rows(y, data)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
new = placing.place(image, [result], "new-layer", "x")[0]
last = (0, 3998, 6000, 2)
answer = [read(new, rect=last) == read(layer, rect=last), grown]
"""
    )
    assert equal
    assert grown < 600 * 1024  # KiB; the picture and its painting have 183 MiB
