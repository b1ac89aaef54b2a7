"""Python runs this first in every test kernel (it stands on PYTHONPATH): no connection leaves this computer.

An audit hook sees each connection, datagram and name look-up before it happens, also those of child processes
written in Python, because they inherit PYTHONPATH.
"""

import sys

WITH_ADDRESS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
WITH_HOST = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}


def refuse_network(event, arguments):
    if event in WITH_ADDRESS:
        # A text or bytes address is a local socket file; None is an already connected socket.
        host = arguments[1][0] if isinstance(arguments[1], tuple) else None
    elif event in WITH_HOST:
        host = arguments[0]
    else:
        return
    if not is_here(host):
        raise PermissionError(f"The course works offline: a connection to {host!r} was refused.")


def is_here(host):
    """Is it this computer? None and the empty name are."""
    name = host.decode(errors="replace") if isinstance(host, bytes) else host
    return not name or name in ("localhost", "::1", "0.0.0.0", "::") or str(name).startswith("127.")


sys.addaudithook(refuse_network)
