"""What runs in the cloud; one package for each box, and the domain that all share."""
