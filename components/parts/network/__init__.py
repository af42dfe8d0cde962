"""What the network consists of beside its VPC: address arithmetic and endpoints."""
