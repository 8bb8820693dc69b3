"""What the editors' plug-ins share: all that painting in an editor needs and no editor brings.

No editor's API and no toolkit: the standard library, the client and the table of controls only,
Python 3.10 on. Editors carry a copy beside the client's.
"""
