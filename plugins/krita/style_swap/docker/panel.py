"""The docker's content as a whole: what its parts have to do with each other and the session."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from styleswap_vendor.styleswap.editing.second_style import second_in, values_of
from styleswap_vendor.styleswap.editing.words import _

from ..causes import (
    CLIPBOARD,
    MEMORY,
    PICTURE,
    PRESETS,
    SETTINGS,
    causes_of,
    is_of_job,
    of_job,
)
from ..errors import explain
from ..host.placing import OUTPUTS
from ..host.source import INPUTS
from ..previewing import Previews
from ..qt import Qt, QtCore, QtWidgets
from .accessible import describe
from .combo import Combo
from .controls import Controls
from .copied import Copied
from .disclosure import Disclosure
from .gallery import Gallery, Pick, pick_of
from .history import HistoryView, Kept
from .keys import Keys
from .messages import Messages
from .presets import Presets
from .preview import Preview
from .queue import JobShown, QueueView
from .second_style import SecondStyle
from .status import Status

if TYPE_CHECKING:
    from ..session import Session

KEEP_MILLISECONDS = 800
"""How long after a change the values are remembered."""
STALE_SECONDS = 2.0
"""A picture that was read so long ago is read anew when the pointer comes back to the panel."""
SPACING = 5
QUEUE_HEIGHT = 170
"""Most height of the queue, in the screen's units; the rest is scrolled."""


