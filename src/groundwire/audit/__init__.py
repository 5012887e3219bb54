"""Offline audit: from recorded answers to what they claim, what holds, and where it fails."""
