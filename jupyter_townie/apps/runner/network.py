"""Sockets of Python code that reach allowed hosts, though this process can not open any itself.

``socket.socket`` becomes a class whose ``connect`` asks the server for a connection and takes its place.  Names are not
looked up here: each gets a made-up address, which stands for the name until the connection is made.  Everything on top
of Python's sockets (urllib, requests, httpx, aiohttp, TLS) works unchanged; code that opens sockets in C does not.
"""

import errno
import itertools
import os
import socket

from . import channel as channels

REAL = socket.socket
_names = {}
_addresses = {}
_numbers = itertools.count(1)


class _Socket(REAL):
    """A TCP socket whose connection is made by the server."""

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        self._connected = True
        if fileno is not None:
            super().__init__(family, type, proto, fileno)
            return
        family = socket.AF_INET if family == -1 else family
        kind = socket.SOCK_STREAM if type == -1 else type
        if family not in (socket.AF_INET, socket.AF_INET6) or kind & 0xF != socket.SOCK_STREAM:
            super().__init__(family, type, proto, fileno)  # the kernel says no
            return
        # Something with a number until there is a connection; the other end is closed, so nothing comes of using it.
        stand_in, other = socket.socketpair()
        other.close()
        super().__init__(family, socket.SOCK_STREAM, 0, stand_in.detach())
        self._connected = False
        self._options = []

    def connect(self, address):
        if self._connected:
            raise OSError(errno.EISCONN, os.strerror(errno.EISCONN))
        host = _names.get(address[0], address[0])
        channel = channels.current
        descriptor = None
        for answer in channel.ask({"type": "connect", "host": host, "port": address[1]}):
            if "refused" in answer:
                raise PermissionError(errno.EACCES, answer["refused"])
            descriptor = answer["descriptor"]
        timeout = self.gettimeout()
        os.dup2(descriptor, self.fileno(), inheritable=False)
        os.close(descriptor)
        self._connected = True
        self.settimeout(timeout)
        for option in self._options:
            try:
                super().setsockopt(*option)
            except OSError:
                # It was a wish for a connection that is already there.
                continue

    def connect_ex(self, address):
        try:
            self.connect(address)
        except OSError as error:
            return error.errno or errno.EACCES
        return 0

    def setsockopt(self, *option):
        if self._connected:
            return super().setsockopt(*option)
        self._options.append(option)
        return None

    def bind(self, address):
        if self._connected:
            super().bind(address)


def _getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    if isinstance(host, bytes):
        host = host.decode("idna")
    if isinstance(port, (str, bytes)):
        port = int(port) if port and str(port).isdigit() else socket.getservbyname(str(port))
    if not host:
        raise socket.gaierror(socket.EAI_NONAME, "An app has no addresses of its own.")
    try:
        socket.inet_pton(socket.AF_INET, host)
        address = host
    except OSError:
        address = _addresses.get(host)
        if address is None:
            # From the block that is set aside for measurements (RFC 2544) and leads nowhere.
            number = next(_numbers)
            address = _addresses[host] = "198.18.%d.%d" % (number >> 8 & 255, number & 255)
            _names[address] = host
    return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, int(port or 0)))]


def install():
    """From now on Python's sockets go through the server."""
    socket.socket = _Socket
    socket.SocketType = _Socket
    socket.getaddrinfo = _getaddrinfo
    socket.gethostbyname = lambda host: _getaddrinfo(host, 0)[0][4][0]
