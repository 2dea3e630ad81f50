"""Curves, scores and intervals."""
