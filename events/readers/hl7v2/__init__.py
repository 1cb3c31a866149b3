"""Reads HL7 v2: ADT, and REF as far as it concerns us."""
