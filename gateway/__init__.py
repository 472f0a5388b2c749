"""Signed, sealed and acknowledged messages between two national contact points."""
