"""The Systems Manager agent of a local instance: finds its associations, runs their documents, reports."""
