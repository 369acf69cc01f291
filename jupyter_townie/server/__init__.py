"""The Jupyter Server edge: it parses, calls, and serialises."""
