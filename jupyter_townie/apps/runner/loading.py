"""From an app's entry to something that serves it on a socket that is already bound."""

import os


def server_for(settings, listening, errors, life):
    """A function that serves the app until it is told to stop; it calls its argument once it serves.

    Everything that the app's own code does on import happens here.
    """
    kind = settings["kind"]
    if kind == "streamlit":
        from . import streamlit_app

        return streamlit_app.server(settings, listening, errors, life)
    if kind == "panel":
        from . import panel_app

        return panel_app.server(settings, listening, errors, life)
    if kind == "voila":
        from . import voila_app

        return voila_app.server(settings, listening, errors, life)
    from . import asgi
    from .application import application

    return asgi.server(application(settings), listening, errors, life)


def compiled(script, settings):
    """See that a script, which runs only when somebody comes, is there and can be read as Python."""
    if not os.path.isfile(script):
        raise FileNotFoundError("There is no %s, the entry that townie.toml names." % settings["entry"])
    with open(script, "rb") as file:
        compile(file.read(), script, "exec")
