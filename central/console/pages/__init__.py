"""One module per page: its routes, what it asks of the services, what it shows."""
