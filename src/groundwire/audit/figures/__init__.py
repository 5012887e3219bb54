"""Figures of an audit: rates with intervals, slices, documents, themes, comparisons."""
