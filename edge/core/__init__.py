"""The pure core: no I/O, no clock, no logging, no asyncio. What can be computed lives here."""
