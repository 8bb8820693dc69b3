"""All that knows Krita: what is painted, where it goes, and what the canvas shows.

Every function here belongs to the main thread.
"""
