"""Secrets that a person gave to this app; they are kept outside of its folder."""

import os
from collections.abc import Mapping

from .server import channel


class MissingSecret(KeyError):
    """Nobody has given this secret to the app yet."""

    def __str__(self):
        return self.args[0]


class Secrets(Mapping):
    """Read only: ``townie.secrets["NAME"]``.  Outside of Townie they are the environment's."""

    def __getitem__(self, name):
        value = None
        server = channel()
        if server is None:
            value = os.environ.get(name)
        else:
            for answer in server.ask({"type": "secret", "name": name}):
                value = answer.get("value")
        if value is None:
            raise MissingSecret("The app needs the secret %s. Set it in the app's panel." % name)
        return value

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __contains__(self, name):
        try:
            self[name]
        except MissingSecret:
            return False
        return True


secrets = Secrets()
