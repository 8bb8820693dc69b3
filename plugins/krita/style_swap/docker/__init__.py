"""The panel: plain Qt widgets, of which only `panel` knows what they have to do with each other."""
