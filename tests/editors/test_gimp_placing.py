"""Where paintings go, in the real GIMP: stand-ins with known pixels, no daemon."""

import numpy as np
import pytest
import tifffile
from PIL import Image
from tests.icc import ADOBE_RGB

from .colour_files import COLOUR_FILES, FULL, STEPS, ColourFile

pytestmark = pytest.mark.editors
BEGIN = "from gimp_layers import *\n"
SOFT = np.array([[255, 128, 20, 0], [1, 254, 77, 200]], np.uint8)
WRITABLE = [file for file in COLOUR_FILES if not file.indexed]


def pixels(data, width, channels=4):
    return np.frombuffer(data, np.uint8).reshape(-1, width, channels)


def linear(values):
    """Light of 8-bit numbers in sRGB."""
    values = np.asarray(values) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def curved(light):
    """8-bit numbers in sRGB, not rounded."""
    return 255 * np.where(
        light <= 0.0031308, light * 12.92, 1.055 * np.abs(light) ** (1 / 2.4) - 0.055
    )


def test_a_new_layer_lies_directly_above_in_the_same_group(gimp):
    answer = gimp.console(
        BEGIN
        + """
image = new_image(100, 80)
outer = new_group(image, "outer")
inner = new_group(image, "inner", outer)
new_layer(image, "lowest", group=inner)
layer = new_layer(image, "photo", size=(60, 50), at=(-15, -5), group=inner)
new_layer(image, "top", group=inner)
layer.set_visible(False)
for item in (inner, layer):
    item.set_lock_content(True)
    item.set_lock_position(True)
    item.set_lock_visibility(True)
layer.set_lock_alpha(True)
layer.set_opacity(20)
layer.set_mode(Gimp.LayerMode.MULTIPLY)
before = read(layer)
source = open_sources(image, [layer])[0]
new = placing.place(image, [painted(source, (9, 8, 7, 255))], "new-layer", "Woodcut")[0]
answer = {
    "stack": [each.get_name() for each in inner.get_children()],
    "others": len(image.get_layers()) + len(outer.get_children()),
    "size": [new.get_width(), new.get_height(), *new.get_offsets()[1:]],
    "normal": new.get_mode() == Gimp.LayerMode.NORMAL,
    "opacity": new.get_opacity(),
    "visible": new.get_visible(),
    "locks": [new.get_lock_content(), new.get_lock_alpha(), new.get_lock_position()],
    "mask": new.get_mask() is None,
    "pixels": read(new),
    "same": before == read(layer) and not layer.get_visible() and layer.get_opacity(),
}
"""
    )
    assert answer["stack"] == ["top", "Woodcut – photo", "photo", "lowest"]
    assert answer["others"] == 2
    assert answer["size"] == [60, 50, -15, -5]
    assert answer["normal"]
    assert answer["opacity"] == 100
    assert answer["visible"]
    assert answer["locks"] == [False, False, False]
    assert answer["mask"]
    assert (pixels(answer["pixels"], 60) == [9, 8, 7, 255]).all()
    assert answer["same"] == pytest.approx(20, abs=0.1)


@pytest.mark.parametrize(
    ("base", "icc"),
    [("RGB", None), ("RGB", ADOBE_RGB), ("GRAY", None)],
    ids=["rgb", "adobe", "gray"],
)
@pytest.mark.parametrize("precision", ["U8_NON_LINEAR", "U16_LINEAR", "FLOAT_LINEAR", "U8_LINEAR"])
def test_alpha_is_the_sources_times_the_selections(gimp, base, icc, precision):
    data, offsets, kind = gimp.console(
        BEGIN
        + """
image = new_image(100, 80, base, precision, icc)
layer = new_layer(image, at=(-4, 3), fill=(100, 100, 100, 130))
select(image, (10, 20, 4, 2), soft)
source = open_sources(image, [layer])[0]
new = placing.place(image, [painted(source)], "new-layer", "x")[0]
answer = [read(new), new.get_offsets()[1:], new.type() == TYPES[image.get_base_type()][1]]
""",
        base=base,
        precision=precision,
        icc=icc,
        soft=SOFT.tobytes(),
    )
    new = pixels(data, 4)
    assert offsets == [10, 20]
    assert kind
    assert np.abs(new[..., 3] - SOFT / 255 * 130).max() <= 1
    assert np.abs(new[..., :3][SOFT > 0].astype(int) - 100).max() <= 1


