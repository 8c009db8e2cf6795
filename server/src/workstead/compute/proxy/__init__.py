"""The way into an instance: requests for its own host name go to its Jupyter, if the caller may use it.

``gate`` decides who comes in, ``requests`` and ``sockets`` carry what was let in, ``heads`` says what of a request's
head goes on.
"""

from workstead.compute.proxy.gate import Proxy

__all__ = ["Proxy"]
