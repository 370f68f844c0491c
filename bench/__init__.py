"""The speed of the registry, measured: `python -m bench` fills its own databases and walks through the real views."""
