"""The preview of what is chosen in a panel: read, asked for and shown while controls move."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from styleswap_vendor.styleswap.client import Picture
from styleswap_vendor.styleswap.client.cancel import CancelToken
from styleswap_vendor.styleswap.editing import previews
from styleswap_vendor.styleswap.editing.live import Live
from styleswap_vendor.styleswap.editing.region import Rect
from styleswap_vendor.styleswap.editing.second_style import Second, mixed, second_in
from styleswap_vendor.styleswap.editing.words import _, duration
from styleswap_vendor.styleswap.v1.controls import CONTROLS, Value
from styleswap_vendor.styleswap.v1.counting import effective

from .background import post
from .causes import PREVIEW
from .docker.preview import Preview
from .errors import Refused, explain
from .host.canvas import visible_part
from .host.placing import obstacle
from .host.seen import image_of, picture_of
from .host.source import Pixels, Source, open_source, read, read_reduced
from .pump import Pump, Steps
from .qt import QtCore, QtGui
from .session import Session, style_of

LOOK_MILLISECONDS = 400
"""How often it is looked whether another layer, selection or part of the picture is at hand."""
PART_LONGEST = 384
"""Longest side of a part at full size, in pixels: it takes seconds on a CPU."""


@dataclass(frozen=True)
class _Subject:
    """What was read of the document."""

    number: int
    source: Source
    reduced: Picture
    region: Rect | None
    """A part of what is sent, where that is shown at full size."""
    whole: Pixels | None
    """All of what is sent, where a part is shown."""


@dataclass(frozen=True)
class _Request:
    """What a preview is made of."""

    number: int
    style: str
    settings: tuple[tuple[str, Value], ...]
    """Those that count: the others change nothing."""
    second: Second | None


_Answer = tuple[Any, previews.Preview]


class Previews:
    """Keeps one preview true. Belongs to the main thread; rests until `watch`."""

    def __init__(
        self,
        session: Session,
        view: Preview,
        values: Callable[[], Mapping[str, Any]],
        told: Callable[[str], object],
        moved: Callable[[], object],
    ) -> None:
        """Shows nothing yet.

        Args:
            session: gives daemon and documents.
            view: where it is shown.
            values: what is chosen, as of `Session.last`.
            told: called with how long the whole painting takes, "" where that is unknown.
            moved: called when something else is at hand in Krita than before.
        """
        self._session = session
        self._view = view
        self._values = values
        self._told = told
        self._moved = moved
        self._at_hand: tuple[object, str] = None, ""
        self._number = 0
        self._subject: _Subject | None = None
        self._seen: object = ""  # nothing that is ever at hand
        self._stale = False
        self._watching = False
        self._reading: Pump | None = None
        self._live: Live[_Request, _Answer] = Live(
            self._paint, post, self._painted, self._unpainted
        )
        self._timer = QtCore.QTimer()
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self.look)

    def watch(self, watching: bool) -> None:
        """Starts to keep it true, or stops."""
        self._watching = watching
        if watching:
            self._timer.start()
            self.look()
            self.refresh()
        else:
            self._timer.stop()
            self.rest()

    def rest(self) -> None:
        """Gives up what is under way, until something changes."""
        self._live.drop()
        self._view.work("")

    def close(self) -> None:
        """Ends all work."""
        self._timer.stop()
        if self._reading is not None:
            self._reading.stop()
        self._live.close()

    def look(self) -> None:
        """Reads the document anew where something else is to be painted than before."""
        if not self._watching:
            return
        self.note()
        if self._reading is not None and not self._reading.ended:
            return
        seen, _obstacle = self._at_hand
        if seen == self._seen and not self._stale:
            return
        if seen != self._seen:
            self._live.drop()
            self._subject = None
        self._seen, self._stale = seen, False
        try:
            source, region = self._open()
        except Exception as error:  # noqa: BLE001 - shown
            self._empty(error)
        else:
            self._read(source, region)

    def note(self) -> None:
        """Looks what is at hand, without reading it."""
        now = self._subject_at_hand(), self._obstacle()
        if now != self._at_hand:
            self._at_hand = now
            self._moved()

    def again(self) -> None:
        """Reads the document anew: the user may have painted."""
        self._stale = True
        self.look()

    def refresh(self) -> None:
        """Asks for the preview of what is chosen now."""
        subject = self._subject
        values = self._values()
        style = str(values.get("style") or "")
        if subject is None or not style or self._session.connection.state != "connected":
            self._live.drop()
            self._view.work("")
            return
        if not self._watching:
            return
        chosen = {each.name: values[each.name] for each in CONTROLS}
        settings = tuple(effective(chosen).items())
        self._session.gone(PREVIEW)
        self._live.ask(_Request(subject.number, style, settings, second_in(values)))
        self._busy()

    def _obstacle(self) -> str:
        """Returns why what is at hand cannot be painted in place, "" where that is not asked."""
        if self._values()["output"] != "in-place":
            return ""
        document = self._session.app.activeDocument()
        node = None if document is None else document.activeNode()
        return "" if node is None else obstacle(node)

    def _subject_at_hand(self) -> object:
        """Returns what tells one subject from another; quickly, as it is asked all the time."""
        app, values = self._session.app, self._values()
        document = app.activeDocument()
        if document is None:
            return None
        node, selection = document.activeNode(), document.selection()
        chosen = None
        if selection is not None:
            chosen = selection.x(), selection.y(), selection.width(), selection.height()
        return (
            document.rootNode().uniqueId().toString(),
            None if node is None else (node.uniqueId().toString(), node.type(), node.bounds()),
            chosen,
            (values["input"], values["output"] == "in-place"),
            visible_part(app, document) if self._view.visible_part else None,
        )

    def _open(self) -> tuple[Source, Rect | None]:
        """Returns what is to be painted, and the part that is shown at full size."""
        app, values = self._session.app, self._values()
        document = app.activeDocument()
        node = None if document is None else document.activeNode()
        source = open_source(document, node, values["input"], bare=values["output"] == "in-place")
        if not self._view.visible_part:
            return source, None
        shown = visible_part(app, document)
        if shown is None:
            raise Refused(_("Nothing of the picture is visible; move it into sight."))
        region = _middle(shown.intersect(source.area))
        if not region:
            raise Refused(
                _("Nothing of {name} is visible; move it into sight.").format(name=source.name)
            )
        return source, region

    def _empty(self, error: Exception) -> None:
        """Shows why there is no preview."""
        self._session.gone(PREVIEW)
        self._subject = None
        self._live.drop()
        self._view.show_before(None, (1, 1))
        self._view.empty(explain(error))
        self._view.work("")
        self._told("")

    def _read(self, source: Source, region: Rect | None) -> None:
        found: list[QtGui.QImage] = []
        whole = None if region is None else Pixels(source.format)

        def steps() -> Steps:
            if region is None or whole is None:
                yield from read_reduced(source, previews.REDUCED_LONGEST, found)
            else:
                yield from read(source, whole)
                part = replace(source, area=region)
                yield from read_reduced(part, PART_LONGEST, found)

        def done() -> None:
            inside = None if region is None else region.relative_to(source.area)
            picture = picture_of(found[0], gray=source.encoding.gray)
            if self._subject is not None and whole is None and self._subject.reduced == picture:
                return  # nobody has painted
            self._number += 1
            self._subject = _Subject(self._number, source, picture, inside, whole)
            size = (region or source.area).width, (region or source.area).height
            self._view.show_before(found[0], size)
            self.refresh()

        self._reading = Pump(steps(), done, self._empty)

    def _paint(
        self, request: _Request, cancel: CancelToken, show: Callable[[_Answer], None]
    ) -> _Answer:
        """Has a preview painted. In the thread of `Live`."""
        subject = self._subject
        daemon = self._session.connection.daemon
        if subject is None or subject.number != request.number or daemon is None:
            raise Refused(_("The picture has changed."))
        style = mixed(style_of(request.style), request.second, style_of)
        settings = dict(request.settings)

        def waiting(text: str) -> None:
            post(lambda: None if cancel.is_set() else self._view.work(text))

        if subject.region is None or subject.whole is None:
            area = subject.source.area
            size = area.width, area.height
            painted = previews.coarse(
                *(daemon, subject.reduced, size, style, settings, cancel),
                on_the_way=lambda preview: show((image_of(preview.picture), preview)),
                waiting=waiting,
            )
        else:
            picture = subject.whole.picture()
            painted = previews.crop(
                *(daemon, picture, subject.region, style, settings, cancel), waiting=waiting
            )
        return image_of(painted.picture), painted

    def _painted(self, request: _Request, answer: _Answer) -> None:
        image, preview = answer
        subject = self._subject
        if subject is None or subject.number != request.number:
            return
        self._view.show_painted(image, tuple(preview.notices))
        if preview.seconds_whole is not None:
            self._told(_("Takes {duration}").format(duration=duration(preview.seconds_whole)))
        self._busy()

    def _unpainted(self, _request: _Request, error: Exception) -> None:
        self._live.drop()  # the same may be asked for again
        self._view.forget()
        self._view.work("")
        self._told("")
        if not isinstance(error, Refused):
            self._session.fail(error, self.refresh, PREVIEW)

    def _busy(self) -> None:
        self._view.work("" if self._live.idle else _("Painting the preview…"))


def _middle(part: Rect) -> Rect:
    """Returns the middle of a part, no larger than can be painted soon."""
    width, height = min(part.width, PART_LONGEST), min(part.height, PART_LONGEST)
    x, y = part.x + (part.width - width) // 2, part.y + (part.height - height) // 2
    return Rect(x, y, width, height)
