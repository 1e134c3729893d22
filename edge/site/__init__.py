"""What the site file becomes on this machine at each start: network connections, sound cards, settings, boot pins.

Law of the room: before the appliance, not inside it. Everything is computed first (`plan`), then written whole
(`applying`); a file that cannot be used changes nothing, and the last good one stays in force.
"""
