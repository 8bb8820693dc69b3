"""The engine's process: the only one of the daemon's that imports torch.

It takes orders over a channel, paints one picture at a time, and answers with progress, previews
and the result. Whatever ends it (a lost device, an aborted library, a lack of memory) ends nothing
else: the daemon starts another one, in which the orders run again. Its end when it is idle gives
all memory back.

    orders          what is to be painted, as it travels
    refusals        what daemon and engine do not do, as it travels
    device_thread   one thread for the device: who is next, and who may come in between
    models          the models in memory
    painting        one picture: the engine's call, and what is done when memory runs out
    serving         the other end of the daemon's channel
"""
