"""Where the paintings go: layers above their sources, the sources themselves, or a new image.

All that takes time happens in buffers of this process; what changes the image comes last and is one
step of its history.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from colours import canvas, empty_layer
from errors import FilterError
from gegl_buffers import new_buffer, rectangle
from gi.repository import Gegl, Gimp
from own_paintings import mark, position_above
from pixels import Result
from rendering import has_filters
from selection import selection_of
from styleswap_vendor.styleswap.editing.region import Rect
from styleswap_vendor.styleswap.editing.words import _


def check_output(drawables: Sequence[Any], output: str) -> None:
    """Refuses an output that cannot be had, before any work is spent on it.

    A layer with non-destructive filters is not painted in place: what is painted is the layer with
    its filters, which would then be applied to the painting once more. Merging them for the user
    would throw away what he keeps them for, so he is told how to.

    Raises:
        FilterError: a drawable cannot be painted in place.
    """
    if output != "in-place":
        return
    for drawable in drawables:
        reason = _obstacle(drawable)
        if reason is not None:
            raise FilterError(reason.format(name=drawable.get_name()))


def _obstacle(drawable: Any) -> str | None:
    """Returns why a drawable cannot be painted in place, None where it can."""
    if drawable.is_group():
        return _("{name} is a group, which has no pixels of its own; choose a new layer as output.")
    # Links and vector layers, from GIMP 3.2 on, are drawn anew from what they stand for.
    if hasattr(drawable, "is_rasterized") and not (
        drawable.is_text_layer() or drawable.is_rasterized()
    ):
        return _(
            "{name} has no pixels of its own; rasterize it first or choose a new layer as output."
        )
    above = drawable
    while above is not None:
        if above.get_lock_content():
            return _(
                "The pixels of {name} are locked; unlock them or choose a new layer as output."
            )
        above = above.get_parent()
    if has_filters(drawable):
        return _(
            "{name} has filters, which would change the painting once more; merge them first or "
            "choose a new layer as output."
        )
    return None


def place(
    image: Any,
    results: Sequence[Result],
    output: str,
    style_name: str,
    *,
    interactive: bool = False,
) -> list[Any]:
    """Puts paintings where the user wants them, in one step of the image's history.

    "new-layer": each one directly above its source, or above the paintings that lie there already,
    in the same group, of the selection's size; mode Normal, 100 %. Its alpha is the source's times
    the selection; the source's own mask is copied. In an indexed image it has the colours of the
    palette. The layers that were selected still are, so that painting again paints the same.

    "in-place": the source's pixels are replaced as far as they were selected; all else of the
    layer stays as it is.

    "new-image": layers as above in an image of their own, with precision, profile and resolution of
    the old one. Where that is indexed, the new one is RGB: the painting's colours are not those of
    the palette.

    Args:
        image: the sources' image.
        results: paintings that are complete.
        output: one of the above.
        style_name: for the names of layers: "style – source".
        interactive: whether a new image is shown.

    Returns:
        The drawables that hold the paintings, in the order of the results.

    Raises:
        FilterError: a source was removed or changed meanwhile so that there is no place for it.
    """
    drawables = [result.source.drawable for result in results]
    for result in results:
        if not _is_in(image, result.source.drawable):
            raise FilterError(
                _(
                    "The layer {name} was removed while it was painted; undo that, and paint it "
                    "again."
                ).format(name=result.source.name)
            )
    check_output(drawables, output)
    if output == "in-place":
        _check_sizes(results)
        return _replace(image, results)
    if output == "new-image":
        return _open_image(image, results, style_name, interactive)
    layers = [_layer(image, result, style_name) for result in results]
    with _one_step(image), _still_selected(image):
        for drawable, layer in zip(drawables, layers, strict=True):
            mark(layer)
            position = position_above(image, drawable)
            _require(image.insert_layer(layer, drawable.get_parent(), position), drawable)
    return layers


def _is_in(image: Any, drawable: Any) -> bool:
    """Returns whether a layer is in an image; one that undo would bring back is not."""
    if not drawable.is_valid():
        return False
    while True:
        parent = drawable.get_parent()
        siblings = image.get_layers() if parent is None else parent.get_children()
        if drawable.get_id() not in {each.get_id() for each in siblings}:
            return False
        if parent is None:
            return True
        drawable = parent


def _check_sizes(results: Sequence[Result]) -> None:
    """Refuses to write into layers that are no longer as large as they were.

    Raises:
        FilterError: one was scaled or cut meanwhile.
    """
    for result in results:
        drawable, bounds = result.source.drawable, result.source.pixels.bounds
        if (drawable.get_width(), drawable.get_height()) != (bounds.width, bounds.height):
            raise FilterError(
                _("The size of {name} changed while it was painted; paint it again.").format(
                    name=result.source.name
                )
            )


def _require(done: bool, drawable: Any) -> None:
    """GIMP's procedures do not raise exceptions."""
    if not done:
        raise FilterError(
            _("GIMP did not take the painting of {name}; undo and try again.").format(
                name=drawable.get_name()
            )
        )


@contextmanager
def _one_step(image: Any) -> Iterator[None]:
    image.undo_group_start()
    try:
        yield
    finally:
        image.undo_group_end()


@contextmanager
def _still_selected(image: Any) -> Iterator[None]:
    """Has what is selected in the dockers selected afterwards: GIMP selects each new layer."""
    layers, channels = image.get_selected_layers(), image.get_selected_channels()
    try:
        yield
    finally:
        if channels:
            image.set_selected_channels(channels)
        else:
            image.set_selected_layers(layers)


