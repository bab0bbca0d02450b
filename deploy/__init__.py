"""How the program is run for real: the service unit, and the pins that a service is installed from."""
