"""Where an app keeps its data."""

import os
from pathlib import Path


def data_folder():
    """``$TOWNIE_DATA``, or ``data`` in the folder that the app runs in; made when it is missing."""
    folder = Path(os.environ.get("TOWNIE_DATA") or "data").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder
