"""The figures of an audit."""
