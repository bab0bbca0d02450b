"""The editors' desk: what is in a draft, what they want of it, and whether it may leave."""

from pipeline.web.desk.bureau import OPERATOR, Bureau
from pipeline.web.desk.door import LINK_WITHIN
from pipeline.web.desk.routes import routes

__all__ = ["LINK_WITHIN", "OPERATOR", "Bureau", "routes"]
