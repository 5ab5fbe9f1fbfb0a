"""Cut a process off the network: only this machine itself can be reached from it.

Python imports a module of this name at its start when the folder is on PYTHONPATH,
which is how the tests cut off the scripts that they run. conftest.py runs it too.
"""

import socket

HERE = ("localhost", "127.0.0.1", "::1")
resolve, connect = socket.getaddrinfo, socket.socket.connect


def resolve_here(host, *args, **kwargs):
    if host not in HERE:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return resolve(host, *args, **kwargs)


def connect_here(self, address):
    if isinstance(address, tuple) and address[0] not in HERE:
        raise OSError(101, "Network is unreachable")
    return connect(self, address)


socket.getaddrinfo = resolve_here
socket.socket.connect = socket.socket.connect_ex = connect_here