def test_a_layer_without_alpha_gets_one(gimp):
    answer = gimp.console(
        BEGIN
        + """
image = new_image()
layer = new_layer(image, alpha=False)
select(image, (10, 20, 4, 2), soft)
new = placing.place(image, [painted(open_sources(image, [layer])[0])], "new-layer", "x")[0]
answer = [read(new), layer.has_alpha()]
""",
        soft=SOFT.tobytes(),
    )
    assert (pixels(answer[0], 4)[..., 3] == SOFT).all()
    assert answer[1] is False


@pytest.mark.parametrize("output", ["new-layer", "new-image"])
def test_the_mask_is_copied_as_far_as_the_result_goes(gimp, output):
    numbers = np.arange(40 * 30, dtype=np.uint32).reshape(30, 40)
    mask = (numbers * 7 % 256).astype(np.uint8)
    answer = gimp.console(
        BEGIN
        + """
image = new_image()
layer = new_layer(image, at=(5, 6))
write(add_mask(layer), mask, "Y u8")
layer.set_apply_mask(False)
select(image, (15, 16, 12, 9))
new = placing.place(image, [painted(open_sources(image, [layer])[0])], output, "x")[0]
copied = new.get_mask()
answer = [copied.get_width(), read(copied, "Y u8"), new.get_apply_mask(), read(new)[3],
          read(layer.get_mask(), "Y u8")]
""",
        mask=mask.tobytes(),
        output=output,
    )
    width, copied, applied, alpha, kept = answer
    assert width == 12
    assert (np.frombuffer(copied, np.uint8).reshape(9, 12) == mask[10:19, 10:22]).all()
    assert not applied
    # Not applied to the painting's own pixels.
    assert alpha == 255
    assert kept == mask.tobytes()


def test_a_painted_group_and_a_painted_shadow_lie_where_they_are_seen(gimp):
    stack, group_place, shadow_place, before, after = gimp.console(
        BEGIN
        + """
image = new_image()
group = new_group(image)
new_layer(image, "a", at=(-10, 5), group=group)
new_layer(image, "b", at=(20, 15), group=group)
shadowed = new_layer(image, "shadowed", at=(30, 30))
add_filter(shadowed, "gegl:dropshadow", **{"x": 9.0, "y": -12.0, "radius": 3.0})
results = [painted(source) for source in open_sources(image, [group, shadowed])]
before = Gimp.Layer.new_from_visible(image, image, "")
first, second = placing.place(image, results, "new-layer", "x")
for hidden in (group, shadowed):
    hidden.set_visible(False)
after = Gimp.Layer.new_from_visible(image, image, "")
rectangle = lambda layer: [*layer.get_offsets()[1:], layer.get_width(), layer.get_height()]
answer = [[each.get_name() for each in image.get_layers()], rectangle(first), rectangle(second),
          read(before), read(after)]
"""
    )
    assert stack == ["x – shadowed", "shadowed", "x – group", "group"]
    assert group_place == [-10, 5, 70, 40]
    assert shadow_place[1] < 20
    assert shadow_place[0] + shadow_place[2] > 75
    # The same picture, once with groups and filters, once without.
    assert np.abs(pixels(before, 100).astype(int) - pixels(after, 100)).max() <= 1


