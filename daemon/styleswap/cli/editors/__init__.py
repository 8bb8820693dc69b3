"""What the command does for the editors: put their plug-ins in place, and say why one is not there.

One package for each editor; what they share lies beside them.
"""
