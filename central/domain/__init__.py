"""Central's pure room: people's rights, the area tree, drafts, compiling and fleet states; no I/O, no clock."""
