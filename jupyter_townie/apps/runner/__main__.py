"""``python path/to/runner``: waits for commands and forks a process for each generation."""

import importlib.util
import os
import sys


def _load():
    """This folder as the package ``_townie_runner``, whatever else is called like its files."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    spec = importlib.util.spec_from_file_location(
        "_townie_runner", os.path.join(here, "__init__.py"), submodule_search_locations=[here]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules["_townie_runner"] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    _load()
    from _townie_runner.nursery import main

    main(int(sys.argv[1]), int(sys.argv[2]))
