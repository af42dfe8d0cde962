"""AWS on this machine: the moto server, with the gaps filled that this project falls into."""
