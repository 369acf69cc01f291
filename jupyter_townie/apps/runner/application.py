"""From an app's entry to the ASGI application that it is served as.

An exported app brings this file along: it needs the standard library alone, and what the app itself is made with.
"""

import importlib
import importlib.util
import inspect
import os
import sys

USUAL = {
    "fullstack": ("app", "application", "api", "server", "create_app", "make_app"),
    "gradio": ("demo", "app", "interface", "iface", "blocks"),
    "dash": ("app", "server", "application"),
}
"""What is looked for, in this order, when the entry names no attribute."""


def application(settings):
    """The app behind ``settings``: its ``kind`` (one of :data:`USUAL`), ``entry`` and ``folder``.

    Everything that the app's own code does on import happens here.
    """
    kind = settings["kind"]
    _no_own_servers()
    if kind == "gradio":
        return as_asgi(_gradio(settings))
    if kind == "dash":
        return as_asgi(_dash(settings))
    return as_asgi(_attribute(settings, USUAL[kind]))


def as_asgi(application):
    """*application* as an ASGI 3 application, whichever it is."""
    if application is None or not callable(application):
        raise TypeError("The entry is %r, which is neither an ASGI nor a WSGI application." % (application,))
    if _is_asgi(application):
        return application
    if inspect.isclass(application):
        raise TypeError("The entry is the class %s; name an instance of it." % application.__name__)
    from a2wsgi import WSGIMiddleware

    return WSGIMiddleware(application, workers=20)


def _is_asgi(application):
    call = application if inspect.isroutine(application) else type(application).__call__
    if inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(application):
        return True
    parameters = [
        one
        for one in inspect.signature(application).parameters.values()
        if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) and one.default is one.empty
    ]
    return len(parameters) == 3


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


def _dash(settings):
    dash = required("dash", "dash")
    _no_own_servers()
    found = _attribute(settings, USUAL["dash"])
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
    gradio = required("gradio", "gradio")
    _no_own_servers()
    blocks = _attribute(settings, USUAL["gradio"])
    if not isinstance(blocks, gradio.Blocks):
        return blocks
    import fastapi

    return gradio.mount_gradio_app(fastapi.FastAPI(), blocks, path="")


def required(module, package):
    """*module*, imported.  :raises ModuleNotFoundError: *package* is not installed, in words that say so."""
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
            print("%s was left out: the app is served already." % name, file=sys.stderr)

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