@pytest.mark.parametrize("file", WRITABLE, ids=lambda file: file.name)
def test_known_colours_of_srgb_come_out_in_the_images_profile(gimp, file: ColourFile):
    """The painting is opaque patches; GIMP writes the new image to a file, LittleCMS is asked."""
    grays = np.repeat(np.arange(216, dtype=np.uint8)[:, None], 3, axis=1)
    patches = grays if file.gray else ColourFile("srgb", None).patches
    file.write(gimp.scratch / f"to-{file.name}.tif")
    icc, inside, elsewhere = gimp.console(
        BEGIN
        + """
image = load(path + ".tif")
layer = image.get_layers()[0]
select(image, (0, 0, 216, 1))
source = open_sources(image, [layer])[0]
result = source.new_result()
# Through a picture of GIMP's own, in the numbers in which the daemon would answer.
colours = new_image(216, 1)
patches = new_layer(colours, size=(216, 1), alpha=False)
write(patches, data, "R'G'B' u8")
answer_name = source.encoding.babl(False)
row = read(patches, answer_name)
place_of_row = (source.area.x, source.area.y, 216, 1)
result.buffer.set(Gegl.Rectangle.new(*place_of_row), answer_name, row)
new = placing.place(image, [result], "new-image", "x")[0]
Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, new.get_image(),
               Gio.File.new_for_path(path + "-out.tif"), None)
above = placing.place(image, [result], "new-layer", "x")[0]
profile = new.get_image().get_color_profile()
answer = profile and profile.get_icc_profile()
assert read(above, "R'G'B'A float") == read(new, "R'G'B'A float")
placing.place(image, [result], "in-place", "x")
answer = [answer, read(layer, "R'G'B' float", (0, 0, 216, 1)), read(new, "R'G'B' float")]
""",
        path=f"/scratch/to-{file.name}",
        data=patches.tobytes(),
    )
    written = gimp.scratch / f"to-{file.name}-out.tif"
    numbers = tifffile.imread(written).reshape(216, -1)
    channels = 1 if file.gray else 3
    assert str(numbers.dtype) == file.depth
    numbers = numbers[:, :channels] / FULL[file.depth] * 255
    expected = file.from_srgb(patches)
    difference = np.abs(numbers - np.clip(expected, 0, 255))
    assert difference.max() <= STEPS
    assert icc == file.icc
    # GIMP's merging rounds once more.
    inside, elsewhere = (np.frombuffer(each, np.float32) * 255 for each in (inside, elsewhere))
    assert np.abs(inside - elsewhere).max() <= 0.2


# The way through tables and back is not exact in itself.
@pytest.mark.parametrize(
    "file", [file for file in WRITABLE if file.name != "tables"], ids=lambda file: file.name
)
def test_colours_that_are_only_sent_come_back_as_they_were(gimp, file: ColourFile):
    """Also those that sRGB has no numbers for."""
    path = gimp.scratch / f"same-{file.name}.tif"
    numbers = file.write(path)
    gimp.console(
        BEGIN
        + """
image = load(path)
layer = image.get_layers()[0]
placing.place(image, [painted(open_sources(image, [layer])[0])], "in-place", "x")
Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(path + "-out.tif"), None)
""",
        path=f"/scratch/same-{file.name}.tif",
    )
    back = tifffile.imread(f"{path}-out.tif").reshape(numbers.shape)
    # A steeper curve than that of sRGB has some more numbers in the dark.
    steps = {"uint8": 2 if file.gray else 0, "uint16": 50, "float32": 1e-5}[file.depth]
    assert np.abs(back.astype(float) - numbers).max() <= steps


