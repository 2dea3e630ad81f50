"""Importance measures: which tokens does a method say mattered?"""
