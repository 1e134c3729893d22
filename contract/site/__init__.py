"""The site file: what an installer writes on the card for one place, and what an appliance makes of it at each start.

Law of the room: text in, frozen values out; no file is opened here. Nothing in it is a secret of the province and
nothing in it is believed by central: who and where an appliance is comes with its signed assignment. Every fault is
told at once, in Vietnamese and in English, with the line it stands on.
"""

from contract.site.reading import BadSite, SiteFault, read_site, sentence
from contract.site.values import Ethernet, Mobile, Network, Pins, Site, Sound, Wifi

__all__ = [
    "BadSite",
    "Ethernet",
    "Mobile",
    "Network",
    "Pins",
    "Site",
    "SiteFault",
    "Sound",
    "Wifi",
    "read_site",
    "sentence",
]
