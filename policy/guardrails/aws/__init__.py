"""Knowledge about AWS that rules share, a file for each kind of resource."""
