"""Learns the habits of an institution from its HL7 v2 messages, and proposes its entry in the register."""