def test_in_an_indexed_image_each_pixel_gets_the_nearest_colour(gimp):
    file = ColourFile("indexed", None, indexed=True)
    file.write(gimp.scratch / "indexed.png")
    colours = np.random.default_rng(2).integers(0, 256, (216, 3), np.uint8)
    above, inside, elsewhere = gimp.console(
        BEGIN
        + """
image = load("/scratch/indexed.png")
layer = image.get_layers()[0]
source = open_sources(image, [layer])[0]
result = painted(source, data=data)
new = placing.place(image, [result], "new-layer", "x")[0]
other = placing.place(image, [result], "new-image", "x")[0]
placing.place(image, [result], "in-place", "x")
answer = [read(new, "R'G'B' u8"), read(layer, "R'G'B' u8"), read(other, "R'G'B' u8")]
""",
        data=colours.tobytes(),
    )
    palette = file.patches.astype(int)
    distances = ((colours[:, None].astype(int) - palette[None]) ** 2).sum(-1)
    for data in (above, inside):
        chosen = pixels(data, 216, 3)[0].astype(int)
        assert (np.abs(chosen[:, None] - palette[None]).sum(-1).min(1) == 0).all()
        assert (((chosen - colours) ** 2).sum(-1) <= distances.min(1)).all()
    # A new image is not bound to the palette.
    assert elsewhere == colours.tobytes()


@pytest.mark.parametrize("precision", ["U8_NON_LINEAR", "U16_NON_LINEAR", "FLOAT_LINEAR"])
def test_in_place_all_but_the_selected_pixels_stays(gimp, precision):
    answer = gimp.console(
        BEGIN
        + """
image = new_image(100, 80, precision=precision)
layer = new_layer(image, "photo", at=(-4, 3), fill=(200, 100, 50, 130))
write(add_mask(layer), bytes(range(100)) * 12, "Y u8")
layer.set_mode(Gimp.LayerMode.MULTIPLY)
layer.set_opacity(40)
layer.set_visible(False)
for lock in ("alpha", "position", "visibility"):
    getattr(layer, "set_lock_" + lock)(True)
select(image, (10, 20, 4, 2), soft)
source = open_sources(image, [layer])[0]
before = read(layer, "RGBA double")
result = painted(source, data=alike(source, (10, 250, 10, 130)))
placed = placing.place(image, [result], "in-place", "Woodcut")
answer = {
    "placed": [each.get_id() == layer.get_id() for each in placed],
    "layers": [each.get_name() for each in image.get_layers()],
    "before": before,
    "after": read(layer, "RGBA double"),
    "mask": read(layer.get_mask(), "Y u8"),
    "kept": [layer.get_mode() == Gimp.LayerMode.MULTIPLY, layer.get_lock_alpha(),
             layer.get_lock_position(), layer.get_lock_visibility(), layer.get_visible()],
    "opacity": layer.get_opacity(),
}
""",
        precision=precision,
        soft=SOFT.tobytes(),
    )
    assert answer["placed"] == [True]
    assert answer["layers"] == ["photo"]
    assert answer["kept"] == [True, True, True, True, False]
    assert answer["opacity"] == pytest.approx(40, abs=0.1)
    assert answer["mask"] == bytes(range(100)) * 12
    before, after = (
        np.frombuffer(answer[name], np.float64).reshape(30, 40, 4) for name in ("before", "after")
    )
    part = np.s_[17:19, 14:18]
    # GIMP blends light, as all its filters do.
    share = (SOFT / 255)[..., None]
    light = linear([200, 100, 50]) * (1 - share) + linear([10, 250, 10]) * share
    assert np.abs(curved(after[part][..., :3]) - curved(light)).max() <= 1.01
    assert (after[..., 3] == before[..., 3]).all()
    after = after.copy()
    after[part] = before[part]
    assert (after == before).all()


def test_what_has_no_place_is_refused_before_anything_changes(gimp):
    answers, allowed, untouched = gimp.console(
        BEGIN
        + """
image = new_image()
group = new_group(image)
child = new_layer(image, "child", group=group)
locked = new_layer(image, "locked")
locked.set_lock_content(True)
filtered = new_layer(image, "filtered")
add_filter(filtered, "gegl:invert-gamma")
free = new_layer(image, "free")
add_filter(free, "gegl:invert-gamma", visible=False)
results = {each.get_name(): painted(open_sources(image, [each])[0], (1, 2, 3, 255))
           for each in (group, child, locked, filtered, free)}
group.set_lock_content(True)
image.clean_all()
before = state(image)
answers = {}
for name, result in results.items():
    drawable = result.source.drawable
    sentence = refusal(placing.check_output, [drawable], "in-place")
    both = [results["free"], result]
    if sentence:
        assert sentence == refusal(placing.place, image, both, "in-place", "x")
    answers[name] = sentence
untouched = before == state(image)
allowed = [refusal(placing.check_output, [each.source.drawable], output)
           for each in results.values() for output in ("new-layer", "new-image")]
answer = [answers, allowed, untouched]
"""
    )
    assert "group is a group" in answers["group"]
    assert "child are locked" in answers["child"]
    assert "locked are locked" in answers["locked"]
    assert "merge them first" in answers["filtered"]
    assert answers["free"] is None
    assert allowed == [None] * 10
    assert untouched


