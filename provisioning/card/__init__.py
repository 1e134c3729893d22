"""Cards: an image and a site file written on a card or into a file, and read back byte by byte.

Law of the room: nothing is called done that was not read back; the machine's own disks are never touched; every
refusal comes before the first byte is written.
"""
