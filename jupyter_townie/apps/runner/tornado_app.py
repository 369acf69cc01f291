"""Serves what brings a Tornado server of its own (Streamlit, Panel) on the inherited socket instead of a port."""

import socket


def listen_on(listening):
    """From now on every Tornado server that would open a port takes the connections of *listening*."""
    import tornado.netutil
    import tornado.tcpserver

    sockets = []

    def inherited():
        if not sockets:
            one = socket.socket(fileno=listening)
            one.setblocking(False)
            sockets.append(one)
        return list(sockets)

    def bind_sockets(*_, **__):
        return inherited()

    def listen(self, *_, **__):
        self.add_sockets(inherited())

    tornado.netutil.bind_sockets = bind_sockets
    tornado.tcpserver.bind_sockets = bind_sockets
    tornado.tcpserver.TCPServer.listen = listen
    return inherited


def live(life, ready, closing):
    """Within the running loop: sign of life, the way to end, and the word that it serves."""
    import asyncio

    loop = asyncio.get_running_loop()

    def beat():
        life.beat()
        loop.call_later(1, beat)

    def end():
        life.stopped_accepting()
        closing()

    beat()
    life.end = lambda: loop.call_soon_threadsafe(end)
    ready()