def test_a_link_has_no_pixels_of_its_own(gimp):
    if gimp.series == "3.0":
        pytest.skip("GIMP 3.2 brought them")
    Image.new("RGB", (20, 10), (200, 100, 50)).save(gimp.scratch / "linked.png")
    sentence, above, rasterized = gimp.console(
        BEGIN
        + """
image = new_image()
link = Gimp.LinkLayer.new(image, Gio.File.new_for_path("/scratch/linked.png"))
image.insert_layer(link, None, 0)
result = painted(open_sources(image, [link])[0])
sentence = refusal(placing.place, image, [result], "in-place", "x")
new = placing.place(image, [result], "new-layer", "x")[0]
link.rasterize()
answer = [sentence, read(new), refusal(placing.check_output, [link], "in-place")]
"""
    )
    assert "rasterize it first" in sentence
    assert (pixels(above, 20) == [200, 100, 50, 255]).all()
    assert rasterized is None


def test_several_layers_are_one_new_image_in_their_order(gimp):
    answer = gimp.console(
        BEGIN
        + """
icc = Gimp.ColorProfile.new_rgb_adobe()
image = new_image(precision="U16_NON_LINEAR")
image.set_color_profile(icc)
image.set_resolution(144, 72)
image.set_unit(Gimp.Unit.mm())
low = new_layer(image, "low", at=(-10, 5))
group = new_group(image)
middle = new_layer(image, "middle", at=(50, 60), group=group)
top = new_layer(image, "top", size=(10, 10), at=(20, 0))
image.clean_all()
before = state(image)
results = [painted(each, data=alike(each, (9, 8, 7, 255))) for each in
           open_sources(image, [middle, low, top])]
new = placing.place(image, results, "new-image", "x")
other = new[0].get_image()
untouched = before[:2] == state(image)[:2] and not image.is_dirty()
answer = {
    "names": [each.get_name() for each in new],
    "stack": [[each.get_name(), *each.get_offsets()[1:]] for each in other.get_layers()],
    "size": [other.get_width(), other.get_height()],
    "resolution": other.get_resolution()[1:],
    "unit": other.get_unit() == image.get_unit(),
    "profile": other.get_color_profile().is_equal(icc),
    "precision": other.get_precision() == image.get_precision(),
    "undo": other.undo_is_enabled(),
    "displays": len(Gimp.get_images()) - before[2],
    "untouched": untouched,
}
"""
    )
    assert answer["names"] == ["x – middle", "x – low", "x – top"]
    assert answer["size"] == [100, 90]
    assert answer["stack"] == [["x – top", 30, 0], ["x – middle", 60, 60], ["x – low", 0, 5]]
    assert answer["resolution"] == [144, 72]
    assert answer["unit"]
    assert answer["profile"]
    assert answer["precision"]
    assert answer["undo"]
    assert answer["displays"] == 1
    assert answer["untouched"]


