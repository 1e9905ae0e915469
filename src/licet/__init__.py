"""Licet: it is permitted."""

__version__ = "0.1.0"
