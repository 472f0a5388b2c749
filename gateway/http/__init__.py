"""HTTP in and out: the only package that knows aiohttp. Parts are imported from their modules."""