def test_several_layers_in_one_image(gimp):
    answer = gimp.console(
        BEGIN
        + """
image = new_image()
layers = [new_layer(image, name, at=(at, at)) for at, name in enumerate("abc")]
group = new_group(image)
image.reorder_item(layers[1], group, 0)
sources = open_sources(image, [group, *layers])
results = [painted(each, (at, at, at, 255)) for at, each in enumerate(sources)]
new = placing.place(image, results, "new-layer", "x")
answer = [[each.get_name() for each in image.get_layers()],
          [each.get_name() for each in group.get_children()],
          [read(each)[0] for each in new]]
placing.place(image, results[1:], "in-place", "x")
answer.append([read(each)[0] for each in layers])
"""
    )
    stack, inside, first, replaced = answer
    assert stack == ["x – group", "group", "x – c", "c", "x – a", "a"]
    assert inside == ["x – b", "b"]
    assert first == [0, 1, 2, 3]
    assert replaced == [1, 2, 3]


PAINT = """
def paint(name, layer=None):
    source = open_sources(image, [layer or photo])[0]
    return placing.place(image, [painted(source)], "new-layer", name)[0]

def stack(layers):
    return [stack(each.get_children()) if each.is_group() else each.get_name() for each in layers]
"""


def test_a_later_painting_lies_above_the_earlier_ones(gimp):
    """Whatever they are called by then, copied, put into a group, and read from a file."""
    answer = gimp.console(
        BEGIN
        + PAINT
        + """
image = new_image()
group = new_group(image)
photo = new_layer(image, "photo", group=group)
new_layer(image, "hat", group=group)
paint("first").set_name("renamed")
second = paint("second")
answer = [stack(group.get_children())]
copy = second.copy()
image.insert_layer(copy, group, image.get_item_position(second))
copy.set_name("copy")
image.reorder_item(second, new_group(image, "kept", group), 0)
image.reorder_item(group.get_children()[0], group, 1)
answer.append(stack(group.get_children()))
place = Gio.File.new_for_path("/scratch/painted.xcf")
Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, place, None)
image = load("/scratch/painted.xcf")
group, = image.get_layers()
photo = group.get_children()[-1]
paint("third")
answer.append(stack(group.get_children()))
"""
    )
    assert answer == [
        ["hat", "second – photo", "renamed", "photo"],
        ["hat", ["second – photo"], "copy", "renamed", "photo"],
        ["hat", "third – photo", ["second – photo"], "copy", "renamed", "photo"],
    ]


def test_a_painting_stays_under_what_is_none(gimp):
    """Also under a group with another layer in it, and in an image of nothing but paintings."""
    answer = gimp.console(
        BEGIN
        + PAINT
        + """
image = new_image()
photo = new_layer(image, "photo")
earlier = paint("earlier")
image.insert_layer(new_group(image, "empty"), None, 0)
mixed = new_group(image, "mixed")
image.reorder_item(earlier, mixed, 0)
new_layer(image, "hat", group=mixed)
image.reorder_item(mixed, None, len(image.get_layers()) - 2)
paint("later")
answer = [stack(image.get_layers())]
other = new_layer(image, "other")
results = [painted(each) for each in open_sources(image, [photo, other])]
lower = placing.place(image, results, "new-image", "x")[0]
image = lower.get_image()
paint("z", lower)
answer.append(stack(image.get_layers()))
"""
    )
    assert answer == [
        [[], ["hat", "earlier – photo"], "later – photo", "photo"],
        ["x – other", "z – x – photo", "x – photo"],
    ]


@pytest.mark.parametrize("selected", ["source", "others", "channel"])
def test_what_is_selected_stays_selected(gimp, selected):
    before, after, made = gimp.console(
        BEGIN
        + PAINT
        + """
image = new_image()
photo, *others = (new_layer(image, name) for name in ("photo", "hat", "coat"))
image.insert_channel(Gimp.Channel.new(image, "edge", 9, 9, 50, Gegl.Color.new("red")), None, 0)
if selected != "channel":
    image.set_selected_layers([photo] if selected == "source" else others)
before = sorted(each.get_name() for each in image.get_selected_drawables())
made = paint("x")
after = sorted(each.get_name() for each in image.get_selected_drawables())
answer = [before, after, made.get_name()]
""",
        selected=selected,
    )
    named = {"source": ["photo"], "others": ["coat", "hat"], "channel": ["edge"]}
    assert before == after == named[selected]
    assert made == "x – photo"


