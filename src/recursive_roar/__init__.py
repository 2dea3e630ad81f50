"""Recursive ROAR: does an explanation method tell the truth about a text classifier?"""

__version__ = "0.1.0"
