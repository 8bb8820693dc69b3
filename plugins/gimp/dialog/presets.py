"""Presets: settings under a name, kept for all editors."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gi.repository import Gtk
from styleswap_vendor.styleswap.editing.remembered import NAME_LIMIT, Remembered
from styleswap_vendor.styleswap.editing.words import _
from styleswap_vendor.styleswap.v1.controls import ControlError, Value

from .accessible import describe
from .controls import name_choice


class Presets(Gtk.Box):
    """A list of presets with buttons to save and to delete one."""

    def __init__(
        self,
        remembered: Remembered,
        values: Callable[[], Mapping[str, Value]],
        chosen: Callable[[Mapping[str, Value]], object],
        failed: Callable[[str], object],
    ) -> None:
        """Shows the presets that are remembered.

        Args:
            remembered: where they are kept.
            values: returns the settings to save.
            chosen: called with the settings of a preset that the user chooses.
            failed: called with a sentence where one cannot be saved.
        """
        super().__init__(spacing=6)
        self._remembered = remembered
        self._values = values
        self._chosen = chosen
        self._failed = failed
        self._quiet = False
        self.list = name_choice()
        describe(self.list, _("Preset"), _("Settings that were saved under a name"))
        self.list.connect("changed", self._choose)
        # Without letters of their own: there are hardly enough, and the list leads to them.
        self.save = Gtk.MenuButton(label=_("Save…"))
        describe(self.save, _("Save…"), _("Keep these settings under a name"))
        self.delete = Gtk.MenuButton(label=_("Delete…"))
        describe(self.delete, _("Delete…"), _("Forget the chosen preset"))
        self.name = Gtk.Entry(max_length=NAME_LIMIT, width_chars=24)
        describe(self.name, _("Name of the preset"), tooltip=False)
        self.keep = Gtk.Button(label=_("Save"))
        self.forget = Gtk.Button(label=_("Delete"))
        self._question = Gtk.Label(wrap=True, max_width_chars=32, xalign=0.0)
        self._arrange()
        self._fill()

    def match(self) -> None:
        """Shows the preset that the settings are those of, if there is one."""
        self._show(self._remembered.preset_of(self._values(), self.list.get_active_id() or ""))

    def _arrange(self) -> None:
        self.keep.get_style_context().add_class("suggested-action")
        self.forget.get_style_context().add_class("destructive-action")
        label = Gtk.Label(label=_("Name of the preset"), xalign=0.0)
        self.keep.connect("clicked", self._save)
        self.name.connect("activate", self._save)
        self.name.connect("changed", self._named)
        self.forget.connect("clicked", self._delete)
        for button, widgets, opened in (
            (self.save, (label, self.name, self.keep), self._before_saving),
            (self.delete, (self._question, self.forget), self._before_deleting),
        ):
            row = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=6, margin=12)
            for widget in widgets:
                row.pack_start(widget, False, False, 0)
            row.show_all()
            popover = Gtk.Popover()
            popover.add(row)
            popover.connect("show", opened)
            button.set_popover(popover)
        self.pack_start(self.list, True, True, 0)
        self.pack_start(self.save, False, False, 0)
        self.pack_start(self.delete, False, False, 0)

    def _fill(self) -> None:
        self._quiet = True
        self.list.remove_all()
        self.list.append("", _("None"))
        for name in self._remembered.presets:
            self.list.append(name, name)
        self._quiet = False
        self._show("")

    def _show(self, name: str) -> None:
        self._quiet = True
        self.list.set_active_id(name)
        self._quiet = False
        self.delete.set_sensitive(bool(name))

    def _choose(self, *_args: object) -> None:
        if self._quiet:
            return
        name = self.list.get_active_id() or ""
        self.delete.set_sensitive(bool(name))
        settings = self._remembered.presets.get(name)
        if settings is not None:
            self._chosen(settings)

    def _before_saving(self, *_args: object) -> None:
        self.name.set_text(self.list.get_active_id() or "")
        self.name.grab_focus()
        self._named()

    def _named(self, *_args: object) -> None:
        name = self.name.get_text().strip()
        self.keep.set_sensitive(bool(name))
        self.keep.set_label(_("Replace") if name in self._remembered.presets else _("Save"))

    def _save(self, *_args: object) -> None:
        name = self.name.get_text().strip()
        if not name:
            return
        try:
            self._remembered.save_preset(name, self._values())
        except (ValueError, ControlError) as error:
            self._failed(str(error))
        else:
            self._failed(self._remembered.notice)
            self._fill()
            self._show(name)
        self.save.get_popover().popdown()

    def _before_deleting(self, *_args: object) -> None:
        name = self.list.get_active_id() or ""
        self._question.set_text(_("Delete the preset “{name}”?").format(name=name))

    def _delete(self, *_args: object) -> None:
        self._remembered.delete_preset(self.list.get_active_id() or "")
        self._failed(self._remembered.notice)
        self._fill()
        self.match()
        self.delete.get_popover().popdown()
