"""Tables: what follows from several cells of records together, though none of them states it."""
