"""Rehearsal: the whole village on one machine, without amplifier or sound card, and a witness who listens."""
