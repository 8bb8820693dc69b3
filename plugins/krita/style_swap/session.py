"""What all windows of Krita share: the daemon, the queue, the history, what is remembered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from styleswap_vendor.styleswap.client import Picture
from styleswap_vendor.styleswap.client.style_choice import ID_PREFIXES
from styleswap_vendor.styleswap.editing.adding import AddedFiles, add_files
from styleswap_vendor.styleswap.editing.command_line import as_command
from styleswap_vendor.styleswap.editing.errand import Errand
from styleswap_vendor.styleswap.editing.remembered import Remembered
from styleswap_vendor.styleswap.editing.second_style import (
    SHARE,
    STYLE,
    USUAL_SHARE,
    Second,
    mixed,
    mixed_name,
    second_in,
)
from styleswap_vendor.styleswap.editing.shelf import DEFAULT_STYLE, Shelf, Thumbnails
from styleswap_vendor.styleswap.editing.words import _
from styleswap_vendor.styleswap.v1.control import ControlError
from styleswap_vendor.styleswap.v1.controls import CONTROLS
from styleswap_vendor.styleswap.v1.settings import complete

from .background import post
from .causes import ADDING, DAEMON, LIBRARY, MEMORY, causes_of, of_job
from .connection import Connection
from .errors import Refused, explain
from .history import History
from .host.placing import OUTPUTS, Placed, check_output, is_open, place
from .host.source import INPUTS, Input, Pixels, open_source, read
from .jobs import Job, Order, Queue
from .pump import Pump, Steps
from .qt import QtGui
from .thumbnails import thumbnail_of

EDITOR = "krita"
"""Under which this editor's last values are remembered."""

Again = Callable[[], object]


