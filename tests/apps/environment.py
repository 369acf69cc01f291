"""An environment of Python that apps can be run with and packages be installed into, and packages to install."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path


def made(folder: Path, packages: Path | None = None) -> Path:
    """The Python of a new environment, which has what the tests' own has.

    With *packages* its pip knows those in that folder, and no others.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    place = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    Path(place, "of-the-tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    if packages is not None:
        settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(packages)}
        Path(place, "settings-of-pip.pth").write_text(f"import os; os.environ.update({settings!r})\n")
    return python


def wheel(folder: Path, name: str, source: str = "", module: str = "") -> None:
    """A package called *name* in *folder*, whose one *module* has *source*."""
    folder.mkdir(exist_ok=True)
    called = name.replace("-", "_")
    about = f"{called}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{called}-1.0-py3-none-any.whl", "w") as packed:
        packed.writestr(f"{module or called}.py", source)
        packed.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        packed.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr(f"{about}/RECORD", "")
