"""Arriving at a place without a laptop: our own wireless network while there is no other, the screen, the port 80.

Law of the room: programs of their own beside the appliance, each with no more rights than it needs. `rule` decides,
the hands obey; what the appliance writes is read strictly, for it has fewer rights than who reads it.
"""
