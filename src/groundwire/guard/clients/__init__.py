"""Clients of models whose answers are guarded, and the wire formats that they speak."""
