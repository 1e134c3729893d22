"""The push gateway: a bare ASGI application that hands sealed bytes to held connections."""

from central.push.gateway import Gateway

__all__ = ["Gateway"]
