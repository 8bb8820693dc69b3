"""The daemon: messages in, engine calls on one device, messages out.

Departures from what a reader may expect:

- Nothing here imports the engine when it is itself imported. `device.py` does so on the device's
  own thread, so that the daemon answers before torch is in memory.
- Every check of a request's header is made before a byte for its pixels is allocated.
"""
