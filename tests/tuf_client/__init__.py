"""The appliance's chain as a program of the public tuf-conformance suite."""
