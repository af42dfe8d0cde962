"""Pictures of the product in the pages, each with a checksum of the sources that decide what it shows."""
