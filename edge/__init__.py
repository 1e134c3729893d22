"""The appliance: one pure function in one loop, with hands."""
