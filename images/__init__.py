"""The card: a Raspberry Pi image from Debian's packages and this project, and the emulated machines that prove it.

Law of the room: runs at the builder's, never on an appliance. Everything on the card comes from Debian's archive, the
hashed locks or this tree, and every time written is the source's. No loop device is mounted anywhere.
"""
