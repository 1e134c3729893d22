"""The console: what people of the province and the communes see, as pages rendered on the server.

Law of the room: pages ask and tell, services decide; no page holds a key. A person's key lives in the
person's browser and signs there what the page shows. Every sentence goes through `words`, every icon is
our own, nothing is loaded from elsewhere, nothing is inline: the content security policy allows only 'self'.
"""

from central.console.app import make_console

__all__ = ["make_console"]
