"""What runs an app's backend: executed by path with the Python of the chosen kernel, on the standard library alone.

Nothing of ``jupyter_townie`` is imported here, and these files work with every Python since 3.9.
"""
