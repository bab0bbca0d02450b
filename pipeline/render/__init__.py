"""A digest as mail HTML, plain text and web page, in one language."""

from pipeline.render.letter import SiteFacts
from pipeline.render.renderer import DigestLine, Renderer, default_templates

__all__ = ["DigestLine", "Renderer", "SiteFacts", "default_templates"]
