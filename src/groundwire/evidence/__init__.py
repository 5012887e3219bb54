"""Evidence of any kind as documents, passages and a searchable index."""
