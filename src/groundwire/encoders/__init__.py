"""Encoders: networks that read text, on which the stages stand that ask them."""
