"""From features to pixels: pass by pass, tile by tile."""
