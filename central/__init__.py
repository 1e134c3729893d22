"""Central: the province's server, where people plan, approve, warn and see who really sounded."""
