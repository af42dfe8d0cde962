"""What the rules know of AWS, a file for each kind of resource."""
