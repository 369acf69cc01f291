"""Lends a few pure Python packages of the server's environment to an app whose own environment lacks them.

The finder stands at the end of ``sys.meta_path``: what the app's environment has always wins.
"""

import importlib.util
import os
import sys


class Lender:
    """A meta path finder for top-level names.

    *packages* are name -> ``path``, and where it matters ``tag`` (of the Python that it is compiled for) and ``oldest``
    (the first version of Python that it works with).
    """

    def __init__(self, packages):
        self._paths = {
            name: package["path"]
            for name, package in packages.items()
            if package.get("tag") in (None, sys.implementation.cache_tag)
            and tuple(package.get("oldest", ())) <= sys.version_info[:2]
        }

    def find_spec(self, fullname, path=None, target=None):
        where = self._paths.get(fullname)
        if where is None:
            return None
        if os.path.isdir(where):
            file = os.path.join(where, "__init__.py")
            return importlib.util.spec_from_file_location(fullname, file, submodule_search_locations=[where])
        return importlib.util.spec_from_file_location(fullname, where)


def lend(packages):
    """Make *packages* importable from now on."""
    sys.meta_path.append(Lender(packages))
