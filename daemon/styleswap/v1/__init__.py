"""The contract in Python: messages, stubs and the table of controls.

Everything but this file, `control.py` and `settings.py` is generated from `protos/styleswap/v1` by
`protos/generate.py`. Only the service imports the `*_pb2_grpc` modules (grpcio), only the client
the `*_grpc` modules (grpclib).
"""
