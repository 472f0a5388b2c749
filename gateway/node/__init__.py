"""The composition root: the one place where the parts of a node are put together."""
