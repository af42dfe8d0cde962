"""Reads resources: their values, references and documents, whatever service they belong to."""
