"""Have a generated app attack its Jupyter in each browser that is installed, under every setting, and stop it.

python scripts/attack_all_browsers.py [chromium] [firefox] [webkit] [pytest's options]
"""

from __future__ import annotations

import subprocess
import sys

TESTS = ("tests/ui/test_app_attacks.py", "tests/ui/test_app_freezes.py")
KINDS = ("chromium", "firefox", "webkit")


def main() -> int:
    kinds = [one for one in sys.argv[1:] if one in KINDS] or KINDS
    options = [one for one in sys.argv[1:] if one not in KINDS]
    command = [sys.executable, "-m", "pytest", *TESTS, "--every-setting", *options]
    failed = 0
    for kind in kinds:
        print(f"--- {kind}", flush=True)
        failed |= subprocess.run([*command, f"--browser-kind={kind}"], check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