def _layer(image: Any, result: Result, style_name: str, left: int = 0, top: int = 0) -> Any:
    """Returns the painting as a layer for an image, not in it yet.

    `left` and `top` are where the image begins, in pixels of the source's image.
    """
    source, kept = result.source, result.source.kept
    name = f"{style_name} – {source.name}"
    layer = _converted(image, result, _through_selection(result), name)
    there = _place_in_image(result)
    layer.set_offsets(there.x - left, there.y - top)
    mask = source.drawable.get_mask()
    if mask is not None:
        layer.add_mask(layer.create_mask(Gimp.AddMaskType.WHITE))
        _copy(mask.get_buffer(), kept, layer.get_mask())
        layer.set_apply_mask(source.drawable.get_apply_mask())
    return layer


def _through_selection(result: Result) -> Any:
    """Returns the painting as far as it is kept, its alpha multiplied by the selection's."""
    source, kept = result.source, result.source.kept
    if source.mask is None:
        return result.buffer
    selected = new_buffer(source.encoding.babl(alpha=True), kept)
    graph = Gegl.Node()
    painting = graph.create_child("gegl:buffer-source")
    painting.set_property("buffer", result.buffer)
    mask = graph.create_child("gegl:buffer-source")
    mask.set_property("buffer", source.mask)
    through = graph.create_child("gegl:opacity")
    cut = graph.create_child("gegl:crop")
    for name, value in (("x", kept.x), ("y", kept.y), ("width", kept.width)):
        cut.set_property(name, value)
    cut.set_property("height", kept.height)
    out = graph.create_child("gegl:write-buffer")
    out.set_property("buffer", selected)
    painting.connect_to("output", through, "input")
    mask.connect_to("output", through, "aux")
    through.connect_to("output", cut, "input")
    cut.connect_to("output", out, "input")
    out.process()
    return selected


def _converted(image: Any, result: Result, pixels: Any, name: str) -> Any:
    """Returns a layer for an image with the kept part of `pixels` in the image's own colours."""
    kept = result.source.kept
    if not result.source.gamut.by_gimp:
        layer = empty_layer(image, name, kept.width, kept.height)
        _copy(pixels, kept, layer)
        return layer
    with canvas(kept.width, kept.height, Gimp.Precision.FLOAT_NON_LINEAR) as srgb:
        unconverted = empty_layer(srgb, name, kept.width, kept.height)
        _copy(pixels, kept, unconverted)
        layer = Gimp.Layer.new_from_drawable(unconverted, image)
    layer.set_name(name)
    return layer


def _copy(pixels: Any, part: Rect, drawable: Any) -> None:
    """Fills a drawable with a part of a buffer."""
    target = drawable.get_buffer()
    whole = Rect(0, 0, part.width, part.height)
    pixels.copy(rectangle(part), Gegl.AbyssPolicy.NONE, target, rectangle(whole))
    target.flush()
    drawable.update(0, 0, part.width, part.height)


def _replace(image: Any, results: Sequence[Result]) -> list[Any]:
    """Replaces the sources' pixels."""
    for result in results:
        _write_shadow(image, result)
    with _one_step(image):
        for result in results:
            source, kept = result.source, result.source.kept
            with selection_of(source.drawable, kept, source.mask, source.encoding.single):
                _require(source.drawable.merge_shadow(True), source.drawable)
            source.drawable.update(kept.x, kept.y, kept.width, kept.height)
    return [result.source.drawable for result in results]


def _write_shadow(image: Any, result: Result) -> None:
    """Fills what GIMP merges into a drawable, with the drawable's undo step and its selection."""
    source, kept = result.source, result.source.kept
    pixels, part = result.buffer, rectangle(kept)
    converted = None
    if source.gamut.by_gimp:
        converted = _converted(image, result, pixels, source.name)
        pixels, part = converted.get_buffer(), rectangle(kept.relative_to(kept))
    shadow = source.drawable.get_shadow_buffer()
    pixels.copy(part, Gegl.AbyssPolicy.NONE, shadow, rectangle(kept))
    shadow.flush()
    if converted is not None:
        converted.delete()


def _open_image(
    image: Any, results: Sequence[Result], style_name: str, interactive: bool
) -> list[Any]:
    """Makes a new image of the paintings, as large as they are together."""
    base = image.get_base_type()
    if base == Gimp.ImageBaseType.INDEXED:
        base = Gimp.ImageBaseType.RGB
    places = [_place_in_image(result) for result in results]
    left, top = min(place.x for place in places), min(place.y for place in places)
    right = max(place.right for place in places)
    bottom = max(place.bottom for place in places)
    new = Gimp.Image.new_with_precision(right - left, bottom - top, base, image.get_precision())
    try:
        new.undo_disable()
        profile = image.get_color_profile()
        if profile is not None:
            new.set_color_profile(profile)
        _ok, across, down = image.get_resolution()
        new.set_resolution(across, down)
        new.set_unit(image.get_unit())
        layers = [_layer(new, result, style_name, left, top) for result in results]
        drawables = [result.source.drawable for result in results]
        for number in sorted(range(len(layers)), key=lambda at: _position(drawables[at])):
            new.insert_layer(layers[number], None, len(new.get_layers()))
        new.undo_enable()
    except BaseException:
        new.delete()
        raise
    if interactive:
        Gimp.Display.new(new)
    return layers


def _place_in_image(result: Result) -> Rect:
    """Returns what a painting covers, in the image's coordinates."""
    kept = result.source.kept
    _ok, x, y = result.source.drawable.get_offsets()
    return Rect(x + kept.x, y + kept.y, kept.width, kept.height)


def _position(drawable: Any) -> tuple[int, ...]:
    """Returns where a layer stands in the stack, the highest first; a group before its content."""
    positions: list[int] = []
    while drawable is not None:
        positions.insert(0, drawable.get_image().get_item_position(drawable))
        drawable = drawable.get_parent()
    return tuple(positions)
