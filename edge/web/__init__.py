"""The local page: what the commune's staff see and press, also when the province cannot be reached.

Law of the room: it shows what was observed and submits what staff decided; it decides nothing itself.
"""
