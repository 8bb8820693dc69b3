"""How the dialog looks, whatever the theme."""

from __future__ import annotations

from gi.repository import Gdk, Gtk

# An editor's theme may take the borders of frames, put a background behind every box, and give
# every text its own colour: where there is a background of ours, the text's colour is ours as well.
CSS = b"""
.styleswap {
    -GtkDialog-action-area-border: 0;
    -GtkDialog-button-spacing: 6;
    -GtkDialog-content-area-border: 0;
}
.styleswap-frame > border { border: 1px solid @borders; }
.styleswap-tile * { background: none; color: inherit; }
.styleswap-tile:selected {
    background-color: @theme_selected_bg_color;
    color: @theme_selected_fg_color;
}
.styleswap-picture:focus { box-shadow: inset 0 0 0 2px @theme_selected_bg_color; }
.styleswap-message { padding: 6px; border-radius: 6px; background-color: rgba(38, 38, 38, 0.85); }
.styleswap-message * { color: #eeeeee; }
.styleswap-drop {
    background-color: alpha(@theme_selected_bg_color, 0.85);
    color: @theme_selected_fg_color;
}
.styleswap-name { font-size: smaller; }
.styleswap-heading { font-weight: bold; padding: 6px 6px 0 6px; }
"""


def apply() -> None:
    """Has all windows of this program look so."""
    screen = Gdk.Screen.get_default()
    style = Gtk.CssProvider()
    style.load_from_data(CSS)
    Gtk.StyleContext.add_provider_for_screen(screen, style, Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION)
