"""The readers' pages: subscribe, confirm, choose, leave; in every language of the letter, without any script."""

from pipeline.web.readers.reception import Reception
from pipeline.web.readers.routes import routes

__all__ = ["Reception", "routes"]