class Panel(QtWidgets.QWidget):
    """Preview, gallery, controls, queue and history, one below the other."""

    def __init__(self, session: Session) -> None:
        """Asks nothing of the daemon before it shows.

        Args:
            session: what all windows share.
        """
        super().__init__()
        self.setObjectName("style_swap_panel")
        self._session = session
        self._wanted: Pick | None = None
        self._looked = 0.0
        values = session.last()
        self.messages = Messages()
        self.status = Status(session.connection.reach)
        self.preview = Preview(self._view_changed, self._look_again)
        self.gallery = Gallery(
            chosen=self._chosen,
            favoured=session.favour,
            renamed=session.rename,
            deleted=session.delete,
            dropped=self._add_files,
            add_layer=lambda: self._add_from_document(selected=False),
            add_selection=lambda: self._add_from_document(selected=True),
            refused=lambda text: self.messages.say(text, error=True),
        )
        self.controls = Controls(self._changed)
        self.second = SecondStyle(self._changed)
        self.presets = Presets(
            session.remembered, self.controls.values, self.controls.show, self._say_of_presets
        )
        self.input = _combo("input", _("Paint"), _("What is painted"))
        inputs = {"layer": _("Active layer or group"), "picture": _("Whole picture")}
        for nick in INPUTS:
            self.input.addItem(inputs[nick], nick)
        self.output = _combo("output", _("Result"), _("Where the painted picture goes"))
        outputs = {
            "new-layer": _("New layer"),
            "in-place": _("In place"),
            "new-document": _("New document"),
        }
        for place in OUTPUTS:
            self.output.addItem(outputs[place], place)
        self.stylise = QtWidgets.QPushButton(_("Stylise"))
        describe(self.stylise, "stylise", _("Stylise"), _("Paint it in the chosen style"))
        self.more = QtWidgets.QToolButton()
        self.time = QtWidgets.QLabel()
        self.queue = QueueView(session.queue.cancel, session.queue.dismiss)
        self._queue_area = QtWidgets.QScrollArea()
        self.history = HistoryView(
            put_back=session.put_back,
            use=self._use,
            copy=self._copy_kept,
            forget=session.history.forget,
        )
        self._arrange()
        Keys(self, {"Ctrl+F": self.gallery.focus_search})
        self._keeping = QtCore.QTimer(self)
        self._keeping.setSingleShot(True)
        self._keeping.setInterval(KEEP_MILLISECONDS)
        self._keeping.timeout.connect(self._keep)
        self.previews = Previews(
            session,
            self.preview,
            self.values,
            self._tell_time,
            moved=lambda: self.messages.withdraw(PICTURE),
        )
        self._show(values)
        self._choose(str(values["style"]), str(values["style_name"]))
        self._listen()
        self.input.currentIndexChanged.connect(self._changed)
        self.output.currentIndexChanged.connect(self._changed)
        self.stylise.clicked.connect(lambda *_checked: self._stylise())
        self._copied = Copied(self, lambda: self.messages.withdraw(CLIPBOARD))
        self.messages.say(session.remembered.notice, causes=(MEMORY,))

    def values(self) -> dict[str, Any]:
        """Returns what is chosen at this moment, as of `Session.last`."""
        pick = self.gallery.pick or self._wanted
        return {
            "style": pick.style if pick else "",
            "style_name": pick.name if pick else "",
            "input": self.input.currentData(),
            "output": self.output.currentData(),
            **self.second.values(),
            **self.controls.values(),
        }

    def document_changed(self) -> None:
        """Krita has made another document the active one."""
        if self.isVisible():
            QtCore.QTimer.singleShot(0, self.previews.look)

    # What Qt calls.

    def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Begins to work."""
        super().showEvent(event)
        self._session.connection.watch(True)
        self._session.connection.reach()
        self._tell_connection()
        self._fill()
        self.previews.watch(True)

    def hideEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Rests."""
        super().hideEvent(event)
        self._session.connection.watch(False)
        self.previews.watch(False)

    def enterEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Looks whether the user has painted meanwhile."""
        super().enterEvent(event)
        if time.monotonic() - self._looked > STALE_SECONDS:
            self._look_again()

    # What it looks like.

    def _arrange(self) -> None:
        """Puts what is always needed above and below of what scrolls."""
        scrolled = QtWidgets.QScrollArea()
        scrolled.setWidgetResizable(True)
        scrolled.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scrolled.setWidget(self._content())
        self._queue_area.setWidgetResizable(True)
        self._queue_area.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self._queue_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._queue_area.setWidget(self.queue)
        self._queue_area.hide()
        self.time.setObjectName("time")
        self.time.setEnabled(False)
        self.time.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.time.hide()
        buttons = QtWidgets.QHBoxLayout()
        buttons.setSpacing(SPACING)
        buttons.addWidget(self.stylise, 1)
        buttons.addWidget(self.more)
        self._arrange_menu()
        column = _column(self)
        column.addWidget(self.messages)
        column.addWidget(scrolled, 1)
        column.addLayout(buttons)
        column.addWidget(self.time)
        column.addWidget(self._queue_area)

    def _content(self) -> Any:
        """Returns what scrolls."""
        places = QtWidgets.QFormLayout()
        places.setContentsMargins(0, 0, 0, 0)
        places.setSpacing(SPACING)
        places.setRowWrapPolicy(QtWidgets.QFormLayout.RowWrapPolicy.WrapLongRows)
        places.setFieldGrowthPolicy(QtWidgets.QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        places.addRow(_("Paint"), self.input)
        places.addRow(_("Result"), self.output)
        content = QtWidgets.QWidget()
        column = _column(content, margin=0)
        column.addWidget(self.status)
        column.addWidget(self.preview)
        column.addWidget(self.gallery, 1)
        column.addWidget(self.presets)
        column.addWidget(self.controls.basic)
        column.addWidget(Disclosure(_("Second style"), self.second, "second_style"))
        column.addWidget(Disclosure(_("Advanced"), self.controls.advanced))
        column.addLayout(places)
        column.addWidget(self.history)
        return content

    def _arrange_menu(self) -> None:
        menu = QtWidgets.QMenu(self.more)
        menu.addAction(_("Copy as command")).triggered.connect(lambda *_checked: self._copy())
        menu.addAction(_("Reset controls")).triggered.connect(lambda *_checked: self._reset())
        self.more.setText("⋯")
        self.more.setMenu(menu)
        self.more.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        describe(self.more, "more", _("More"), _("Copy the settings as a command, or reset them"))

    def _listen(self) -> None:
        calls: dict[str, Callable[..., object]] = {
            "connection": self._tell_connection,
            "styles": self._fill,
            "queue": self._fill_queue,
            "history": self._fill_history,
            "message": self._say,
            "gone": self.messages.withdraw,
        }
        for what, call in calls.items():
            self._session.listen(what, call)
        wanted = set(calls.values())
        session, previews = self._session, self.previews

        def gone(*_args: object) -> None:
            session.ignore(wanted)
            previews.close()

        self.destroyed.connect(gone)

    # What the user does.

    def _stylise(self) -> None:
        self.messages.say("")
        self.previews.rest()  # the painting comes first
        try:
            self._session.stylise(self.values())
        except Exception as error:  # noqa: BLE001 - said
            self._say(explain(error), error=True, causes=causes_of(error))

    def _chosen(self) -> None:
        self._wanted = None
        self._changed()

    def _changed(self, *_args: object) -> None:
        self.presets.match()
        if SETTINGS in self.messages.causes and not self._session.contradict(self.values()):
            self.messages.withdraw(SETTINGS)
        self._keeping.start()
        self.previews.look()
        self.previews.refresh()

    def _keep(self) -> None:
        self._session.keep(self.values())

    def _view_changed(self) -> None:
        self.previews.look()

    def _look_again(self) -> None:
        self._looked = time.monotonic()
        self.previews.again()

    def _reset(self) -> None:
        self.input.setCurrentIndex(0)
        self.output.setCurrentIndex(0)
        self.second.show_values({})
        self.controls.show({})

    def _add_files(self, paths: Sequence[str]) -> None:
        self._session.add_styles(paths, self._choose_later)

    def _add_from_document(self, *, selected: bool) -> None:
        self._session.add_from_document(
            self.input.currentData(), selected=selected, added=self._choose_later
        )

    def _copy(self) -> None:
        values, document = self.values(), self._session.app.activeDocument()
        style, second = str(values["style"]), second_in(values)
        self._copy_text(self._session.command(document, style, values, second))

    def _copy_kept(self, number: int) -> None:
        kept = self._session.history.find(number)
        if kept is not None:
            order = kept.order
            of = order.source.document, order.style_text, order.settings, order.second
            self._copy_text(self._session.command(*of))

    def _copy_text(self, text: str) -> None:
        self._copied.put(text)
        self._say(_("Copied: {command}").format(command=text), causes=(CLIPBOARD,))

    def _use(self, number: int) -> None:
        kept = self._session.history.find(number)
        if kept is None:
            return
        order = kept.order
        self.second.show_values(values_of(order.second))
        self.controls.show(order.settings)
        self.output.setCurrentIndex(self.output.findData(order.output))
        self.input.setCurrentIndex(self.input.findData(order.source.what))
        self._choose(order.style_text, order.style_name)

    # What is shown.

    def _show(self, values: dict[str, Any]) -> None:
        self.second.show_values(values)
        self.controls.show(values)
        self.input.setCurrentIndex(self.input.findData(values["input"]))
        self.output.setCurrentIndex(self.output.findData(values["output"]))

    def _choose(self, style: str, name: str) -> None:
        """Chooses a style, now or when the styles have come."""
        entry = self._session.shelf().find(style)
        if entry is not None and entry.path is None:
            self.gallery.choose(pick_of(entry))
        elif entry is not None:
            self.gallery.show_extra(pick_of(entry))
        elif style:
            self._wanted = Pick(style, name)

    def _choose_later(self, style: str) -> None:
        self._wanted = Pick(style, "")

    def _fill(self) -> None:
        connection = self._session.connection
        if not connection.styles:
            return
        remembered, shelf = self._session.remembered, self._session.shelf()
        self.gallery.fill(shelf, self._session.thumbnails, remembered.favourites)
        self.second.fill(shelf.library)
        wanted = self._wanted
        if wanted is not None:
            self._choose(wanted.style, wanted.name)
        pick = self.gallery.pick
        if pick is None or (pick.of_library and shelf.find(pick.style) is None):
            self._choose(connection.styles[0].id, "")
        self.previews.refresh()

    def _tell_time(self, text: str) -> None:
        self.time.setText(text)
        self.time.setVisible(bool(text))

    def _tell_connection(self) -> None:
        connection = self._session.connection
        self.status.show_state(connection.state, connection.text)
        if not connection.styles:
            waiting = connection.state == "looking"
            self.gallery.wait(
                _("The styles are on their way…")
                if waiting
                else _("The styles appear here when the daemon runs.")
            )
        if connection.state == "connected":
            self.previews.refresh()

    def _fill_queue(self) -> None:
        jobs = self._session.queue.jobs
        self.queue.show(
            [
                JobShown(
                    number=job.number,
                    title=job.title,
                    text=job.text,
                    fraction=job.fraction,
                    cancellable=job.state != "failed",
                    failed=job.state == "failed",
                )
                for job in jobs
            ]
        )
        failed = {of_job(job.number) for job in jobs if job.state == "failed"}
        for cause in filter(is_of_job, self.messages.causes - failed):
            self.messages.withdraw(cause)
        self._queue_area.setVisible(bool(jobs))
        self._queue_area.setFixedHeight(min(self.queue.sizeHint().height(), QUEUE_HEIGHT))
        if not jobs:
            self.previews.refresh()

    def _fill_history(self) -> None:
        self.history.show(
            [
                Kept(item.number, item.title, item.detail, item.image, item.time)
                for item in self._session.history.items
            ]
        )

    def _say(
        self,
        text: str,
        again: Callable[[], object] | None = None,
        error: bool = False,
        causes: Collection[str] = (),
    ) -> None:
        if PICTURE in causes:
            self.previews.note()  # what it is about
        self.messages.say(text, again, error=error, causes=causes)

    def _say_of_presets(self, text: str) -> None:
        if text:
            self._say(text, causes=(PRESETS,))
        else:
            self.messages.withdraw(PRESETS)


def _column(widget: Any, margin: int = SPACING) -> Any:
    column = QtWidgets.QVBoxLayout(widget)
    column.setContentsMargins(margin, margin, margin, margin)
    column.setSpacing(SPACING)
    return column


def _combo(name: str, label: str, help: str) -> Any:
    combo = Combo()
    describe(combo, name, label, help)
    return combo
