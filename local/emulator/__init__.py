"""AWS on this machine: the moto server, with extensions where this project needs more or needs it exact."""
