"""The archive in output/: pages by topic, source, course and month, feeds, OPML, a site map and the search."""

from pipeline.archive.building import Archive
from pipeline.archive.entries import Collection, gather
from pipeline.archive.posts import Letters
from pipeline.archive.sheets import hoist
from pipeline.archive.tree import Tree, digest_of, opened

__all__ = ["Archive", "Collection", "Letters", "Tree", "digest_of", "gather", "hoist", "opened"]
