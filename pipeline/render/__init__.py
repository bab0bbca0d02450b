"""A digest as mail HTML, plain text and web page, in one language."""

from pipeline.render.facts import Logo, SiteFacts, Statement
from pipeline.render.renderer import DigestLine, Renderer, default_templates

__all__ = ["DigestLine", "Logo", "Renderer", "SiteFacts", "Statement", "default_templates"]
