"""Handing an appliance over from a laptop in its network: the same steps as on its page, and the signed PDF."""
