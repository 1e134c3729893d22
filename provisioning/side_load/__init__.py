"""Filling a stick for an appliance that no network reaches: the sealed papers and contents it would fetch itself."""
