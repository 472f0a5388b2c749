"""Delivery without HTTP: what is sent when, what an arrival becomes, who the peers are."""
