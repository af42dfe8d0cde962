"""AWS on this machine: the moto server, extended where this project needs more or needs it exact."""
