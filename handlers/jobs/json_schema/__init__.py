"""Checks JSON values against the subset of JSON Schema that our schemas use, with the standard library alone.

It runs in Lambda and on instances, where no validator is installed; a test holds it against a full one.
"""
