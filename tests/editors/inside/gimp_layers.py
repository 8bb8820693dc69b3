"""Layers with known pixels, for scripts in GIMP: plain calls of GIMP's, and the plug-in's modules.

Numbers of pixels are those of the file, read and written under GEGL's name of a format.
"""

import sys

PLUGIN = "/scratch/profile/plug-ins/style-swap"
if PLUGIN not in sys.path:
    sys.path.insert(0, PLUGIN)

import pixels  # noqa: E402
import placing  # noqa: E402, F401 - for the scripts
from gi.repository import Gegl, Gimp, Gio  # noqa: E402

TYPES = {
    Gimp.ImageBaseType.RGB: (Gimp.ImageType.RGB_IMAGE, Gimp.ImageType.RGBA_IMAGE),
    Gimp.ImageBaseType.GRAY: (Gimp.ImageType.GRAY_IMAGE, Gimp.ImageType.GRAYA_IMAGE),
    Gimp.ImageBaseType.INDEXED: (Gimp.ImageType.INDEXED_IMAGE, Gimp.ImageType.INDEXEDA_IMAGE),
}


def new_image(width=100, height=80, base="RGB", precision="U8_NON_LINEAR", icc=None):
    """Return an image without layers."""
    base = getattr(Gimp.ImageBaseType, base)
    image = Gimp.Image.new_with_precision(width, height, base, getattr(Gimp.Precision, precision))
    if icc is not None:
        image.set_color_profile(Gimp.ColorProfile.new_from_icc_profile(icc))
    return image


def new_layer(image, name="source", size=(40, 30), at=(0, 0), *, alpha=True, group=None, fill=None):
    """Return a layer at the top of an image or group, filled with one pixel, "R'G'B'A u8"."""
    kind = TYPES[image.get_base_type()][alpha]
    layer = Gimp.Layer.new(image, name, *size, kind, 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, group, 0)
    layer.set_offsets(*at)
    write(layer, bytes(fill or (200, 100, 50, 255)) * (size[0] * size[1]))
    return layer


def new_group(image, name="group", parent=None):
    """Return a group at the top of an image or group."""
    group = Gimp.GroupLayer.new(image, name)
    image.insert_layer(group, parent, 0)
    return group


def add_filter(drawable, operation, *, visible=True, **values):
    """Append a non-destructive filter."""
    added = Gimp.DrawableFilter.new(drawable, operation, operation)
    for name, value in values.items():
        added.get_config().set_property(name, value)
    drawable.append_filter(added)
    added.set_visible(visible)


def add_mask(layer, value=0):
    """Give a layer a mask of one value, 0 to 255."""
    layer.add_mask(layer.create_mask(Gimp.AddMaskType.WHITE))
    mask = layer.get_mask()
    write(mask, bytes([value]) * (mask.get_width() * mask.get_height()), "Y u8")
    return mask


def write(drawable, data, babl="R'G'B'A u8", rect=None):
    """Fill a drawable, or a part (x, y, width, height) of it."""
    rect = rect or (0, 0, drawable.get_width(), drawable.get_height())
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(*rect), babl, data)
    buffer.flush()
    drawable.update(*rect)


def read(drawable, babl="R'G'B'A u8", rect=None):
    """Return the bytes of a drawable, or of a part of it."""
    rect = rect or (0, 0, drawable.get_width(), drawable.get_height())
    buffer = drawable.get_buffer()
    return buffer.get(Gegl.Rectangle.new(*rect), 1.0, babl, Gegl.AbyssPolicy.NONE)


def own_numbers(layer, babl):
    """Return the pixels of an RGB layer in the numbers of its image's own profile."""
    image = layer.get_image()
    image.set_color_profile(Gimp.ColorProfile.new_rgb_srgb())
    return read(layer, babl)


def select(image, rect, values=None):
    """Select a rectangle, softly where its pixels (0 to 255) are given."""
    image.select_rectangle(Gimp.ChannelOps.REPLACE, *rect)
    if values is not None:
        write(image.get_selection(), bytes(values), "Y u8", rect)


def load(path):
    """Open an image file."""
    return Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))


def told(source):
    """Return what a source says of itself, and the rows that it sends."""
    sent = source.format
    return {
        "size": [sent.width, sent.height],
        "layout": sent.layout,
        "depth": sent.depth,
        "linear": sent.linear,
        "area": tell(source.area),
        "kept": tell(source.kept),
        "notices": list(source.notices),
        "data": b"".join(source.read_rows(y, y + 1) for y in range(sent.height)),
    }


def tell(rect):
    """Return a rectangle as JSON can hold it."""
    return [rect.x, rect.y, rect.width, rect.height]


def painted(source, pixel=None, data=None):
    """Return a stand-in for a painting: one pixel everywhere, these bytes, or the source itself."""
    result = source.new_result()
    height = source.format.height
    if pixel is not None:
        data = bytes(pixel) * (source.format.width * height)
    for y in range(height):
        row = source.format.row_bytes
        result.write_rows(
            y, source.read_rows(y, y + 1) if data is None else data[y * row : (y + 1) * row]
        )
    return result


def alike(source, pixel):
    """Return a painting of one pixel, "R'G'B'A u8": its bytes in the source's format."""
    patch = new_image(source.area.width, source.area.height)
    painting = new_layer(patch, size=(source.area.width, source.area.height), fill=pixel)
    data = read(painting, source.encoding.babl(source.pixels.alpha))
    patch.delete()
    return data


def state(image):
    """Return what must stay as it is when something fails, or when an image is only read."""
    layers = []

    def visit(items):
        for item in items:
            values = [item.get_name(), item.get_offsets()[1:], len(item.get_filters())]
            layers.append([*map(str, values), read(item, "R'G'B'A float").hex()])
            if item.is_group():
                visit(item.get_children())

    visit(image.get_layers())
    bounds = Gimp.Selection.bounds(image)
    images = len(Gimp.get_images())
    return [layers, str(bounds[1:]), images, image.is_dirty(), len(image.get_channels())]


def refusal(function, *arguments):
    """Return the sentence with which the plug-in refuses, None when it does not."""
    from errors import FilterError

    try:
        function(*arguments)
    except FilterError as error:
        return str(error)
    return None


open_sources, picture_of = pixels.open_sources, pixels.picture_of