class Session:
    """One for all windows. Belongs to the main thread.

    Panels listen: `listen` takes functions by the name of what has changed: "connection",
    "styles", "queue", "history"; "message", which takes a sentence, what tries again or None,
    whether something failed, and the causes; and "gone", which takes a cause, and what is to be
    said instead or "".
    """

    def __init__(self, app: Any) -> None:
        """Args: app: Krita."""
        self.app = app
        self._listeners: list[tuple[str, Callable[..., object]]] = []
        self._pumps: list[Pump] = []
        self.remembered = Remembered()
        self.connection = Connection(self._connection_changed, lambda: self._tell("styles"))
        self.queue = Queue(app, self.connection.require, lambda: self._tell("queue"), self._ended)
        self.history = History(lambda: self._tell("history"))
        self.thumbnails = Thumbnails(self._load_thumbnail, post)

    def listen(self, what: str, call: Callable[..., object]) -> None:
        """Has a function called when something has changed."""
        self._listeners.append((what, call))

    def ignore(self, calls: set[Callable[..., object]]) -> None:
        """Forgets functions given to `listen`."""
        self._listeners = [each for each in self._listeners if each[1] not in calls]

    def say(
        self,
        text: str,
        again: Again | None = None,
        *,
        error: bool = False,
        causes: Collection[str] = (),
    ) -> None:
        """Tells the user something, in every panel, until one of its causes is gone."""
        self._tell("message", text, again, error, causes)

    def fail(self, error: Exception, again: Again | None = None, *causes: str) -> None:
        """Tells the user of an error, which may have other causes than those it tells itself."""
        causes = (*causes, *causes_of(error))
        if DAEMON in causes:
            self.connection.lose(error)
        self.say(explain(error), again, error=True, causes=causes)

    def gone(self, cause: str, instead: str = "") -> None:
        """Takes back what was said because of something; see `Messages.withdraw`."""
        self._tell("gone", cause, instead)

    def close(self) -> None:
        """Ends all work; Krita is closing."""
        self._listeners = []
        for pump in self._pumps:
            pump.stop()
        self.queue.close()
        self.thumbnails.close()
        self.connection.close()

    # Painting.

    def last(self) -> dict[str, Any]:
        """Returns the values used last.

        They are "style", "style_name", "style_2", "style_2_share", "input", "output", and controls.
        """
        kept = self.remembered.last(EDITOR)
        values: dict[str, Any] = {
            "style": DEFAULT_STYLE,
            "style_name": "",
            STYLE: "",
            SHARE.name: str(USUAL_SHARE),
            "input": INPUTS[0],
            "output": OUTPUTS[0],
            **kept,
        }
        if values["input"] not in INPUTS:
            values["input"] = INPUTS[0]
        if values["output"] not in OUTPUTS:
            values["output"] = OUTPUTS[0]
        return values

    def keep(self, values: Mapping[str, Any]) -> None:
        """Remembers values as those used last."""
        if values != self.last():
            self.remembered.keep_last(EDITOR, values)

    def stylise(self, values: Mapping[str, Any]) -> Job:
        """Paints the active document as some values say, which are remembered.

        Args:
            values: as of `last`.

        Raises:
            Refused: there is nothing to paint, or it cannot go there.
            ControlError: two settings contradict each other.
        """
        document = self.app.activeDocument()
        node = None if document is None else document.activeNode()
        settings = _settings(values)
        output, what = values["output"], values["input"]
        check_output(document, node, what, output)
        source = open_source(document, node, what, bare=output == "in-place")
        text = str(values["style"])
        second = second_in(values)
        other = "" if second is None else self._style_name(second.style, "")
        name = self._style_name(text, str(values["style_name"]))
        style = mixed(style_of(text), second, style_of)
        self.keep(values)
        return self.queue.submit(
            Order(source, style, mixed_name(name, other), text, settings, output, second)
        )

    @staticmethod
    def contradict(values: Mapping[str, Any]) -> bool:
        """Whether settings among values, as of `last`, contradict each other."""
        try:
            _settings(values)
        except ControlError:
            return True
        return False

    def again(self) -> Job | None:
        """Paints the active document with the values used last; what is refused is said."""
        try:
            return self.stylise(self.last())
        except Exception as error:  # noqa: BLE001 - said
            self.fail(error)
            self._say_on_canvas(explain(error))
            return None

    def put_back(self, number: int) -> None:
        """Puts a painting of the history into its document once more, as a new layer."""
        kept = self.history.find(number)
        if kept is None:
            return
        found: list[Placed] = []
        order = kept.order
        steps = place(self.app, order.source, kept.pixels, "new-layer", order.style_name, found)
        self._pump(steps, lambda: self.say(found[0].notice))

    def command(
        self,
        document: Any,
        style: str,
        settings: Mapping[str, Any],
        second: Second | None = None,
    ) -> str:
        """Returns the command that paints a document's file so.

        Args:
            document: Krita's; None, or one that was closed, stands for any picture.
            style, settings, second: as of `Order`.
        """
        there = document is not None and is_open(self.app, document)
        file = document.fileName() if there else ""
        return as_command(file, style, settings, second, self.connection.styles)

    def _pump(self, steps: Steps, done: Callable[[], object]) -> None:
        """Works with Krita's objects in slices; what fails is said."""
        self._pumps = [pump for pump in self._pumps if not pump.ended]
        self._pumps.append(Pump(steps, done, self.fail))

    # The library.

    def shelf(self) -> Shelf:
        """Returns the styles as the user finds them."""
        return Shelf(self.connection.styles, self.remembered)

    def favour(self, style: str, favourite: bool) -> None:
        """Makes a style a favourite, or no longer one."""
        self.remembered.set_favourite(style, favourite)
        self._notice_memory()
        self._tell("styles")

    def add_styles(self, paths: Sequence[str], added: Callable[[str], object]) -> None:
        """Adds image files to the library.

        Args:
            paths: of the files; one that is no picture is named, the others are added.
            added: called with the id of the last one.
        """
        connection = self.connection

        def work() -> AddedFiles:
            return add_files(connection.require(lambda _text: None), paths, explain)

        def done(outcome: AddedFiles) -> None:
            self.gone(ADDING)
            if outcome.last:
                added(outcome.last)
                connection.list_styles()
            if outcome.sentences:
                self.say("\n".join(outcome.sentences), error=outcome.refused)

        self.say(_("Adding the style to the library…"), causes=(ADDING,))
        Errand(work, post, done, self.fail)

    def add_from_document(
        self, what: Input, selected: bool, added: Callable[[str], object]
    ) -> None:
        """Adds the active layer, or the selected part of it, to the library.

        Args:
            what: the layer, or all that shows.
            selected: the bounds of the selection.
            added: called with the style's id.
        """
        try:
            document = self.app.activeDocument()
            node = None if document is None else document.activeNode()
            if selected and document is not None and document.selection() is None:
                raise Refused(_("Nothing is selected; select the part that is to be the style."))
            source = open_source(document, node, what, selected=selected).cut()
        except Exception as error:  # noqa: BLE001 - said
            self.fail(error)
            return
        pixels = Pixels(source.format)
        name = source.name
        self._pump(read(source, pixels), lambda: self._add_pixels(pixels, name, added))

    def rename(self, style: str, name: str) -> None:
        """Gives one of the user's styles another name."""
        self._change_library(lambda daemon: daemon.styles.rename(style, name))

    def delete(self, style: str) -> None:
        """Removes one of the user's styles from the library."""
        self._change_library(lambda daemon: daemon.styles.remove(style))

    def _add_pixels(self, pixels: Pixels, name: str, added: Callable[[str], object]) -> None:
        picture: Picture = pixels.picture()

        def done(style: str) -> None:
            added(style)
            self.connection.list_styles()

        Errand(
            lambda: self.connection.require(lambda _text: None).styles.add(picture, name).style.id,
            post,
            done,
            self.fail,
        )

    def _change_library(self, change: Callable[[Any], object]) -> None:
        def done(_outcome: object) -> None:
            self.gone(LIBRARY)
            self.connection.list_styles()

        Errand(
            lambda: change(self.connection.require(lambda _text: None)),
            post,
            done,
            lambda error: self.fail(error, None, LIBRARY),
        )

    def _style_name(self, text: str, name: str) -> str:
        """Returns the name of a style; `name` where the library does not know it."""
        entry = self.shelf().find(text)
        return (entry.name if entry is not None else name) or text.rpartition("/")[2]

    def _load_thumbnail(self, style: str, size: int) -> bytes:
        """Returns a PNG file of a style of the library, or of a file. In a thread."""
        if style.startswith(ID_PREFIXES):
            return self.connection.require(lambda _text: None).styles.thumbnail(style, size)
        return thumbnail_of(style, size)

    # What is told.

    def _ended(self, job: Job) -> None:
        if job.state == "done":
            self.history.add(job)
            self.remembered.used(job.order.style_text)
            self._notice_memory()
            self._tell("styles")
            if job.notices:
                self.say("\n".join(job.notices))
        else:
            again = (lambda: self.queue.again(job)) if job.complete else None
            causes = [of_job(job.number)]
            if job.error is not None and _daemon_is_missed(job):
                causes.append(DAEMON)
                self.connection.lose(job.error)
            self.say(f"{job.title}: {job.text}", again, error=True, causes=causes)
            self._say_on_canvas(job.text)

    def _connection_changed(self) -> None:
        self._tell("connection")
        if self.connection.state == "connected":
            for job in [job for job in self.queue.jobs if _daemon_is_missed(job)]:
                job.error = None
                self.queue.explain_anew(job, _("The daemon is there again; try again."))
                self.gone(of_job(job.number), f"{job.title}: {job.text}")
            self.gone(DAEMON)

    def _notice_memory(self) -> None:
        if self.remembered.notice:
            self.say(self.remembered.notice, causes=(MEMORY,))
        else:
            self.gone(MEMORY)

    def _say_on_canvas(self, text: str) -> None:
        """Shows a sentence over the picture, for those whose docker is closed."""
        window = self.app.activeWindow()
        view = None if window is None else window.activeView()
        if view is not None:
            view.showFloatingMessage(f"Style Swap: {text}", QtGui.QIcon(), 6000, 1)

    def _tell(self, what: str, *arguments: object) -> None:
        for wanted, call in list(self._listeners):
            if wanted == what:
                call(*arguments)


def _daemon_is_missed(job: Job) -> bool:
    """Whether a job has failed because no daemon can be had."""
    return job.state == "failed" and job.error is not None and DAEMON in causes_of(job.error)


def style_of(text: str) -> object:
    """Returns a style as the client takes it: an id, or the path of a file. For any thread."""
    return text if text.startswith(ID_PREFIXES) else Path(text)


def _settings(values: Mapping[str, Any]) -> dict[str, Any]:
    return complete({each.name: values[each.name] for each in CONTROLS if each.name in values})
