"""The editors' desk: what is in a draft, what they want of it, and whether it may leave."""