@pytest.mark.parametrize(
    ("precision", "icc"),
    [
        ("U8_NON_LINEAR", None),
        ("U8_NON_LINEAR", ADOBE_RGB),
        ("U8_LINEAR", None),
        ("U8_PERCEPTUAL", None),
        ("FLOAT_NON_LINEAR", None),
    ],
)
@pytest.mark.parametrize("then", ["another", "none"])
def test_the_selection_is_that_of_the_beginning(gimp, then, precision, icc):
    answer = gimp.console(
        BEGIN
        + """
answer = []
for changed in (False, True):
    image = new_image(precision=precision, icc=icc)
    layer = new_layer(image, at=(-4, 3))
    select(image, (10, 20, 4, 2), soft)
    source = open_sources(image, [layer])[0]
    result = painted(source, data=alike(source, (10, 250, 10, 255)))
    if changed and then == "none":
        Gimp.Selection.none(image)
    elif changed:
        select(image, (12, 21, 20, 9))
    selection = read(image.get_selection(), "Y float")
    chosen = [layer, new_layer(image, "another")]
    image.set_selected_layers(chosen)
    placing.place(image, [result], "in-place", "x")
    answer.append(read(layer, "R'G'B'A float"))
    assert selection == read(image.get_selection(), "Y float")
    assert not image.get_channels()
    still = {each.get_id() for each in image.get_selected_drawables()}
    assert still == {each.get_id() for each in chosen}
    new = placing.place(image, [result], "new-layer", "x")[0]
    answer.append(read(new))
""",
        soft=SOFT.tobytes(),
        precision=precision,
        icc=icc,
        then=then,
    )
    unchanged, above, changed, above_changed = answer
    first, second = (np.frombuffer(each, np.float32) for each in (unchanged, changed))
    assert np.abs(first - second).max() <= 0.6 / 255
    assert (
        np.abs(first.reshape(30, 40, 4)[17, 14] - np.array([10, 250, 10, 255]) / 255).max() < 0.03
    )
    assert above == above_changed


def test_no_selection_at_the_beginning_paints_all(gimp):
    data = gimp.console(
        BEGIN
        + """
image = new_image()
layer = new_layer(image)
result = painted(open_sources(image, [layer])[0], (10, 250, 10, 255))
select(image, (1, 2, 3, 4))
placing.place(image, [result], "in-place", "x")
answer = read(layer)
"""
    )
    assert (pixels(data, 40) == [10, 250, 10, 255]).all()


def test_layers_that_changed_meanwhile(gimp):
    removed, moved, scaled, untouched = gimp.console(
        BEGIN
        + """
image = new_image()
gone, moved, scaled = (new_layer(image, name) for name in ("gone", "moved", "scaled"))
results = [painted(each, (1, 2, 3, 255)) for each in open_sources(image, [gone, moved, scaled])]
image.remove_layer(gone)
moved.set_offsets(7, 8)
scaled.scale(20, 15, False)
image.clean_all()
before = state(image)
sentences = [refusal(placing.place, image, results, output, "x")
             for output in ("new-layer", "in-place", "new-image")]
small = refusal(placing.place, image, results[1:], "in-place", "x")
untouched = before == state(image)
new = placing.place(image, results[1:2], "new-layer", "x")[0]
answer = [sentences, new.get_offsets()[1:], small, untouched]
"""
    )
    assert all("gone was removed" in sentence for sentence in removed)
    assert moved == [7, 8]
    assert "size of scaled changed" in scaled
    assert untouched


def test_rows_that_do_not_fit_are_refused(gimp):
    refused = gimp.console(
        BEGIN
        + """
image = new_image()
source = open_sources(image, [new_layer(image)])[0]
answer = 0
for first, size in ((0, 159), (29, 320), (-1, 160)):
    try:
        source.new_result().write_rows(first, bytes(size))
    except ValueError:
        answer += 1
"""
    )
    assert refused == 3
