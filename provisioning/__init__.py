"""Provisioning: keys, papers and cards; and a whole province on one machine, for rehearsal."""
