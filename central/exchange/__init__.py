"""Central's doors for other systems by their own standards."""
