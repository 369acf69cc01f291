"""Connections to other hosts, made by the server for a backend that was allowed to reach them.

A confined backend has no way to open a socket.  It asks for a connection by the host's name; here the name is checked
against what the person has allowed, looked up, and checked again by address, so that nothing on this machine or in its
network is reached under a public name.  The backend gets the connected socket, and can not connect it elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from dataclasses import dataclass

import anyio

PORTS = frozenset({80, 443})
"""Where hosts that are listed by name may be reached."""
NEVER = frozenset({25, 465, 587})
"""Ports for sending mail, closed to apps that may reach every host as well."""
TIMEOUT = 10.0
"""Seconds for looking a name up and connecting."""


class Refused(Exception):
    """There is no connection; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a person has allowed a backend to reach."""

    hosts: tuple[str, ...] = ()
    """Names; ``*.`` in front stands for all below."""
    everything: bool = False
    """Every public host."""

    def __bool__(self) -> bool:
        return self.everything or bool(self.hosts)

    def allows(self, host: str, port: int) -> bool:
        """Whether a connection to *host* may be made, as far as its name tells."""
        if self.everything:
            return port not in NEVER
        listed = any(
            host == name or (name.startswith("*.") and host.endswith(name[1:]) and host != name[2:])
            for name in self.hosts
        )
        return listed and port in PORTS


async def connect(reach: Reach, host: str, port: int) -> socket.socket:
    """A connected TCP socket.  :raises Refused: it is not allowed, or there is nobody."""
    host = host.rstrip(".").lower()
    if not 0 < port < 65_536 or not host or len(host) > 253:
        raise Refused(f"There is no such address: {host[:253]}:{port}.")
    if not reach.allows(host, port):
        raise Refused(
            f"The app may not reach {host} on port {port}. List the host under hosts in the [permissions] of "
            "townie.toml, and have it allowed."
        )
    try:
        with anyio.fail_after(TIMEOUT):
            return await _connect(host, port)
    except TimeoutError:
        raise Refused(f"{host} did not answer within {TIMEOUT:.0f} seconds.") from None
    except OSError as error:
        raise Refused(f"{host} can not be reached: {error.strerror or error}.") from None


async def _connect(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    last: OSError | None = None
    for family, address in await resolve(host, port):
        one = socket.socket(family, socket.SOCK_STREAM)
        one.setblocking(False)
        try:
            await loop.sock_connect(one, address)
        except OSError as error:
            one.close()
            last = error
        except BaseException:
            one.close()
            raise
        else:
            return one
    if last is not None:
        raise last
    raise Refused(f"{host} is not a public host; what is in this machine or its network is closed to apps.")


async def resolve(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    """The public addresses of *host*, at most four."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [(socket.AddressFamily(family), str(address[0])) for family, _, _, _, address in found]
    return [(family, (address, port)) for family, address in addresses if public(address)][:4]


def public(address: str) -> bool:
    """Whether an IP address is one of the public internet, whatever it is wrapped in."""
    with contextlib.suppress(ValueError):
        one = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(one, ipaddress.IPv6Address):
            inner = one.ipv4_mapped or one.sixtofour or (one.teredo and one.teredo[1])
            if inner is None and one in _NAT64:
                inner = ipaddress.IPv4Address(int(one) & 0xFFFFFFFF)
            if inner is not None:
                return public(str(inner))
        return one.is_global and not one.is_multicast
    return False


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
