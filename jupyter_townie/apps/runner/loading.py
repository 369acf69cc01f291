"""From an app's entry to something that serves it on a socket that is already bound."""

import importlib
import importlib.util
import inspect
import os
import sys

LISTENING_CALLS = "uvicorn.run, app.run, demo.launch or serve"


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

    _no_own_servers()
    if kind == "gradio":
        application = _gradio(settings)
    elif kind == "dash":
        application = _dash(settings)
    else:
        application = _attribute(settings, ("app", "application", "api", "server", "create_app", "make_app"))
    return asgi.server(asgi.as_asgi(application), listening, errors, life)


def module_of(settings, name=None):
    """The app's module, imported from its entry (``app.py`` or ``app:app``)."""
    entry = settings["entry"]
    path = os.path.join(settings["folder"], entry.split(":")[0])
    if ":" not in entry and entry.endswith(".py"):
        if not os.path.isfile(path):
            raise FileNotFoundError("There is no %s, the entry that townie.toml names." % entry)
        name = name or entry[:-3].replace("/", ".").replace("-", "_")
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module
    return importlib.import_module(entry.split(":")[0] if ":" in entry else entry)


def _attribute(settings, usual):
    module = module_of(settings)
    _, _, name = settings["entry"].partition(":")
    if name:
        found = module
        for part in name.replace("()", "").split("."):
            if not hasattr(found, part):
                raise AttributeError(
                    "%s has no %s, the app that townie.toml names as its entry."
                    % (settings["entry"].split(":")[0], part)
                )
            found = getattr(found, part)
        if name.endswith("()"):
            return found()
        return found
    for part in usual:
        found = getattr(module, part, None)
        if found is not None and not inspect.ismodule(found):
            return found() if part.startswith(("create_", "make_")) else found
    raise AttributeError("%s has none of %s to serve." % (settings["entry"], ", ".join(usual)))


def compiled(script, settings):
    """See that a script, which runs only when somebody comes, is there and can be read as Python."""
    if not os.path.isfile(script):
        raise FileNotFoundError("There is no %s, the entry that townie.toml names." % settings["entry"])
    with open(script, "rb") as file:
        compile(file.read(), script, "exec")


def _dash(settings):
    dash = _required("dash", "dash")
    _no_own_servers()
    found = _attribute(settings, ("app", "server", "application"))
    if not isinstance(found, dash.Dash):
        return found

    class Placed(type(found.config)):
        """Dash puts its addresses together by the path of the page, which differs from visitor to visitor."""

        def __getitem__(self, key):
            import flask

            if key == "requests_pathname_prefix" and flask.has_request_context():
                return flask.request.script_root + "/"
            return super().__getitem__(key)

        def get(self, key, *default):
            return self[key] if key in self else super().get(key, *default)

    object.__setattr__(found.config, "__class__", Placed)
    return found.server


def _gradio(settings):
    gradio = _required("gradio", "gradio")
    _no_own_servers()
    blocks = _attribute(settings, ("demo", "app", "interface", "iface", "blocks"))
    if not isinstance(blocks, gradio.Blocks):
        return blocks
    import fastapi

    return gradio.mount_gradio_app(fastapi.FastAPI(), blocks, path="")


def _required(module, package):
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise ModuleNotFoundError(
            "This app needs %s, which its environment does not have." % package, name=module
        ) from None


def _no_own_servers():
    """Calls that would start a server of the app's own do nothing: it is served already."""

    def ignored(name):
        def call(*arguments, **options):
            print("%s was left out: Townie serves the app." % name, file=sys.stderr)

        return call

    import uvicorn

    uvicorn.run = ignored("uvicorn.run")
    for module, owner, method in (
        ("flask", "Flask", "run"),
        ("dash", "Dash", "run"),
        ("gradio", "Blocks", "launch"),
    ):
        loaded = sys.modules.get(module)
        if loaded is not None:
            setattr(getattr(loaded, owner), method, ignored("%s.%s" % (owner, method)))
